/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_DROPTRACE_H
#define TCP_REPAIR_DROPTRACE_H

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
	char why[256];		/* untraced: why */
};

/* Start counting, or set the state that says why not. */
void tr_droptrace_open(struct tr_droptrace *d, const char *reason);
/* The count so far, -1 if there is none or if the histogram lost a hit. */
long tr_droptrace_read(const struct tr_droptrace *d);
void tr_droptrace_close(struct tr_droptrace *d);

#endif
