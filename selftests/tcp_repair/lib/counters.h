/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_COUNTERS_H
#define TCP_REPAIR_COUNTERS_H

#include <stdbool.h>

#include <linux/types.h>

#include "droptrace.h"

/* One socket's part of the counts. */
struct tr_counted {
	__u64 cookie;
	long segs;
	long drops;
};

/*
 * What arrived at sockets in repair mode, by three counts that have nothing in
 * common: segments that TCP saw, drops on the socket's account, and packets
 * freed with the reason SOCKET_REPAIR. On a kernel that drops what arrives then,
 * for that reason of its own, they have to agree, for each socket:
 *
 * - One segment is one packet, but for those that the backlog merged while
 *   somebody held the lock of the socket. The first two count segments and are
 *   equal; the third and what the kernel says it merged add up to the same.
 * - weighed: a packet may be several segments, because of offloads. The third
 *   counts packets, at least one and at most the segments.
 * - blocked: something else keeps segments away, and on the socket's account if
 *   it is a socket filter. The second may be more then.
 *
 * Where the kernel tells the socket of a drop, as many sockets must have had
 * drops as got segments, each with its count. Which is which need not be known:
 * the counts of both sides are compared in order of size.
 */
struct tr_counters {
	long repair_segs;
	long sk_drops;
	long sent;		/* segments the test sent there; -1: unknown */
	long restored_drops;	/* those that may, but need not, be for the reason */
	long merged;		/* packets that the backlog put into others */
	int netstat;		/* where the kernel says so, or -1 */
	int watched;		/* calls of begin() without their end() */
	bool weighed;
	bool blocked;
	struct tr_droptrace trace;
	int sockets;
	struct tr_counted counted[TR_DROP_SOCKETS];
};

/* In the network namespace of the sockets. Before, netstat is -1. */
int tr_counters_open(struct tr_counters *c);
void tr_counters_close(struct tr_counters *c);

/*
 * Add what one socket gets between the two calls. Nothing may be on its way to
 * the socket at either, from the freeze to the first and from the second to the
 * thaw or close: see tr_hold() and tr_flush(). A listener counts no segments;
 * its drops stand for them.
 */
int tr_counters_begin(struct tr_counters *c, int fd);
int tr_counters_end(struct tr_counters *c, int fd);

/*
 * The same for a socket that is being restored. Whether it takes in what arrives
 * or drops it, and for which reason, is not for the counts to judge.
 */
int tr_counters_begin_restored(struct tr_counters *c, int fd);
int tr_counters_end_restored(struct tr_counters *c, int fd);

/*
 * Print the counts, for whoever runs the test, and compare. -1 when this kernel
 * has the drop reason and they do not agree, or are less than what was sent.
 *
 *	# counters: repair_segs=13 sk_drops=13 merged=0 repair_hist=5
 *	  repair_skbs=5 repair_sks=1 sent=13
 *
 * (in one line). repair_hist are the packets that were freed for the reason, of
 * repair_sks sockets. repair_skbs are the packets that had to be, for another
 * observer to compare: the segments without the merged ones, or where these do
 * not settle it, because packets are weighed or a restored socket dropped some,
 * repair_hist.
 */
int tr_counters_report(struct tr_counters *c);

#endif
