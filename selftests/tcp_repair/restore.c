// SPDX-License-Identifier: GPL-2.0
/*
 * The peer does not wait for a restore to be complete.
 *
 * - early_options, early_queues: the path is switched while the target is still
 *   being restored, so that data reaches a socket that has not got its options,
 *   or its queues, back. Every byte has to come in order all the same.
 * - source_silent: after the switch, copies of what goes to the target still
 *   reach the source, which is kept open in repair mode so that they cause no
 *   reset. It must not answer them: the connection is the target's now. That the
 *   target answers the very same packets is the control.
 */
#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/mirror.h"
#include "lib/pattern.h"
#include "lib/stall.h"
#include "lib/util.h"

#define SIZE	1000	/* of each segment: below one MSS */
#define QUEUED	2	/* segments in the source's queue at the freeze */
#define EARLY	2	/* segments that come too early */
#define TOTAL	8	/* segments in all */

FIXTURE(restore)
{
	struct tr_env env;
};

FIXTURE_VARIANT(restore)
{
	int family;
};

FIXTURE_VARIANT_ADD(restore, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(restore, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(restore)
{
	TR_OK(tr_env_open(&self->env, variant->family));
	if (self->env.cannot)
		return;
	TR_OK(tr_send(&self->env.conn, QUEUED, SIZE));
	TR_OK(tr_wait_inq(self->env.conn.source, QUEUED * SIZE));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(restore)
{
	tr_env_close(&self->env);
}

static void dump(struct __test_metadata *_metadata, struct tr_env *env,
		 struct tr_dump *d)
{
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_dump_state(env->conn.source, d));
	TR_OK(tr_dump_queues(env->conn.source, d));
	TR_OK(tr_dump_seqs(env->conn.source, d));
}

/* Data for a target in repair mode, which has reached it on return. */
static void send_early(struct __test_metadata *_metadata, struct tr_env *env, int target)
{
	struct tcp_info info;

	TR_OK(tr_info(target, &info));
	TR_OK(tr_send(&env->conn, EARLY, SIZE));
	TR_OK(tr_wait_segs(target, info.tcpi_segs_in + EARLY));
}

/* The rest of the stream has to follow what is there already. */
static void finish(struct __test_metadata *_metadata, struct tr_env *env, int target)
{
	struct tr_oracle oracle = { .total = TOTAL * SIZE };

	TR_OK(tr_send(&env->conn, TOTAL - env->conn.sent / SIZE, SIZE));
	ASSERT_EQ(0, shutdown(env->conn.peer, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_finish_from(&oracle, target, env->conn.peer))
		TH_LOG("%s", tr_oracle_text(&oracle));
}

static void restore_early(struct __test_metadata *_metadata, struct tr_env *env,
			  bool options)
{
	struct tr_dump d;
	int target;

	dump(_metadata, env, &d);
	TR_OK(tr_enter(&env->topo, TR_TARGET));
	TR_GET(target, tr_restore_begin(&d));
	if (options)
		TR_OK(tr_restore_options(target, &d));
	TR_OK(tr_counters_begin_restored(&env->counters, target));

	TR_OK(tr_enter(&env->topo, TR_PEER));
	TR_OK(tr_path(&env->topo, TR_TARGET));
	TR_OK(tr_flush(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	close(env->conn.source);

	send_early(_metadata, env, target);
	if (!options)
		TR_OK(tr_restore_options(target, &d));
	TR_OK(tr_restore_queues(target, &d));
	tr_dump_free(&d);
	TR_OK(tr_hold(&env->topo, TR_TARGET));
	TR_OK(tr_counters_end_restored(&env->counters, target));
	TR_OK(tr_thaw(target, TCP_REPAIR_OFF));
	TR_OK(tr_release(&env->topo));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	finish(_metadata, env, target);
}

TEST_F_TIMEOUT(restore, early_options, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	restore_early(_metadata, &self->env, false);
}

TEST_F_TIMEOUT(restore, early_queues, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	restore_early(_metadata, &self->env, true);
}

TEST_F_TIMEOUT(restore, source_silent, 60)
{
	struct tcp_info before[2], after[2];
	struct tr_env *env = &self->env;
	int target, ret, bytes, left;
	struct tr_mirror mirror;
	struct tr_dump d;
	__u32 copies = 0;

	if (env->cannot)
		SKIP(return, "%s", tr_error());
	TR_GET(ret, tr_mirror_open(&mirror, TR_TARGET, TR_SOURCE));
	if (ret)
		SKIP(return, "%s", tr_error());

	dump(_metadata, env, &d);
	TR_OK(tr_enter(&env->topo, TR_TARGET));
	TR_GET(target, tr_restore(&d));
	tr_dump_free(&d);
	TR_OK(tr_enter(&env->topo, TR_PEER));
	TR_OK(tr_thaw(target, TCP_REPAIR_OFF_NO_WP));
	TR_OK(tr_path(&env->topo, TR_TARGET));
	TR_OK(tr_flush(&env->topo, TR_SOURCE));

	TR_OK(tr_info(env->conn.source, &before[0]));
	TR_OK(tr_info(target, &before[1]));
	env->counters.sent = TOTAL - QUEUED;
	TR_OK(tr_send(&env->conn, TOTAL - QUEUED, SIZE));
	for (left = (TOTAL - QUEUED) * SIZE; left > 0; left -= bytes, copies++)
		TR_GET(bytes, tr_mirror_next(&mirror, env->topo.family));
	TR_OK(tr_wait_segs(env->conn.source, before[0].tcpi_segs_in + copies));
	TR_OK(tr_wait_segs(target, before[1].tcpi_segs_in + copies));
	TR_OK(tr_info(env->conn.source, &after[0]));
	TR_OK(tr_info(target, &after[1]));
	EXPECT_LT(before[1].tcpi_segs_out, after[1].tcpi_segs_out)
		TH_LOG("control: the target does not answer either");
	EXPECT_EQ(before[0].tcpi_segs_out, after[0].tcpi_segs_out)
		TH_LOG("the source answers in repair mode, %u times",
		       after[0].tcpi_segs_out - before[0].tcpi_segs_out);

	TR_OK(tr_flush(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	tr_mirror_close(&mirror);
	finish(_metadata, env, target);
}

TEST_HARNESS_MAIN
