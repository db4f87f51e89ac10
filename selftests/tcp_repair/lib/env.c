// SPDX-License-Identifier: GPL-2.0
/* The surroundings of a test, and the steps that tests share. */
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "util.h"

int tr_env_open(struct tr_env *env, int family)
{
	int ret;

	memset(env, 0, sizeof(*env));
	ret = tr_topo_open(&env->topo, family);
	env->cannot = ret > 0;
	if (ret)
		return ret < 0 ? -1 : 0;
	if (tr_connect(&env->topo, &env->conn))
		return -1;
	tr_counters_open(&env->counters);
	return 0;
}

void tr_env_close(struct tr_env *env)
{
	tr_counters_close(&env->counters);
	tr_topo_close(&env->topo);
}

int tr_env_freeze(struct tr_env *env)
{
	if (tr_counters_begin(&env->counters, env->conn.source))
		return -1;
	return tr_freeze(env->conn.source);
}

int tr_env_switch(struct tr_env *env, int target, int how)
{
	/*
	 * Off before the switch: the target gets nothing while in repair mode,
	 * so that there is nothing to count. The peer's answer to the window
	 * probe still goes to the source.
	 */
	if (tr_enter(&env->topo, TR_PEER) || tr_thaw(target, how))
		return -1;
	if (tr_path(&env->topo, TR_TARGET) || tr_flush(&env->topo, TR_SOURCE))
		return -1;
	if (tr_counters_end(&env->counters, env->conn.source))
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
