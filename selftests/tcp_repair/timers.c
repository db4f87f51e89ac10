// SPDX-License-Identifier: GPL-2.0
/*
 * A frozen connection outlives its timers.
 *
 * Repair mode may take longer than an application's patience with a dead peer.
 * The peer is not dead, it answers, so the connection has to be alive when
 * repair mode ends, and to work:
 *
 * - keepalive: probes of an idle connection are answered (SO_KEEPALIVE, with the
 *   shortest of all times).
 * - user_timeout: data that was in flight at the freeze is acknowledged, with a
 *   TCP_USER_TIMEOUT that has passed by then.
 * - zero_window: the same for a peer whose window was 0 at the freeze, which the
 *   kernel times in another way; repair mode ends when the timeout has passed.
 *
 * Each looks at two more connections with the same timers. One gets nothing of
 * what its peer answers, and has to die: that is how long to wait. One is not
 * frozen, and has to live.
 */
#include <netinet/in.h>
#include <poll.h>

#include <linux/bpf.h>
#include <linux/filter.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/forge.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define SIZE	500

/* Long enough for a retransmission and its answer on a slow machine. */
#define USER_TIMEOUT_MS	2000

FIXTURE(timers)
{
	struct tr_env env;
	struct tr_conn deaf;
	struct tr_conn plain;
};

FIXTURE_VARIANT(timers)
{
	int family;
};

FIXTURE_VARIANT_ADD(timers, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(timers, ipv6)
{
	.family = AF_INET6,
};

/* Nothing reaches this socket any more. */
static int make_deaf(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ?
	       tr_fail("SO_ATTACH_FILTER") : 0;
}

FIXTURE_SETUP(timers)
{
	TR_OK(tr_env_open(&self->env, variant->family));
	if (self->env.cannot)
		return;
	TR_OK(tr_connect(&self->env.topo, &self->deaf));
	TR_OK(tr_connect(&self->env.topo, &self->plain));
	TR_OK(make_deaf(self->deaf.source));
}

FIXTURE_TEARDOWN(timers)
{
	tr_env_close(&self->env);
}

static bool died(int fd)
{
	struct pollfd ends = { .fd = fd };

	return poll(&ends, 1, 0) > 0;
}

static void wait_death(struct __test_metadata *_metadata, int fd)
{
	struct pollfd ends = { .fd = fd };
	socklen_t len = sizeof(int);
	int err;

	ASSERT_EQ(1, poll(&ends, 1, TR_STEP_MS))
		TH_LOG("the timer did not end a connection that hears nothing");
	ASSERT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	ASSERT_EQ(ETIMEDOUT, err);
}

static void expect_alive(struct __test_metadata *_metadata, int fd, const char *which)
{
	socklen_t len = sizeof(int);
	struct tcp_info info;
	int err;

	TR_OK(tr_info(fd, &info));
	ASSERT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	EXPECT_EQ(BPF_TCP_ESTABLISHED, info.tcpi_state)
		TH_LOG("the %s connection has ended: %s", which, strerror(err));
}

/* Count what the frozen socket got; is it still there? */
static bool end_count(struct __test_metadata *_metadata, struct tr_env *env)
{
	int source = env->conn.source;

	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	expect_alive(_metadata, source, "frozen");
	return !died(source);
}

/* Does it work? What the peer sends arrives, and what we send is acknowledged. */
static void resume(struct __test_metadata *_metadata, struct tr_env *env)
{
	int source = env->conn.source;

	if (!end_count(_metadata, env))
		return;
	TR_OK(tr_thaw(source, TCP_REPAIR_OFF));
	TR_OK(tr_release(&env->topo));
	TR_OK(tr_send(&env->conn, 1, SIZE));
	TR_OK(tr_wait_inq(source, SIZE));
	ASSERT_EQ(1, send(source, "", 1, MSG_NOSIGNAL));
	TR_OK(tr_wait_acked(source));
}

static void set(struct __test_metadata *_metadata, int fd, int level, int option,
		int value)
{
	ASSERT_EQ(0, setsockopt(fd, level, option, &value, sizeof(value)));
}

static void set_keepalive(struct __test_metadata *_metadata, int fd)
{
	set(_metadata, fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set(_metadata, fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set(_metadata, fd, IPPROTO_TCP, TCP_KEEPCNT, 1);
	set(_metadata, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/*
 * One probe that nobody answers is enough to end a connection, when the next one
 * is due: a second answer shows that the first was heard.
 */
TEST_F_TIMEOUT(timers, keepalive, 60)
{
	struct tr_env *env = &self->env;
	struct tr_deadline deadline;
	struct tcp_info info;
	__u32 two;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_info(env->conn.source, &info));
	two = info.tcpi_segs_in + 2;
	set_keepalive(_metadata, env->conn.source);
	set_keepalive(_metadata, self->plain.source);
	set_keepalive(_metadata, self->deaf.source);

	wait_death(_metadata, self->deaf.source);
	/* A kernel that does not probe at all then passes: nothing ended. */
	deadline = tr_deadline(2000);
	do {
		TR_OK(tr_info(env->conn.source, &info));
	} while (!died(env->conn.source) && (__s32)(info.tcpi_segs_in - two) < 0 &&
		 tr_tick(&deadline));
	expect_alive(_metadata, self->plain.source, "unfrozen");
	set(_metadata, env->conn.source, SOL_SOCKET, SO_KEEPALIVE, 0);
	resume(_metadata, env);
}

/* Until it has ended, or everything is acknowledged, or so much time is over. */
static void wait_settled(struct __test_metadata *_metadata, int fd, long ms)
{
	struct tr_deadline deadline = tr_deadline(ms);
	int outq;

	do {
		TR_GET(outq, tr_outq(fd));
	} while (!died(fd) && outq && tr_tick(&deadline));
}

static void send_back(struct __test_metadata *_metadata, const struct tr_conn *conn)
{
	char buf[SIZE] = {};

	ASSERT_EQ(SIZE, send(conn->source, buf, sizeof(buf), MSG_NOSIGNAL));
	TR_OK(tr_wait_inq(conn->peer, SIZE));
}

/*
 * The acknowledgment waits on the path until its socket is frozen. Only then is
 * the timeout set, to the shortest there is, so that no slow machine can get
 * into it while the test prepares. It ends a connection at its second
 * retransmission.
 */
TEST_F_TIMEOUT(timers, user_timeout, 60)
{
	struct tr_env *env = &self->env;
	struct tcp_info info;
	int outq;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	send_back(_metadata, &env->conn);
	send_back(_metadata, &self->plain);
	send_back(_metadata, &self->deaf);
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_info(env->conn.source, &info));
	TR_GET(outq, tr_outq(env->conn.source));
	ASSERT_EQ(SIZE, outq);
	TR_OK(tr_release(&env->topo));
	TR_OK(tr_wait_segs(env->conn.source, info.tcpi_segs_in + 1));
	TR_OK(tr_wait_acked(self->plain.source));

	set(_metadata, env->conn.source, IPPROTO_TCP, TCP_USER_TIMEOUT, 1);
	set(_metadata, self->plain.source, IPPROTO_TCP, TCP_USER_TIMEOUT, 1);
	set(_metadata, self->deaf.source, IPPROTO_TCP, TCP_USER_TIMEOUT, 1);
	wait_death(_metadata, self->deaf.source);
	/* A kernel that does not retransmit at all then passes: nothing ended. */
	wait_settled(_metadata, env->conn.source, 2000);
	expect_alive(_metadata, self->plain.source, "unfrozen");
	set(_metadata, env->conn.source, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
	resume(_metadata, env);
}

/* In the peer's name: its window is 0, and it has got nothing of what is in flight. */
static void shut_window(struct __test_metadata *_metadata, struct tr_env *env,
			__u32 seq, __u32 ack)
{
	struct sockaddr_storage from, to;
	socklen_t len = sizeof(from);
	struct tr_segment segment = {
		.from = &from, .to = &to, .seq = seq, .ack = ack, .flags = TR_ACK,
	};
	struct tcp_info info;

	ASSERT_EQ(0, getpeername(env->conn.source, (struct sockaddr *)&from, &len));
	len = sizeof(to);
	ASSERT_EQ(0, getsockname(env->conn.source, (struct sockaddr *)&to, &len));
	TR_OK(tr_info(env->conn.source, &info));
	TR_OK(tr_enter(&env->topo, TR_SOURCE));
	TR_OK(tr_forge(&segment));
	TR_OK(tr_enter(&env->topo, TR_PEER));
	TR_OK(tr_wait_segs(env->conn.source, info.tcpi_segs_in + 1));
}

/* Where the peer is: what it will send and get next. */
static void peer_seqs(struct __test_metadata *_metadata, int peer, __u32 *seq, __u32 *ack)
{
	TR_OK(tr_freeze(peer));
	TR_OK(tr_queue_seq(peer, TCP_SEND_QUEUE, seq));
	TR_OK(tr_queue_seq(peer, TCP_RECV_QUEUE, ack));
	TR_OK(tr_thaw(peer, TCP_REPAIR_OFF_NO_WP));
}

/*
 * tcp_retransmit_timer() gives up at once when the window is 0 and the data in
 * flight, or its first retransmission, is older than the timeout. So it is no
 * help that a kernel does nothing while the socket is frozen: it has to start to
 * count afterwards. Nobody but the timer then sends anything.
 */
TEST_F_TIMEOUT(timers, zero_window, 60)
{
	struct tr_env *env = &self->env;
	struct tcp_info info;
	__u32 seq, ack;
	int outq;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	peer_seqs(_metadata, env->conn.peer, &seq, &ack);
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	send_back(_metadata, &env->conn);
	send_back(_metadata, &self->plain);
	send_back(_metadata, &self->deaf);
	shut_window(_metadata, env, seq, ack);
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_info(env->conn.source, &info));
	TR_GET(outq, tr_outq(env->conn.source));
	ASSERT_EQ(SIZE, outq);
	TR_OK(tr_release(&env->topo));
	TR_OK(tr_wait_segs(env->conn.source, info.tcpi_segs_in + 1));
	TR_OK(tr_wait_acked(self->plain.source));

	set(_metadata, env->conn.source, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	set(_metadata, self->plain.source, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	set(_metadata, self->deaf.source, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	wait_death(_metadata, self->deaf.source);
	/* As it is for the deaf one, but that one may have begun later. */
	wait_settled(_metadata, env->conn.source, 1000);
	expect_alive(_metadata, self->plain.source, "unfrozen");

	if (!end_count(_metadata, env))
		return;
	TR_OK(tr_thaw(env->conn.source, TCP_REPAIR_OFF_NO_WP));
	TR_OK(tr_release(&env->topo));
	wait_settled(_metadata, env->conn.source, TR_STEP_MS);
	TR_GET(outq, tr_outq(env->conn.source));
	expect_alive(_metadata, env->conn.source, "thawed");
	EXPECT_EQ(0, outq)
		TH_LOG("the peer never acknowledged what was in flight");
}

TEST_HARNESS_MAIN
