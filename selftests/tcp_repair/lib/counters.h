/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_COUNTERS_H
#define TCP_REPAIR_COUNTERS_H

#include "droptrace.h"

/*
 * What arrived at sockets in repair mode, by three counts that have nothing in
 * common. On a kernel that drops what arrives then, for a reason of its own,
 * all three are equal: segments that TCP saw, drops on the socket's account,
 * and packets freed with that reason. Needs one segment to be one packet, hence
 * no offloads.
 */
struct tr_counters {
	long repair_segs;
	long sk_drops;
	long sent;		/* segments the test sent there; -1: unknown */
	struct tr_droptrace trace;
};

void tr_counters_open(struct tr_counters *c);
void tr_counters_close(struct tr_counters *c);

/*
 * Add what one socket gets between the two calls. Nothing may be on its way to
 * the socket at either, from the freeze to the first and from the second to the
 * thaw or close: see tr_hold() and tr_flush().
 */
int tr_counters_begin(struct tr_counters *c, int fd);
int tr_counters_end(struct tr_counters *c, int fd);

/*
 * Print the counts, for whoever runs the test, and compare. -1 when this kernel
 * has the drop reason and they differ, or are less than what was sent.
 */
int tr_counters_report(struct tr_counters *c);

#endif
