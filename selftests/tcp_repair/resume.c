// SPDX-License-Identifier: GPL-2.0
/*
 * Repair mode ends, and nothing is lost.
 *
 * What the peer sends to a frozen socket may be dropped, because the peer sends
 * it again. So once repair mode is off, with a window probe (in_order) or
 * without one (in_order_no_probe), every byte must come, in order. It comes when
 * the peer's own retransmission timer ends, about as long after as the freeze
 * was; each test prints how long it took.
 */
#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define COUNT	8	/* segments: the initial window has room */
#define SIZE	1000

FIXTURE(resume)
{
	struct tr_env env;
};

FIXTURE_VARIANT(resume)
{
	int family;
};

FIXTURE_VARIANT_ADD(resume, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(resume, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(resume)
{
	TR_OK(tr_env_open_with(&self->env, variant->family, TR_ENV_BLOCK));
	if (self->env.cannot)
		return;
	/* A round trip each, so that the peer has its timer measured. */
	TR_OK(tr_send(&self->env.conn, 1, SIZE));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(resume)
{
	tr_env_close(&self->env);
}

/* Freeze, send, and wait until the peer has had to send again (or is content). */
static void send_frozen(struct __test_metadata *_metadata, struct tr_env *env)
{
	struct tr_deadline deadline;
	struct tcp_info info;
	__u32 segs_in;
	int outq;

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_info(env->conn.source, &info));
	segs_in = info.tcpi_segs_in;
	env->counters.sent = COUNT;
	TR_OK(tr_send(&env->conn, COUNT, SIZE));
	TR_OK(tr_env_wait_segs(env, segs_in + COUNT));

	deadline = tr_deadline(TR_STEP_MS);
	do {
		TR_OK(tr_info(env->conn.peer, &info));
		TR_GET(outq, tr_outq(env->conn.peer));
	} while (!info.tcpi_total_retrans && outq && tr_tick(&deadline));
	ASSERT_TRUE(!outq || info.tcpi_total_retrans)
		TH_LOG("neither acknowledged nor sent again");
}

static void resume(struct __test_metadata *_metadata, struct tr_env *env, int how)
{
	struct tr_oracle oracle = { .total = (COUNT + 1) * SIZE };
	int source = env->conn.source;
	struct tcp_info peer;
	long start, took;

	send_frozen(_metadata, env);
	/* Retransmissions wait while the counters are read, none is lost. */
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, source));
	TR_OK(tr_env_thaw(env, how));
	TR_OK(tr_info(env->conn.peer, &peer));
	start = tr_now();
	TR_OK(tr_release(&env->topo));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());

	oracle.stall_ms = tr_stall_ms(env->conn.peer);
	tr_oracle_read(&oracle, source, oracle.total);
	took = tr_now() - start;
	ASSERT_EQ(0, shutdown(env->conn.peer, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&oracle, source))
		TH_LOG("%s", tr_oracle_text(&oracle));
	/* Told, not judged: the oracle's patience is the bound, a slow host is none. */
	printf("# all there %ld ms after repair mode, with the peer's timer at %u ms\n",
	       took, peer.tcpi_rto / 1000);
	fflush(stdout);
}

TEST_F_TIMEOUT(resume, in_order, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	resume(_metadata, &self->env, TCP_REPAIR_OFF);
}

TEST_F_TIMEOUT(resume, in_order_no_probe, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	resume(_metadata, &self->env, TCP_REPAIR_OFF_NO_WP);
}

TEST_HARNESS_MAIN
