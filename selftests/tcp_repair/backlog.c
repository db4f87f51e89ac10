// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that arrive while somebody holds the lock of the socket.
 *
 * They wait in the socket's backlog, and whoever lets go of the lock takes them
 * in. Where that comes to lie in relation to repair mode decides:
 *
 * - held_in_repair: the holder is one that looks at the frozen queue. What it
 *   finds in the backlog when it is done arrived in repair mode, and the queue
 *   must stay as it is.
 * - held_before_repair: setsockopt(TCP_REPAIR) has to wait for the holder. All
 *   that arrived until then is in the queue when it returns, and nothing of it
 *   has been dropped.
 *
 * Each first sees the backlog of a socket outside repair mode end in its queue.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/owner.h"
#include "lib/util.h"

#define FIRST	100	/* bytes in the queue before anything else */
#define COUNT	2	/* pieces at a time */
#define SIZE	2000	/* of each: two segments */

FIXTURE(backlog)
{
	struct tr_env env;
	struct tr_owner owner;
	bool cannot;
};

FIXTURE_VARIANT(backlog)
{
	int family;
};

FIXTURE_VARIANT_ADD(backlog, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(backlog, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(backlog)
{
	int ret;

	TR_OK(tr_env_open(&self->env, variant->family));
	self->cannot = self->env.cannot;
	if (self->cannot)
		return;
	TR_GET(ret, tr_owner_open(&self->owner));
	self->cannot = ret;
	if (self->cannot)
		return;
	TR_OK(tr_send(&self->env.conn, 1, FIRST));
	TR_OK(tr_wait_inq(self->env.conn.source, FIRST));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(backlog)
{
	if (!self->cannot)
		tr_owner_close(&self->owner);
	tr_env_close(&self->env);
}

/*
 * Segments that are in the backlog on return. There the kernel merges those of a
 * piece, and not those of two, which differ in their traffic class: the counts
 * have both.
 */
static void send_to_backlog(struct __test_metadata *_metadata, struct tr_env *env)
{
	int v4 = env->topo.family == AF_INET;
	int i, class, before, backlog;

	TR_GET(before, tr_backlog(env->conn.source));
	for (i = 0; i < COUNT; i++) {
		class = i % 2 ? 0x10 : 0x08;
		ASSERT_EQ(0, setsockopt(env->conn.peer, v4 ? IPPROTO_IP : IPPROTO_IPV6,
					v4 ? IP_TOS : IPV6_TCLASS, &class, sizeof(class)));
		TR_OK(tr_send(&env->conn, 1, SIZE));
	}
	TR_OK(tr_flush(&env->topo, TR_SOURCE));
	TR_GET(backlog, tr_backlog(env->conn.source));
	ASSERT_LT(before, backlog)
		TH_LOG("the segments are not in the backlog");
}

/* The positive control: a backlog outside repair mode goes into the queue. */
static void hold_unfrozen(struct __test_metadata *_metadata, struct tr_env *env,
			  struct tr_owner *owner)
{
	TR_OK(tr_owner_hold(owner, env->conn.source));
	send_to_backlog(_metadata, env);
	TR_OK(tr_owner_release(owner));
	TR_OK(tr_wait_inq(env->conn.source, FIRST + COUNT * SIZE));
	TR_OK(tr_wait_acked(env->conn.peer));
}

static void count(struct __test_metadata *_metadata, struct tr_env *env)
{
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
}

TEST_F_TIMEOUT(backlog, held_in_repair, 60)
{
	struct tr_env *env = &self->env;
	int source = env->conn.source;
	__u32 before, after;
	int inq;

	if (self->cannot)
		SKIP(return, "%s", tr_error());

	hold_unfrozen(_metadata, env, &self->owner);

	env->counters.sent = 2 * COUNT;
	TR_OK(tr_env_freeze(env));
	TR_OK(tr_queue_seq(source, TCP_RECV_QUEUE, &before));
	TR_OK(tr_owner_hold(&self->owner, source));
	send_to_backlog(_metadata, env);
	TR_OK(tr_owner_release(&self->owner));

	TR_OK(tr_queue_seq(source, TCP_RECV_QUEUE, &after));
	EXPECT_EQ(0, (int)(after - before))
		TH_LOG("rcv_nxt moved by %u B with the backlog", after - before);
	TR_GET(inq, tr_inq(source));
	EXPECT_EQ(FIRST + COUNT * SIZE, inq)
		TH_LOG("the receive queue grew by %d B with the backlog",
		       inq - FIRST - COUNT * SIZE);
	count(_metadata, env);
	EXPECT_LT(0, env->counters.merged)
		TH_LOG("the backlog merged no segments of a piece");
}

struct freezer {
	int fd;
	int tid;	/* set just before it asks for the lock */
	int ret;
	int inq;	/* as soon as it is in repair mode */
	__u32 seq;
};

static void *freeze(void *arg)
{
	struct freezer *f = arg;

	__atomic_store_n(&f->tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	f->ret = tr_freeze(f->fd);
	if (!f->ret) {
		f->inq = tr_inq(f->fd);
		f->ret = tr_queue_seq(f->fd, TCP_RECV_QUEUE, &f->seq);
	}
	return NULL;
}

/* A thread that waits for a socket's lock is in uninterruptible sleep. */
static bool waits_for_lock(const struct freezer *f)
{
	int tid = __atomic_load_n(&f->tid, __ATOMIC_SEQ_CST);
	char path[64], *stat, *state;
	bool waits;

	if (!tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	stat = tr_read_file(path);
	if (!stat)
		return false;
	state = strrchr(stat, ')');
	waits = state && state[1] && state[2] == 'D';
	free(stat);
	return waits;
}

TEST_F_TIMEOUT(backlog, held_before_repair, 60)
{
	struct freezer freezer = { .fd = self->env.conn.source };
	struct tr_env *env = &self->env;
	struct tr_deadline deadline;
	pthread_t thread;
	__u32 before;

	if (self->cannot)
		SKIP(return, "%s", tr_error());

	hold_unfrozen(_metadata, env, &self->owner);
	TR_OK(tr_freeze(freezer.fd));
	TR_OK(tr_queue_seq(freezer.fd, TCP_RECV_QUEUE, &before));
	TR_OK(tr_thaw(freezer.fd, TCP_REPAIR_OFF_NO_WP));

	TR_OK(tr_owner_hold(&self->owner, freezer.fd));
	send_to_backlog(_metadata, env);
	ASSERT_EQ(0, pthread_create(&thread, NULL, freeze, &freezer));
	deadline = tr_deadline(TR_STEP_MS);
	while (!waits_for_lock(&freezer) && tr_tick(&deadline))
		;
	ASSERT_TRUE(waits_for_lock(&freezer))
		TH_LOG("setsockopt(TCP_REPAIR) does not wait for the lock");
	send_to_backlog(_metadata, env);
	TR_OK(tr_owner_release(&self->owner));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	TR_OK(freezer.ret);

	EXPECT_EQ(FIRST + 3 * COUNT * SIZE, freezer.inq)
		TH_LOG("%d B in the queue as repair mode begins", freezer.inq);
	EXPECT_EQ(2 * COUNT * SIZE, (int)(freezer.seq - before));
	/* All of it is acknowledged, so nothing was dropped or is on its way. */
	TR_OK(tr_wait_acked(env->conn.peer));
	TR_OK(tr_counters_begin(&env->counters, freezer.fd));
	count(_metadata, env);
}

TEST_HARNESS_MAIN
