/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_STILL_H
#define TCP_REPAIR_STILL_H

#include "env.h"
#include "view.h"

/*
 * A connection is brought into some situation, and segments of its peer arrive.
 * Outside repair mode they move something; in repair mode nothing may move.
 * Both are run in the same steps, each of which may be missing (0, or -1 and
 * tr_error()).
 */
struct tr_still {
	/* Bring env->conn to where it should be; nothing is on its way after it. */
	int (*prepare)(struct tr_env *env);
	/* What the source does while the answers to it are held back. */
	int (*source)(struct tr_env *env);
	/* The source is in repair mode (or not): the answers arrive, the peer acts. */
	int (*peer)(struct tr_env *env);
	int queue;		/* selected in repair mode; 0: TCP_RECV_QUEUE */
	unsigned int segs;	/* that arrive at the least */
	unsigned int moves;	/* TR_BIT()s, all of which move outside repair mode */
};

/*
 * The positive control. -1 if something that should move outside repair mode
 * stands still. env->conn is a new connection afterwards.
 */
int tr_still_control(struct tr_env *env, const struct tr_still *s);

/*
 * In repair mode, with what arrives counted: 0, or 1 if something moved, and
 * *text says what. Afterwards the source is still in repair mode and the peer's
 * packets are held; tr_still_end() goes on.
 */
int tr_still_frozen(struct tr_env *env, const struct tr_still *s, const char **text);

/* End repair mode and let the peer's packets go. */
int tr_still_end(struct tr_env *env, int how);

#endif
