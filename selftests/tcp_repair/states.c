// SPDX-License-Identifier: GPL-2.0
/*
 * A connection that opens or closes stays in its state while in repair mode.
 *
 * Each test freezes the source in one state of the opening or the closing of a
 * connection and lets the segment arrive that would take it to the next. It must
 * not go there: a dump tells the state, and with it whether a FIN is to come yet
 * and whether the own one is acknowledged. After repair mode the retransmission
 * of whichever side waits brings the connection to its regular end.
 *
 *	test			frozen in	arriving
 *	syn_sent		SYN_SENT	SYN-ACK
 *	close_wait_rst		CLOSE_WAIT	RST
 *	fin_wait1_ack		FIN_WAIT1	acknowledgment of the FIN
 *	fin_wait1_fin		FIN_WAIT1	FIN of a simultaneous close
 *	fin_wait2_data		FIN_WAIT2	data
 *	fin_wait2_fin		FIN_WAIT2	FIN
 *	closing			CLOSING		acknowledgment of the FIN
 *	last_ack		LAST_ACK	acknowledgment of the FIN
 *
 * The kernel counts segments of a socket in any of these states before it looks
 * at them (tcp_segs_in() in tcp_v4_rcv() and tcp_v6_rcv()), and TCP_INFO tells
 * them for every state but LISTEN (tcp_get_info()). TIME_WAIT is not among the
 * states: it has a socket of its own, TCP_INFO of the frozen one says CLOSE.
 */
#include <linux/bpf.h>

#include "../../kselftest_harness.h"

#include "lib/dial.h"
#include "lib/pattern.h"
#include "lib/still.h"
#include "lib/util.h"

#define SIZE	500	/* of a segment */

FIXTURE(states)
{
	struct tr_env env;
};

FIXTURE_VARIANT(states)
{
	int family;
};

FIXTURE_VARIANT_ADD(states, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(states, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(states)
{
	TR_OK(tr_env_open(&self->env, variant->family));
}

FIXTURE_TEARDOWN(states)
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

/* All of the peer's stream, and its end; then the regular end of the source. */
static void ends_well(struct __test_metadata *_metadata, struct tr_env *env)
{
	struct tr_oracle oracle = { .total = env->conn.sent };
	int source = env->conn.source, err;
	socklen_t len = sizeof(err);

	oracle.stall_ms = tr_stall_ms(env->conn.peer);
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&oracle, source))
		TH_LOG("%s", tr_oracle_text(&oracle));
	TR_OK(tr_wait_state(source, BPF_TCP_CLOSE));
	ASSERT_EQ(0, getsockopt(source, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(0, err)
		TH_LOG("the connection ended with: %s", strerror(err));
}

static int end(int fd)
{
	return shutdown(fd, SHUT_WR) ? tr_fail("shutdown") : 0;
}

static int source_ends(struct tr_env *env)
{
	return end(env->conn.source);
}

static int peer_ends(struct tr_env *env)
{
	return end(env->conn.peer);
}

/* A connection half open; its peer's end is the listener as yet. */
static int dial(struct tr_env *env)
{
	struct sockaddr_storage addr;

	tr_hangup(&env->conn);
	env->conn.peer = tr_listen(&env->topo, TR_PEER, false, &addr);
	if (env->conn.peer < 0)
		return -1;
	env->conn.source = tr_dial(&env->topo, TR_SOURCE, &addr);
	return env->conn.source < 0 ? -1 : 0;
}

TEST_F_TIMEOUT(states, syn_sent, 60)
{
	static const struct tr_still still = {
		.source = dial,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_RCV_NXT),
	};
	struct tr_conn *conn = &self->env.conn;
	int listener;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	TR_OK(tr_wait_connected(conn->source));
	listener = conn->peer;
	conn->peer = accept(listener, NULL, NULL);
	ASSERT_LE(0, conn->peer);
	close(listener);
	TR_OK(tr_send(conn, 1, SIZE));
	TR_OK(tr_wait_inq(conn->source, SIZE));
}

static int reach_close_wait(struct tr_env *env)
{
	if (end(env->conn.peer))
		return -1;
	return tr_wait_state(env->conn.peer, BPF_TCP_FIN_WAIT2);
}

static int peer_resets(struct tr_env *env)
{
	return tr_reset(&env->conn);
}

TEST_F_TIMEOUT(states, close_wait_rst, 60)
{
	static const struct tr_still still = {
		.prepare = reach_close_wait,
		.peer = peer_resets,
		.segs = 1,
		.moves = TR_BIT(TR_STATE),
	};
	struct tr_conn back = {};
	socklen_t len;
	int source, err;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	/* The end of repair mode probes no peer in this state. To write does. */
	source = self->env.conn.source;
	TR_OK(tr_wait_state(source, BPF_TCP_CLOSE_WAIT));
	back.peer = source;
	TR_OK(tr_send(&back, 1, SIZE));
	TR_OK(tr_wait_state(source, BPF_TCP_CLOSE));
	len = sizeof(err);
	ASSERT_EQ(0, getsockopt(source, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(EPIPE, err);
}

TEST_F_TIMEOUT(states, fin_wait1_ack, 60)
{
	static const struct tr_still still = {
		.source = source_ends,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_OUTQ),
	};
	struct tr_conn *conn = &self->env.conn;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	TR_OK(tr_wait_state(conn->source, BPF_TCP_FIN_WAIT2));
	TR_OK(tr_send(conn, 1, SIZE));
	TR_OK(peer_ends(&self->env));
	ends_well(_metadata, &self->env);
}

/* The peer's FIN is under way when the source sends its own. */
static int both_end(struct tr_env *env)
{
	if (peer_ends(env) || source_ends(env))
		return -1;
	return tr_wait_state(env->conn.peer, BPF_TCP_CLOSING);
}

TEST_F_TIMEOUT(states, fin_wait1_fin, 60)
{
	static const struct tr_still still = {
		.source = both_end,
		.segs = 2,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_RCV_NXT) | TR_BIT(TR_OUTQ),
	};

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	ends_well(_metadata, &self->env);
}

static int reach_fin_wait2(struct tr_env *env)
{
	if (end(env->conn.source))
		return -1;
	return tr_wait_state(env->conn.source, BPF_TCP_FIN_WAIT2);
}

static int peer_sends(struct tr_env *env)
{
	return tr_send(&env->conn, 1, SIZE);
}

TEST_F_TIMEOUT(states, fin_wait2_data, 60)
{
	static const struct tr_still still = {
		.prepare = reach_fin_wait2,
		.peer = peer_sends,
		.segs = 1,
		.moves = TR_BIT(TR_RCV_NXT) | TR_BIT(TR_INQ) | TR_BIT(TR_SEGS_OUT),
	};

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	TR_OK(peer_ends(&self->env));
	ends_well(_metadata, &self->env);
}

TEST_F_TIMEOUT(states, fin_wait2_fin, 60)
{
	static const struct tr_still still = {
		.prepare = reach_fin_wait2,
		.peer = peer_ends,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_RCV_NXT),
	};

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	ends_well(_metadata, &self->env);
}

/* Both FINs pass each other; the answer to the source's is still held. */
static int reach_closing(struct tr_env *env)
{
	if (peer_ends(env) || tr_hold(&env->topo, TR_SOURCE) || source_ends(env) ||
	    tr_wait_state(env->conn.peer, BPF_TCP_CLOSING))
		return -1;
	if (tr_release_oldest(&env->topo))
		return -1;
	return tr_wait_state(env->conn.source, BPF_TCP_CLOSING);
}

TEST_F_TIMEOUT(states, closing, 60)
{
	static const struct tr_still still = {
		.source = reach_closing,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_OUTQ),
	};

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	ends_well(_metadata, &self->env);
}

TEST_F_TIMEOUT(states, last_ack, 60)
{
	static const struct tr_still still = {
		.prepare = reach_close_wait,
		.source = source_ends,
		.segs = 1,
		.moves = TR_BIT(TR_STATE) | TR_BIT(TR_OUTQ),
	};

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	if (!stays(_metadata, &self->env, &still))
		return;
	ends_well(_metadata, &self->env);
}

TEST_HARNESS_MAIN
