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
#include "lib/pattern.h"
#include "lib/util.h"

#define SIZE	500

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

/* Does it work? What the peer sends arrives, and what we send is acknowledged. */
static void resume(struct __test_metadata *_metadata, struct tr_env *env)
{
	int source = env->conn.source;

	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	expect_alive(_metadata, source, "frozen");
	if (died(source))
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
	struct tr_deadline deadline;
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
	deadline = tr_deadline(2000);
	do {
		TR_GET(outq, tr_outq(env->conn.source));
	} while (!died(env->conn.source) && outq && tr_tick(&deadline));
	expect_alive(_metadata, self->plain.source, "unfrozen");
	set(_metadata, env->conn.source, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
	resume(_metadata, env);
}

TEST_HARNESS_MAIN
