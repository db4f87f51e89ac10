/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_DIAL_H
#define TCP_REPAIR_DIAL_H

#include <stdbool.h>

#include "topo.h"

/* The two halves of a connection, for tests of what lies between them. */

/*
 * A listener at that namespace's end, put in repair mode before listen() if
 * asked. addr gets its address. The calling thread is in the peer's namespace
 * before and after.
 */
int tr_listen(const struct tr_topo *t, enum tr_ns ns, bool repair,
	      struct sockaddr_storage *addr);

/* Start to connect from that namespace's end, and do not wait. Likewise. */
int tr_dial(const struct tr_topo *t, enum tr_ns ns,
	    const struct sockaddr_storage *addr);

/* Wait until that is done. */
int tr_wait_connected(int fd);

#endif
