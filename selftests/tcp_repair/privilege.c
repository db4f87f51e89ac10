// SPDX-License-Identifier: GPL-2.0
/*
 * Who may use repair mode, and who sees a frozen socket.
 *
 * Repair mode wants CAP_NET_ADMIN in the user namespace that owns the socket's
 * network namespace, and a TCP socket:
 *
 * - user_namespace: all capabilities of another user namespace do not help with
 *   this socket; they do with one in a network namespace of its own.
 * - mptcp: an MPTCP socket does not have the option.
 * - owner_reads: once somebody privileged has frozen a socket, its unprivileged
 *   owner can read state and queues (passt works like this), but not end it.
 *
 * Frozen is frozen for all of them, while the peer goes on sending:
 *
 * - owner_frozen: what the unprivileged owner reads does not change.
 * - frozen (fixture userns): the same in network namespaces that belong to a
 *   user namespace.
 */
#include <netinet/in.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"
#include "lib/visit.h"

#define FIRST	100	/* bytes in the queue before anything else */
#define COUNT	4	/* segments at a time */
#define SIZE	100

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

FIXTURE(privilege)
{
	struct tr_env env;
	struct tr_visit visit;
};

FIXTURE_VARIANT(privilege)
{
	int family;
};

FIXTURE_VARIANT_ADD(privilege, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(privilege, ipv6)
{
	.family = AF_INET6,
};

static void fill(struct __test_metadata *_metadata, struct tr_env *env)
{
	TR_OK(tr_send(&env->conn, 1, FIRST));
	TR_OK(tr_wait_inq(env->conn.source, FIRST));
	TR_OK(tr_wait_acked(env->conn.peer));
}

FIXTURE_SETUP(privilege)
{
	TR_OK(tr_env_open(&self->env, variant->family));
	if (self->env.cannot)
		return;
	fill(_metadata, &self->env);
}

FIXTURE_TEARDOWN(privilege)
{
	tr_env_close(&self->env);
}

/* Returns when all of it has reached the frozen socket. */
static void send_frozen(struct __test_metadata *_metadata, struct tr_env *env)
{
	struct tcp_info info;

	env->counters.sent = COUNT;
	TR_OK(tr_info(env->conn.source, &info));
	TR_OK(tr_send(&env->conn, COUNT, SIZE));
	TR_OK(tr_wait_segs(env->conn.source, info.tcpi_segs_in + COUNT));
}

static void count(struct __test_metadata *_metadata, struct tr_env *env)
{
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
}

TEST_F_TIMEOUT(privilege, user_namespace, 60)
{
	struct tr_visit *v = &self->visit;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_visit(v, self->env.conn.source, tr_as_other_root));
	if (v->cannot)
		SKIP(return, "%s", v->why);
	EXPECT_EQ(EPERM, v->on);
	EXPECT_EQ(0, v->own);
	/* And with the capability in the right place: */
	EXPECT_EQ(0, tr_set_repair(self->env.conn.source, TCP_REPAIR_ON));
	TR_OK(tr_thaw(self->env.conn.source, TCP_REPAIR_OFF_NO_WP));
}

TEST_F_TIMEOUT(privilege, mptcp, 60)
{
	int fd;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	fd = socket(variant->family, SOCK_STREAM, IPPROTO_MPTCP);
	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT))
		SKIP(return, "no MPTCP (CONFIG_MPTCP): %s", strerror(errno));
	ASSERT_LE(0, fd);
	EXPECT_EQ(ENOPROTOOPT, tr_set_repair(fd, TCP_REPAIR_ON));
	/* And with TCP: */
	EXPECT_EQ(0, tr_set_repair(self->env.conn.source, TCP_REPAIR_ON));
	TR_OK(tr_thaw(self->env.conn.source, TCP_REPAIR_OFF_NO_WP));
}

TEST_F_TIMEOUT(privilege, owner_reads, 60)
{
	struct tr_visit *v = &self->visit;
	char expected[FIRST];
	__u32 seq;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_visit(v, self->env.conn.source, tr_as_user));
	if (v->cannot)
		SKIP(return, "%s", v->why);
	EXPECT_EQ(EPERM, v->on);
	EXPECT_EQ(EPERM, v->read)
		TH_LOG("control: it is repair mode that lets it read");

	TR_OK(tr_freeze(self->env.conn.source));
	TR_OK(tr_queue_seq(self->env.conn.source, TCP_RECV_QUEUE, &seq));
	TR_OK(tr_visit(v, self->env.conn.source, tr_as_user));
	EXPECT_EQ(EPERM, v->on);
	EXPECT_EQ(EPERM, v->off);
	ASSERT_EQ(0, v->read)
		TH_LOG("%s", v->why);
	EXPECT_EQ(seq, v->seq);
	tr_pattern(expected, 0, sizeof(expected));
	ASSERT_EQ(FIRST, v->len);
	EXPECT_EQ(0, memcmp(expected, v->bytes, FIRST));
	/* The end of the test sends a FIN, which must not meet a frozen socket. */
	TR_OK(tr_thaw(self->env.conn.source, TCP_REPAIR_OFF_NO_WP));
}

TEST_F_TIMEOUT(privilege, owner_frozen, 60)
{
	struct tr_env *env = &self->env;
	struct tr_visit *v = &self->visit;
	struct tr_visit before;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_visit(v, env->conn.source, tr_as_user));
	if (v->cannot)
		SKIP(return, "%s", v->why);
	ASSERT_EQ(0, v->read)
		TH_LOG("%s", v->why);
	before = *v;

	send_frozen(_metadata, env);
	TR_OK(tr_visit(v, env->conn.source, tr_as_user));
	ASSERT_EQ(0, v->read)
		TH_LOG("%s", v->why);
	EXPECT_EQ(before.seq, v->seq)
		TH_LOG("its owner sees rcv_nxt move by %u B in repair mode",
		       v->seq - before.seq);
	EXPECT_EQ(before.len, v->len);
	EXPECT_EQ(0, memcmp(before.bytes, v->bytes, FIRST));
	count(_metadata, env);
}

FIXTURE(userns)
{
	struct tr_env env;
};

FIXTURE_VARIANT(userns)
{
	int family;
};

FIXTURE_VARIANT_ADD(userns, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(userns, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(userns)
{
	tr_env_init(&self->env);
	self->env.cannot = tr_enter_userns();
	if (self->env.cannot)
		return;
	TR_OK(tr_env_open(&self->env, variant->family));
	if (!self->env.cannot)
		fill(_metadata, &self->env);
}

FIXTURE_TEARDOWN(userns)
{
	tr_env_close(&self->env);
}

TEST_F_TIMEOUT(userns, frozen, 60)
{
	struct tr_env *env = &self->env;
	__u32 before, after;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	/* The positive control: outside repair mode the traffic arrives. */
	TR_OK(tr_send(&env->conn, COUNT, SIZE));
	TR_OK(tr_wait_inq(env->conn.source, FIRST + COUNT * SIZE));
	TR_OK(tr_wait_acked(env->conn.peer));

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_queue_seq(env->conn.source, TCP_RECV_QUEUE, &before));
	send_frozen(_metadata, env);
	TR_OK(tr_queue_seq(env->conn.source, TCP_RECV_QUEUE, &after));
	EXPECT_EQ(0, (int)(after - before))
		TH_LOG("rcv_nxt moved by %u B in repair mode", after - before);
	count(_metadata, env);
}

TEST_HARNESS_MAIN
