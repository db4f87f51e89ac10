/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_MIRROR_H
#define TCP_REPAIR_MIRROR_H

#include "topo.h"

/*
 * Copies of what the peer sends on one link, on another: what a switch does with
 * packets for an address that it has just seen at two places. The caller is in
 * the peer's namespace.
 */
struct tr_mirror {
	enum tr_ns to;
	int rx, tx;
};

/* 1 when this cannot run here: tr_error() is then the reason for SKIP(). */
int tr_mirror_open(struct tr_mirror *m, enum tr_ns from, enum tr_ns to);
void tr_mirror_close(struct tr_mirror *m);

/*
 * Pass on the next TCP packet that the peer sent, after a wait for it if need
 * be. Returns how many bytes of payload are in it.
 */
int tr_mirror_next(struct tr_mirror *m, int family);

#endif
