/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_VISIT_H
#define TCP_REPAIR_VISIT_H

#include <linux/types.h>

/*
 * What somebody with other privileges finds when trying repair mode on a
 * socket. errno values, 0 for success.
 */
struct tr_visit {
	int fd;
	int cannot;	/* no such somebody here: for SKIP(), why says why */
	int on, off;	/* TCP_REPAIR on this socket */
	int own;	/* TCP_REPAIR on a socket in a network namespace of their own */
	int read;	/* the state and the queues */
	__u32 seq;	/* of the receive queue */
	int len;
	char bytes[1024];	/* its first */
	char why[256];
};

/* An ordinary user, with no capability. */
void tr_as_user(struct tr_visit *v);
/* Root, with all capabilities, of a user namespace that is new. */
void tr_as_other_root(struct tr_visit *v);

/* Try it, in a process of its own: there is no way back from either. */
int tr_visit(struct tr_visit *v, int fd, void (*who)(struct tr_visit *v));

/* The caller becomes that other root. */
int tr_enter_userns(void);

/* errno of setsockopt(TCP_REPAIR), 0 for success. */
int tr_set_repair(int fd, int value);

#endif
