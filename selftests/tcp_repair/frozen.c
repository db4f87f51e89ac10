// SPDX-License-Identifier: GPL-2.0
/*
 * A socket in repair mode is frozen, for what it receives too.
 *
 * Repair mode is there to read the state of a connection and to rebuild it
 * elsewhere. What has been read must still be true when it is used, so while a
 * socket is in repair mode and its peer goes on sending:
 *
 * - the receive sequence number stands still (rcv_seq),
 * - the receive queue keeps its size and its bytes (rcv_queue),
 * - and the peer gets no acknowledgment for bytes that nobody will have (no_ack).
 *
 * Each test first sends the same traffic outside repair mode and wants to see
 * the same thing move. Each prints what arrived at the frozen socket, and where
 * the kernel has the drop reason SOCKET_REPAIR, all of it must have been
 * dropped for this reason. With offloads a packet is more than one segment, and
 * the counts have to tell the two apart.
 */
#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define FIRST	100	/* bytes in the queue before anything else */
#define SEGS	10	/* segments at a time: the initial window has room */
#define MAX_BYTES 10000	/* of them */

FIXTURE(frozen)
{
	struct tr_env env;
};

FIXTURE_VARIANT(frozen)
{
	int family;
	unsigned int flags;
	unsigned int count;	/* of send() calls */
	unsigned int size;	/* of each; with offloads, two segments in one packet */
};

FIXTURE_VARIANT_ADD(frozen, ipv4)
{
	.family = AF_INET,
	.flags = TR_ENV_BLOCK,
	.count = SEGS,
	.size = 100,
};

FIXTURE_VARIANT_ADD(frozen, ipv6)
{
	.family = AF_INET6,
	.flags = TR_ENV_BLOCK,
	.count = SEGS,
	.size = 100,
};

FIXTURE_VARIANT_ADD(frozen, ipv4_offload)
{
	.family = AF_INET,
	.flags = TR_ENV_BLOCK | TR_ENV_OFFLOADS,
	.count = SEGS / 2,
	.size = 2000,
};

FIXTURE_VARIANT_ADD(frozen, ipv6_offload)
{
	.family = AF_INET6,
	.flags = TR_ENV_BLOCK | TR_ENV_OFFLOADS,
	.count = SEGS / 2,
	.size = 2000,
};

FIXTURE_SETUP(frozen)
{
	TR_OK(tr_env_open_with(&self->env, variant->family, variant->flags));
	if (self->env.cannot)
		return;
	TR_OK(tr_send(&self->env.conn, 1, FIRST));
	TR_OK(tr_wait_inq(self->env.conn.source, FIRST));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(frozen)
{
	tr_env_close(&self->env);
}

/* The positive control: outside repair mode the traffic arrives. */
static void send_unfrozen(struct __test_metadata *_metadata, struct tr_env *env,
			  unsigned int count, unsigned int size)
{
	TR_OK(tr_send(&env->conn, count, size));
	TR_OK(tr_wait_inq(env->conn.source, FIRST + count * size));
	TR_OK(tr_wait_acked(env->conn.peer));
}

/* Returns when all that the peer has sent of it has reached the frozen socket. */
static void send_frozen(struct __test_metadata *_metadata, struct tr_env *env,
			unsigned int count, unsigned int size)
{
	struct tcp_info source, peer;

	TR_OK(tr_info(env->conn.source, &source));
	TR_OK(tr_send(&env->conn, count, size));
	/*
	 * A machine that stood still between two of them made the peer's timer
	 * expire: with nothing acknowledged, its window has no room for the rest.
	 */
	TR_OK(tr_info(env->conn.peer, &peer));
	env->counters.sent = SEGS - peer.tcpi_notsent_bytes / (count * size / SEGS);
	TR_OK(tr_env_wait_segs(env, source.tcpi_segs_in + env->counters.sent));
}

static void compare_counts(struct __test_metadata *_metadata, struct tr_env *env)
{
	struct tr_drops drops;

	/* Retransmissions go on for as long as nobody acknowledges. */
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	/* Or else the offloads were not on. */
	if (env->counters.weighed && !tr_droptrace_read(&env->counters.trace, &drops))
		EXPECT_GT(env->counters.repair_segs, drops.hits);
}

TEST_F_TIMEOUT(frozen, rcv_seq, 60)
{
	int bytes = variant->count * variant->size;
	int source = self->env.conn.source;
	__u32 start, before, after;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_freeze(source));
	TR_OK(tr_queue_seq(source, TCP_RECV_QUEUE, &start));
	TR_OK(tr_thaw(source, TCP_REPAIR_OFF_NO_WP));
	send_unfrozen(_metadata, &self->env, variant->count, variant->size);

	/* All is acknowledged, so nothing comes by itself. */
	TR_OK(tr_env_freeze(&self->env));
	TR_OK(tr_queue_seq(source, TCP_RECV_QUEUE, &before));
	EXPECT_EQ(bytes, (int)(before - start))
		TH_LOG("control: rcv_nxt moved by %u B", before - start);

	send_frozen(_metadata, &self->env, variant->count, variant->size);
	TR_OK(tr_queue_seq(source, TCP_RECV_QUEUE, &after));
	EXPECT_EQ(0, (int)(after - before))
		TH_LOG("rcv_nxt moved by %u B in repair mode", after - before);
	compare_counts(_metadata, &self->env);
}

TEST_F_TIMEOUT(frozen, rcv_queue, 60)
{
	struct tr_queue before = {}, after = {};
	int bytes = FIRST + variant->count * variant->size;
	int source = self->env.conn.source;
	char expected[FIRST + MAX_BYTES];

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	send_unfrozen(_metadata, &self->env, variant->count, variant->size);

	/* All is acknowledged, so nothing comes by itself. */
	TR_OK(tr_env_freeze(&self->env));
	TR_OK(tr_queue_peek(source, TCP_RECV_QUEUE, &before));
	ASSERT_GE((int)sizeof(expected), bytes);
	tr_pattern(expected, 0, bytes);
	ASSERT_EQ(bytes, before.len);
	EXPECT_EQ(0, memcmp(expected, before.data, before.len));

	send_frozen(_metadata, &self->env, variant->count, variant->size);
	TR_OK(tr_queue_peek(source, TCP_RECV_QUEUE, &after));
	EXPECT_EQ(before.len, after.len)
		TH_LOG("the receive queue grew by %d B in repair mode",
		       after.len - before.len);
	ASSERT_LE(bytes, after.len);
	EXPECT_EQ(0, memcmp(expected, after.data, bytes));
	compare_counts(_metadata, &self->env);
	free(before.data);
	free(after.data);
}

TEST_F_TIMEOUT(frozen, no_ack, 60)
{
	int bytes = variant->count * variant->size;
	struct tr_deadline deadline;
	struct tcp_info info;
	int outq;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	send_unfrozen(_metadata, &self->env, variant->count, variant->size);

	/* All is acknowledged, so nothing comes by itself. */
	TR_OK(tr_env_freeze(&self->env));
	send_frozen(_metadata, &self->env, variant->count, variant->size);

	/* Acknowledged, or so clearly not that the peer sends it again. */
	deadline = tr_deadline(TR_STEP_MS);
	do {
		TR_GET(outq, tr_outq(self->env.conn.peer));
		TR_OK(tr_info(self->env.conn.peer, &info));
	} while (outq && !info.tcpi_total_retrans && tr_tick(&deadline));
	ASSERT_TRUE(!outq || info.tcpi_total_retrans)
		TH_LOG("neither acknowledged nor sent again");
	EXPECT_EQ(bytes, outq)
		TH_LOG("%d B were acknowledged in repair mode", bytes - outq);
	compare_counts(_metadata, &self->env);
}

TEST_HARNESS_MAIN
