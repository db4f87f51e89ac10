// SPDX-License-Identifier: GPL-2.0
/*
 * A connection moves to another host while its peer goes on sending.
 *
 * A real migration in small, with two hosts that own one address, and the
 * source kept in repair mode until the path has been switched. What the peer
 * sends during the dump reaches the source, and if it is taken in and
 * acknowledged there, the peer will never send it again. How that shows depends
 * on the order of the dump.
 *
 * passt takes the size and the bytes of a queue first, its sequence number last:
 *
 * - gap_none: nothing arrives. The control, which has to work anywhere.
 * - gap_before_seq: data arrives when the queue has been copied, before the
 *   sequence number is read. Taken in, it is a silent hole in the stream.
 * - gap_after_seq: data arrives after that. Taken in, the target waits for it
 *   for ever and the connection stalls.
 *
 * CRIU's libsoccr takes the sizes, then the sequence number, then the bytes,
 * which have to be as many as the size said, or the dump has failed:
 *
 * - soccr_gap_none: the control.
 * - soccr_gap_before_seq, soccr_gap_before_peek: data arrives between the steps.
 *   Taken in, it makes the dump fail.
 * - soccr_gap_empty_queue: the same before the sequence number, with an empty
 *   queue, which nobody looks at again. Taken in, it is a silent hole.
 * - soccr_gap_after_peek: data arrives after the dump. Taken in, it is a stall.
 */
#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/soccr.h"
#include "lib/stall.h"
#include "lib/util.h"

#define SIZE	1000	/* of each segment: below one MSS */
#define QUEUED	2	/* segments in the source's queue at the freeze */
#define TOTAL	8	/* segments in all */
#define BACK	500	/* bytes in the other direction, at the end */

enum order { PASST, SOCCR };

enum gap { GAP_NONE, GAP_BEFORE_SEQ, GAP_AFTER_SEQ, GAP_AFTER_PEEK };

__attribute__((constructor)) static void arm(void)
{
	tr_timeline_arm();
}

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
	tr_timeline_open(&self->env.timeline, &self->env.conn);
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

static void dump_passt(struct __test_metadata *_metadata, struct tr_env *env,
		       enum gap gap, struct tr_dump *d)
{
	int source = env->conn.source;

	TR_OK(tr_dump_queues(source, d));
	tr_timeline_mark(&env->timeline, "copied");
	if (gap == GAP_BEFORE_SEQ)
		fill_gap(_metadata, env);
	TR_OK(tr_dump_seqs(source, d));
	tr_timeline_mark(&env->timeline, "seq-read");
	if (gap == GAP_AFTER_SEQ)
		fill_gap(_metadata, env);
}

/* False if it fails, which is for the kernel under test to answer for. */
static bool dump_soccr(struct __test_metadata *_metadata, struct tr_env *env,
		       enum gap gap, struct tr_dump *d)
{
	int source = env->conn.source, ret;

	TR_OK(tr_soccr_sizes(source, d));
	tr_timeline_mark(&env->timeline, "sized");
	if (gap == GAP_BEFORE_SEQ)
		fill_gap(_metadata, env);
	TR_OK(tr_dump_seqs(source, d));
	tr_timeline_mark(&env->timeline, "seq-read");
	if (gap == GAP_AFTER_SEQ)
		fill_gap(_metadata, env);
	ret = tr_soccr_bytes(source, d);
	tr_timeline_mark(&env->timeline, ret ? "not-copied" : "copied");
	EXPECT_EQ(0, ret)
		TH_LOG("the dump fails: %s", tr_error());
	if (gap == GAP_AFTER_PEEK)
		fill_gap(_metadata, env);
	return !ret;
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

/* Nothing more may come to the frozen source, which goes with the test. */
static void give_up(struct __test_metadata *_metadata, struct tr_env *env)
{
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
}

static void move(struct __test_metadata *_metadata, struct tr_env *env,
		 struct tr_dump *d, struct tr_oracle *oracle)
{
	enum tr_class class;
	int target;

	TR_GET(target, tr_env_move(env, d, TCP_REPAIR_OFF));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());

	TR_OK(tr_send(&env->conn, TOTAL - env->conn.sent / SIZE, SIZE));
	ASSERT_EQ(0, shutdown(env->conn.peer, SHUT_WR));
	class = tr_finish_from(oracle, target, env->conn.peer);
	EXPECT_EQ(TR_PASS, class)
		TH_LOG("%s", tr_oracle_text(oracle));
	if (class == TR_PASS)
		answer(_metadata, target, env->conn.peer);
	close(target);
}

/* keep: how much of what is queued is there at the freeze. */
static void handover(struct __test_metadata *_metadata, struct tr_env *env,
		     enum order order, enum gap gap, unsigned int keep)
{
	struct tr_oracle oracle = { .total = TOTAL * SIZE, .stall_ms = TR_STEP_MS };
	bool dumped = true;
	struct tr_dump d;

	tr_oracle_read(&oracle, env->conn.source, (QUEUED - keep) * SIZE);
	ASSERT_EQ((QUEUED - keep) * SIZE, oracle.got)
		TH_LOG("before the freeze: %s", tr_oracle_text(&oracle));
	env->counters.sent = 0;
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_dump_state(env->conn.source, &d));
	if (order == PASST)
		dump_passt(_metadata, env, gap, &d);
	else
		dumped = dump_soccr(_metadata, env, gap, &d);
	if (dumped)
		move(_metadata, env, &d, &oracle);
	else
		give_up(_metadata, env);
	tr_dump_free(&d);
}

TEST_F_TIMEOUT(handover, gap_none, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, PASST, GAP_NONE, QUEUED);
}

TEST_F_TIMEOUT(handover, gap_before_seq, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, PASST, GAP_BEFORE_SEQ, QUEUED);
}

TEST_F_TIMEOUT(handover, gap_after_seq, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, PASST, GAP_AFTER_SEQ, QUEUED);
}

TEST_F_TIMEOUT(handover, soccr_gap_none, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, SOCCR, GAP_NONE, QUEUED);
}

TEST_F_TIMEOUT(handover, soccr_gap_before_seq, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, SOCCR, GAP_BEFORE_SEQ, QUEUED);
}

TEST_F_TIMEOUT(handover, soccr_gap_before_peek, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, SOCCR, GAP_AFTER_SEQ, QUEUED);
}

TEST_F_TIMEOUT(handover, soccr_gap_after_peek, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, SOCCR, GAP_AFTER_PEEK, QUEUED);
}

TEST_F_TIMEOUT(handover, soccr_gap_empty_queue, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	handover(_metadata, &self->env, SOCCR, GAP_BEFORE_SEQ, 0);
}

TEST_HARNESS_MAIN
