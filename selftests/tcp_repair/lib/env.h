/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_ENV_H
#define TCP_REPAIR_ENV_H

#include <stdbool.h>

#include "block.h"
#include "counters.h"
#include "repair.h"
#include "sock.h"
#include "timeline.h"
#include "topo.h"

/* What every test starts from: a connection from the peer to the source. */
struct tr_env {
	struct tr_topo topo;
	struct tr_conn conn;
	struct tr_counters counters;
	struct tr_block block;
	struct tr_timeline timeline;	/* if the test opens one */
	bool cannot;	/* not here: SKIP() with tr_error() for a reason */
};

/* Nothing is open. For a setup that may end before it opens one, and is closed. */
void tr_env_init(struct tr_env *env);
/*
 * Not being able to run here is success, with env->cannot set: not every
 * harness ends a test whose setup has skipped, so the test has to look.
 */
int tr_env_open(struct tr_env *env, int family);

/* The same, for a test that can do more. */
enum {
	TR_ENV_OFFLOADS = 1,	/* wants TSO and GSO */
	TR_ENV_BLOCK = 2,	/* knows that segments may be kept away: block.h */
};

int tr_env_open_with(struct tr_env *env, int family, unsigned int flags);
void tr_env_close(struct tr_env *env);

/* Freeze the source, and count from there. Nothing may be on its way to it. */
int tr_env_freeze(struct tr_env *env);

/*
 * Wait until as many segments in all have arrived at the source; or, if segments
 * are kept away from it, until all that was sent before is gone.
 */
int tr_env_wait_segs(struct tr_env *env, __u32 segs_in);
/* End repair mode (see tr_thaw()), and let segments through again. */
int tr_env_thaw(struct tr_env *env, int how);

/*
 * The second half of a migration: restore the dump in the target, end repair
 * mode there, switch the path, count what the source got, close it. Returns the
 * target's socket.
 */
int tr_env_move(struct tr_env *env, struct tr_dump *d, int how);
/* All of that but the restore, for a target that was restored in other ways. */
int tr_env_switch(struct tr_env *env, int target, int how);

#endif
