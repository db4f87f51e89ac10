// SPDX-License-Identifier: GPL-2.0
/* The surroundings of a test, and the steps that tests share. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "util.h"

static int open_topo(struct tr_env *env, int family, unsigned int flags)
{
	enum tr_block_mode mode;
	int ret;

	if (tr_block_asked(&mode))
		return -1;
	if (mode != TR_BLOCK_NONE && !(flags & TR_ENV_BLOCK)) {
		errno = 0;
		tr_fail("wants segments to arrive, TCP_REPAIR_BLOCK keeps them away");
		return 1;
	}
	ret = tr_topo_open(&env->topo, family);
	if (ret)
		return ret;
	if (flags & TR_ENV_OFFLOADS && tr_topo_offloads(&env->topo))
		return -1;
	return tr_block_open(&env->block, &env->topo, mode);
}

void tr_env_init(struct tr_env *env)
{
	memset(env, 0, sizeof(*env));
	env->topo.home = -1;
	env->block.nft = -1;
	env->counters.netstat = -1;
}

int tr_env_open_with(struct tr_env *env, int family, unsigned int flags)
{
	int ret;

	tr_env_init(env);
	ret = open_topo(env, family, flags);
	env->cannot = ret > 0;
	if (ret)
		return ret < 0 ? -1 : 0;
	if (tr_connect(&env->topo, &env->conn) || tr_enter(&env->topo, TR_SOURCE) ||
	    tr_counters_open(&env->counters) || tr_enter(&env->topo, TR_PEER))
		return -1;
	env->counters.weighed = flags & TR_ENV_OFFLOADS;
	env->counters.blocked = env->block.mode != TR_BLOCK_NONE;
	return 0;
}

int tr_env_open(struct tr_env *env, int family)
{
	return tr_env_open_with(env, family, 0);
}

void tr_env_close(struct tr_env *env)
{
	tr_timeline_close(&env->timeline);
	tr_counters_close(&env->counters);
	tr_block_close(&env->block);
	tr_topo_close(&env->topo);
}

int tr_env_freeze(struct tr_env *env)
{
	if (tr_counters_begin(&env->counters, env->conn.source) ||
	    tr_block_freeze(&env->block, &env->conn.source, 1))
		return -1;
	tr_timeline_mark(&env->timeline, "frozen");
	return 0;
}

int tr_env_wait_segs(struct tr_env *env, __u32 segs_in)
{
	if (env->counters.blocked)
		return tr_flush(&env->topo, TR_SOURCE);
	return tr_wait_segs(env->conn.source, segs_in);
}

int tr_env_thaw(struct tr_env *env, int how)
{
	if (tr_thaw(env->conn.source, how))
		return -1;
	return tr_block_lift(&env->block, &env->conn.source, 1);
}

int tr_env_switch(struct tr_env *env, int target, int how)
{
	/*
	 * Off before the switch: the target gets nothing while in repair mode,
	 * so that there is nothing to count. The peer's answer to the window
	 * probe still goes to the source.
	 */
	tr_timeline_mark(&env->timeline, "restored");
	if (tr_enter(&env->topo, TR_PEER) || tr_thaw(target, how))
		return -1;
	tr_timeline_mark(&env->timeline, "live");
	if (tr_path(&env->topo, TR_TARGET) || tr_flush(&env->topo, TR_SOURCE))
		return -1;
	tr_timeline_mark(&env->timeline, "switched");
	if (tr_counters_end(&env->counters, env->conn.source) ||
	    tr_block_lift(&env->block, &env->conn.source, 1))
		return -1;
	close(env->conn.source);
	env->conn.source = -1;
	return 0;
}

int tr_env_move(struct tr_env *env, struct tr_dump *d, int how)
{
	int target;

	if (tr_enter(&env->topo, TR_TARGET))
		return -1;
	target = tr_restore(d);
	if (target < 0)
		return -1;
	if (!tr_env_switch(env, target, how))
		return target;
	close(target);
	return -1;
}
