// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of every kind reach an established socket in repair mode.
 *
 * Whatever it is that arrives, a dump must not be overtaken by it: sequence
 * numbers, both queues, the windows and the state stand still, and the socket
 * sends no answer. What was dropped comes again when repair mode is over, and
 * then everything goes on as if nothing had been.
 *
 * - fin, rst: the peer ends the connection, in the two ways there are,
 * - urgent: a byte of urgent data,
 * - out_of_order: a segment ahead of one that is late,
 * - ack: the acknowledgment of data in flight,
 * - window_probe: the peer probes a window of zero,
 * - send_queue: acknowledgments, with data that was never sent behind what they
 *   acknowledge, and the send queue selected. Taken in, they make the kernel
 *   count all of it as sent, so that a dump would not know what was.
 *
 * Each test first lets the same segments arrive outside repair mode and wants
 * to see the same things move.
 */
#include <poll.h>
#include <sys/ioctl.h>

#include <linux/bpf.h>

#include "../../kselftest_harness.h"

#include "lib/pattern.h"
#include "lib/still.h"
#include "lib/util.h"

#define SIZE	500	/* of a segment */
#define SNDBUF	65536	/* more than what the peer takes without reading */
#define RMEM	"4096 16384 16384"	/* a small window is soon full */

FIXTURE(segments)
{
	struct tr_env env;
};

FIXTURE_VARIANT(segments)
{
	int family;
};

FIXTURE_VARIANT_ADD(segments, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(segments, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(segments)
{
	TR_OK(tr_env_open(&self->env, variant->family));
}

FIXTURE_TEARDOWN(segments)
{
	tr_env_close(&self->env);
}

/* True once repair mode is over: nothing had moved, all that came is counted. */
static bool stays(struct __test_metadata *_metadata, struct tr_env *env,
		  const struct tr_still *still)
{
	const char *text;
	int moved;

	TR_OK(tr_still_control(env, still));
	TR_GET(moved, tr_still_frozen(env, still, &text));
	EXPECT_EQ(0, moved)
		TH_LOG("in repair mode: %s", text);
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	if (moved)
		return false;
	TR_OK(tr_still_end(env, TCP_REPAIR_OFF));
	return true;
}

/* The writer ends its stream; the reader gets all of it. */
static void all_arrives(struct __test_metadata *_metadata, int reader, int writer,
			__u64 total)
{
	struct tr_oracle oracle = { .total = total };

	oracle.stall_ms = tr_stall_ms(writer);
	ASSERT_EQ(0, shutdown(writer, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&oracle, reader))
		TH_LOG("%s", tr_oracle_text(&oracle));
}

static int end_stream(struct tr_env *env)
{
	return shutdown(env->conn.peer, SHUT_WR) ? tr_fail("shutdown") : 0;
}

TEST_F_TIMEOUT(segments, fin, 60)
{
	static const struct tr_still still = {
		.peer = end_stream,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_RCV_NXT),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	all_arrives(_metadata, conn->source, conn->peer, 0);
	all_arrives(_metadata, conn->peer, conn->source, 0);
}

static int reset(struct tr_env *env)
{
	return tr_reset(&env->conn);
}

TEST_F_TIMEOUT(segments, rst, 60)
{
	static const struct tr_still still = {
		.peer = reset,
		.segs = 1,
		.moves = TR_BIT(TR_STATE),
	};
	struct tr_oracle oracle = { .stall_ms = TR_STEP_MS };

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	/* The end of repair mode probes the peer, which resets it again. */
	EXPECT_EQ(TR_RESET, tr_oracle_finish(&oracle, self->env.conn.source))
		TH_LOG("%s", tr_oracle_text(&oracle));
}

static int send_urgent(struct tr_env *env)
{
	return send(env->conn.peer, "!", 1, MSG_OOB) == 1 ? 0 :
	       tr_fail("send an urgent byte");
}

TEST_F_TIMEOUT(segments, urgent, 60)
{
	static const struct tr_still still = {
		.peer = send_urgent,
		.segs = 1,
		.moves = TR_BIT(TR_RCV_NXT) | TR_BIT(TR_URGENT),
	};
	struct tr_conn *conn = &self->env.conn;
	struct pollfd urgent = { .events = POLLPRI };
	char byte = 0;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	urgent.fd = conn->source;
	ASSERT_EQ(1, poll(&urgent, 1, tr_stall_ms(conn->peer)))
		TH_LOG("no urgent data after repair mode");
	ASSERT_EQ(1, recv(conn->source, &byte, 1, MSG_OOB));
	EXPECT_EQ('!', byte);
	all_arrives(_metadata, conn->source, conn->peer, 0);
}

/* The first of two segments is late. */
static int send_out_of_order(struct tr_env *env)
{
	if (tr_hold(&env->topo, TR_SOURCE) || tr_send(&env->conn, 1, SIZE) ||
	    tr_path(&env->topo, TR_SOURCE))
		return -1;
	return tr_send(&env->conn, 1, SIZE);
}

TEST_F_TIMEOUT(segments, out_of_order, 60)
{
	static const struct tr_still still = {
		.peer = send_out_of_order,
		.segs = 1,
		.moves = TR_BIT(TR_OUT_OF_ORDER) | TR_BIT(TR_SEGS_OUT),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	all_arrives(_metadata, conn->source, conn->peer, conn->sent);
}

static int send_back(struct tr_env *env)
{
	struct tr_conn back = { .peer = env->conn.source };

	return tr_send(&back, 1, SIZE);
}

TEST_F_TIMEOUT(segments, ack, 60)
{
	static const struct tr_still still = {
		.source = send_back,
		.segs = 1,
		.moves = TR_BIT(TR_OUTQ),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	TR_OK(tr_wait_acked(conn->source));
	all_arrives(_metadata, conn->peer, conn->source, SIZE);
}

/* More than the source has room for, which is little. */
static int close_window(struct tr_env *env)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	struct tcp_info info;

	if (tr_enter(&env->topo, TR_SOURCE) ||
	    tr_write_file("/proc/sys/net/ipv4/tcp_rmem", RMEM) ||
	    tr_enter(&env->topo, TR_PEER))
		return -1;
	tr_hangup(&env->conn);
	if (tr_connect(&env->topo, &env->conn) ||
	    tr_fill(env->conn.peer, &env->conn.sent))
		return -1;
	do {
		if (tr_info(env->conn.peer, &info))
			return -1;
		if (!info.tcpi_snd_wnd && !info.tcpi_unacked)
			return 0;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("the window stays at %u B", info.tcpi_snd_wnd);
}

TEST_F_TIMEOUT(segments, window_probe, 60)
{
	/* The peer's timer sends them. */
	static const struct tr_still still = {
		.prepare = close_window,
		.segs = 1,
		.moves = TR_BIT(TR_SEGS_OUT),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	/* Reading opens the window, and the peer hears of it. */
	all_arrives(_metadata, conn->source, conn->peer, conn->sent);
}

static __u64 filled;

static int fill_send_queue(struct tr_env *env)
{
	int size = SNDBUF;

	if (setsockopt(env->conn.source, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		return tr_fail("set SO_SNDBUF");
	filled = 0;
	return tr_fill(env->conn.source, &filled);
}

TEST_F_TIMEOUT(segments, send_queue, 60)
{
	static const struct tr_still still = {
		.source = fill_send_queue,
		.queue = TCP_SEND_QUEUE,
		.segs = 1,
		.moves = TR_BIT(TR_OUTQ) | TR_BIT(TR_UNSENT),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	all_arrives(_metadata, conn->peer, conn->source, filled);
}

TEST_HARNESS_MAIN
