/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_TIMELINE_H
#define TCP_REPAIR_TIMELINE_H

#include <stdbool.h>

#include "sock.h"

/*
 * What became of each segment from the peer, as the kernel saw it: for who wants
 * to draw the race. Recorded only if KSFT_TIMELINE=1 is in the environment, from
 * two kprobes and skb:kfree_skb in a tracefs instance of our own, and printed as
 * comments when it is closed:
 *
 *	# timeline: 12.345 peer sent 2000+1000
 *	# timeline: 12.391 source dropped 2000+1000 SOCKET_REPAIR
 *	# timeline: 12.391 source queued 2000+1000
 *	# timeline: 12.402 source acked 2000+1000
 *	# timeline: 13.000 mark frozen
 *	# timeline: end, 0 left out
 *
 * Milliseconds since the first event, whose socket, and bytes of the stream from
 * the first one recorded; "queued" is what TCP processed and did not drop. When
 * there are too many lines, segments that follow each other closely are merged:
 *
 *	# timeline: 12.345 peer sent 2000+14480 until 12.998 in 10
 *
 * and if there are still too many, the last ones are left out. It cannot fail a
 * test: what cannot be recorded is said as "timeline: none, WHY".
 */
struct tr_timeline {
	bool on;
	int port;		/* the peer's */
	char dir[128];		/* the instance; empty: none */
	int marker;		/* its trace_marker */
	char why[256];		/* why there is none */
};

/*
 * Put the probes in place until this program ends, if a timeline is asked for.
 * Before any traffic, in a constructor of the program: to put them in place is
 * to change code, and there are emulators that go on with what an instruction
 * was in between, when another CPU runs it at that moment.
 */
void tr_timeline_arm(void);
/*
 * Record this connection from here on, until the buffers are full. Zero it
 * before, if it may not come to that.
 */
void tr_timeline_open(struct tr_timeline *t, const struct tr_conn *c);
/* The test has just done something: one word for what. */
void tr_timeline_mark(const struct tr_timeline *t, const char *what);
/* No more of it: a stream goes on for long. */
void tr_timeline_stop(const struct tr_timeline *t);
/* Print it. */
void tr_timeline_close(struct tr_timeline *t);

/*
 * The printing itself, of an instance's trace, which is cut to lines. A CPU whose
 * buffer was full has its bit set: nothing is known after the last event of any
 * of these.
 */
void tr_timeline_print(char *trace, int port, unsigned long long full);

#endif
