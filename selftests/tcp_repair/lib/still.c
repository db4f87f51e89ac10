// SPDX-License-Identifier: GPL-2.0
/* The same traffic outside repair mode and in it. */
#include <errno.h>

#include "still.h"
#include "util.h"

struct change {
	struct tr_view before, after;
	unsigned int fields;
};

static int step(int (*call)(struct tr_env *env), struct tr_env *env)
{
	return call ? call(env) : 0;
}

/* What moves may take its time (a delayed acknowledgment, say). */
static int wait_moves(int fd, const struct tr_view *before, unsigned int moves)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	struct tr_view now = *before;

	moves &= ~TR_REPAIR_ONLY;
	do {
		if (tr_view_update(fd, &now))
			return -1;
	} while (moves & ~tr_view_changes(before, &now) && tr_tick(&deadline));
	return 0;
}

/*
 * A view needs repair mode. The peer's packets are held at both, so that no
 * segment meets it which is not counted.
 */
static int watch(struct tr_env *env, const struct tr_still *s, bool repair,
		 struct change *c)
{
	int queue = s->queue ? s->queue : TCP_RECV_QUEUE;
	struct tcp_info info;

	if (step(s->prepare, env) || tr_hold(&env->topo, TR_SOURCE) ||
	    step(s->source, env))
		return -1;
	if (repair && tr_counters_begin(&env->counters, env->conn.source))
		return -1;
	if (tr_freeze(env->conn.source) ||
	    tr_view_take(env->conn.source, queue, &c->before) ||
	    tr_info(env->conn.source, &info))
		return -1;
	if (!repair && tr_thaw(env->conn.source, TCP_REPAIR_OFF_NO_WP))
		return -1;

	if (tr_release(&env->topo) || step(s->peer, env) ||
	    tr_wait_segs(env->conn.source, info.tcpi_segs_in + s->segs))
		return -1;
	if (!repair && wait_moves(env->conn.source, &c->before, s->moves))
		return -1;
	if (tr_hold(&env->topo, TR_SOURCE))
		return -1;

	if (!repair && tr_freeze(env->conn.source))
		return -1;
	if (tr_view_take(env->conn.source, queue, &c->after))
		return -1;
	if (repair && tr_counters_end(&env->counters, env->conn.source))
		return -1;
	c->fields = tr_view_changes(&c->before, &c->after);
	return 0;
}

int tr_still_control(struct tr_env *env, const struct tr_still *s)
{
	struct change c;

	if (watch(env, s, false, &c))
		return -1;
	errno = 0;
	if (s->moves & ~c.fields)
		return tr_fail("control: it stands still outside repair mode, too; moved: %s",
			       tr_view_text(&c.before, &c.after, c.fields));
	if (tr_still_end(env, TCP_REPAIR_OFF_NO_WP))
		return -1;
	tr_hangup(&env->conn);
	return tr_connect(&env->topo, &env->conn);
}

int tr_still_frozen(struct tr_env *env, const struct tr_still *s, const char **text)
{
	struct change c;

	env->counters.sent = s->segs;
	if (watch(env, s, true, &c))
		return -1;
	*text = tr_view_text(&c.before, &c.after, c.fields);
	return c.fields ? 1 : 0;
}

int tr_still_end(struct tr_env *env, int how)
{
	return tr_thaw(env->conn.source, how) || tr_release(&env->topo) ? -1 : 0;
}
