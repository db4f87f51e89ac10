// SPDX-License-Identifier: GPL-2.0
/*
 * A connection moves to another host while its peer goes on sending.
 *
 * A real migration in small, with two hosts that own one address, and the
 * source kept in repair mode until the path has been switched. The dump takes
 * the size and the bytes of the queues first and the sequence numbers last.
 * What the peer sends in the meantime reaches the source, and if it is taken in
 * and acknowledged there, the peer will never send it again:
 *
 * - gap_none: nothing arrives. The control, which has to work anywhere.
 * - gap_before_seq: data arrives when the queue has been copied, before the
 *   sequence number is read. Taken in, it is a silent hole in the stream.
 * - gap_after_seq: data arrives after that. Taken in, the target waits for it
 *   for ever and the connection stalls.
 */
#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define SIZE	1000	/* of each segment: below one MSS */
#define QUEUED	2	/* segments in the source's queue at the freeze */
#define TOTAL	8	/* segments in all */
#define BACK	500	/* bytes in the other direction, at the end */

enum gap { GAP_NONE, GAP_BEFORE_SEQ, GAP_AFTER_SEQ };

FIXTURE(handover)
{
	struct tr_env env;
};

FIXTURE_VARIANT(handover)
{
	int family;
};

FIXTURE_VARIANT_ADD(handover, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(handover, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(handover)
{
	TR_OK(tr_env_open_with(&self->env, variant->family, TR_ENV_BLOCK));
	if (self->env.cannot)
		return;
	TR_OK(tr_send(&self->env.conn, QUEUED, SIZE));
	TR_OK(tr_wait_inq(self->env.conn.source, QUEUED * SIZE));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(handover)
{
	tr_env_close(&self->env);
}

/* One more segment, which has arrived on return. */
static void fill_gap(struct __test_metadata *_metadata, struct tr_env *env)
{
	struct tcp_info info;

	env->counters.sent++;
	TR_OK(tr_info(env->conn.source, &info));
	TR_OK(tr_send(&env->conn, 1, SIZE));
	TR_OK(tr_env_wait_segs(env, info.tcpi_segs_in + 1));
}

static void dump(struct __test_metadata *_metadata, struct tr_env *env,
		 enum gap gap, struct tr_dump *d)
{
	int source = env->conn.source;

	env->counters.sent = 0;
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_dump_state(source, d));
	TR_OK(tr_dump_queues(source, d));
	if (gap == GAP_BEFORE_SEQ)
		fill_gap(_metadata, env);
	TR_OK(tr_dump_seqs(source, d));
	if (gap == GAP_AFTER_SEQ)
		fill_gap(_metadata, env);
}

/* The send sequence number must have moved along as well. */
static void answer(struct __test_metadata *_metadata, int target, int peer)
{
	struct tr_oracle oracle = { .total = BACK };
	char buf[BACK];

	oracle.stall_ms = tr_stall_ms(target);
	tr_pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(BACK, send(target, buf, sizeof(buf), MSG_NOSIGNAL));
	ASSERT_EQ(0, shutdown(target, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&oracle, peer))
		TH_LOG("the other direction: %s", tr_oracle_text(&oracle));
}

static void handover(struct __test_metadata *_metadata, struct tr_env *env,
		     enum gap gap)
{
	struct tr_oracle oracle = { .total = TOTAL * SIZE };
	enum tr_class class;
	struct tr_dump d;
	int target;

	dump(_metadata, env, gap, &d);
	TR_GET(target, tr_env_move(env, &d, TCP_REPAIR_OFF));
	tr_dump_free(&d);
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());

	oracle.stall_ms = tr_stall_ms(env->conn.peer);
	TR_OK(tr_send(&env->conn, TOTAL - env->conn.sent / SIZE, SIZE));
	ASSERT_EQ(0, shutdown(env->conn.peer, SHUT_WR));
	class = tr_oracle_finish(&oracle, target);
	EXPECT_EQ(TR_PASS, class)
		TH_LOG("%s", tr_oracle_text(&oracle));
	if (class == TR_PASS)
		answer(_metadata, target, env->conn.peer);
	close(target);
}

TEST_F_TIMEOUT(handover, gap_none, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, GAP_NONE);
}

TEST_F_TIMEOUT(handover, gap_before_seq, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, GAP_BEFORE_SEQ);
}

TEST_F_TIMEOUT(handover, gap_after_seq, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, GAP_AFTER_SEQ);
}

TEST_HARNESS_MAIN
