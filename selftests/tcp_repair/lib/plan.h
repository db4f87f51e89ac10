/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_PLAN_H
#define TCP_REPAIR_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "topo.h"

/*
 * The address plan, for the library only. Link n has a subnet of its own, with
 * these hosts on it. Above them are next hops that packets can be held at: in
 * decimal digits, so that IPv6 reads the same.
 */
#define TR_HOST_PEER	1
#define TR_HOST_OTHER	2	/* the source, or the target */
#define TR_HOST_HOLD	10	/* to TR_HOST_HOLD_END, one for each hold */
#define TR_HOST_HOLD_END 99

/* The peer's device towards that namespace. */
extern const char * const tr_peer_dev[TR_NS_COUNT];
/* The device towards the peer, in the source and in the target. */
#define TR_HOST_DEV	"peer0"

void tr_link_addr(char *buf, size_t size, int family, enum tr_ns ns, int host);
void tr_link_mac(unsigned char *mac, enum tr_ns ns, int host);

/* An end of the connection: the peer's address, or the migrating one. */
const char *tr_end_addr(int family, bool peer);

#endif
