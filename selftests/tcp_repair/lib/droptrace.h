/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_DROPTRACE_H
#define TCP_REPAIR_DROPTRACE_H

#include <stdbool.h>

/*
 * Packets dropped for one reason, counted by a histogram on skb:kfree_skb in a
 * tracefs instance of our own: exact, and no business of other tracers.
 */
enum tr_drop_state {
	TR_DROP_UNTRACED,	/* no tracefs, or not all that it takes */
	TR_DROP_ABSENT,		/* this kernel has no such reason */
	TR_DROP_COUNTED,
};

struct tr_droptrace {
	enum tr_drop_state state;
	char dir[128];		/* the instance; empty: none */
	int reason;		/* this kernel's number of the reason */
	bool by_socket;		/* this kernel tells whose packet it was (6.11) */
	char why[256];		/* untraced: why */
};

/* More sockets than any test has. */
#define TR_DROP_SOCKETS 128

/* What has been counted so far. */
struct tr_drops {
	long hits;
	int sockets;		/* that had any, if by_socket */
	unsigned long long sk[TR_DROP_SOCKETS];
	long by_sk[TR_DROP_SOCKETS];
};

/* Start counting, or set the state that says why not. */
void tr_droptrace_open(struct tr_droptrace *d, const char *reason);
/* -1 if nothing is counted or if the histogram lost a hit. */
int tr_droptrace_read(const struct tr_droptrace *d, struct tr_drops *drops);
void tr_droptrace_close(struct tr_droptrace *d);

#endif
