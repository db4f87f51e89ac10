// SPDX-License-Identifier: GPL-2.0
/*
 * A frozen queue is the same at each look.
 *
 * Whoever dumps a queue peeks at it, and may do so in pieces, or twice to be
 * sure. While a thread of the peer sends as fast as it can, each look at the
 * frozen socket's receive queue must show the size and the bytes of the first
 * (unchanged). Before that, the same thread sends to a socket outside repair
 * mode, where it must be seen that looks differ.
 */
#include <pthread.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define FIRST	1000	/* bytes in the queue before anything else */
#define CHUNK	1000	/* of a send() */
#define PEEKS	100
#define SEGS	8	/* they come without an acknowledgment: the initial window */

FIXTURE(peek)
{
	struct tr_env env;
	struct tr_conn plain;
};

FIXTURE_VARIANT(peek)
{
	int family;
};

FIXTURE_VARIANT_ADD(peek, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(peek, ipv6)
{
	.family = AF_INET6,
};

static void fill(struct __test_metadata *_metadata, struct tr_conn *conn)
{
	TR_OK(tr_send(conn, 1, FIRST));
	TR_OK(tr_wait_inq(conn->source, FIRST));
	TR_OK(tr_wait_acked(conn->peer));
}

FIXTURE_SETUP(peek)
{
	TR_OK(tr_env_open(&self->env, variant->family));
	if (self->env.cannot)
		return;
	TR_OK(tr_connect(&self->env.topo, &self->plain));
	fill(_metadata, &self->env.conn);
	fill(_metadata, &self->plain);
}

FIXTURE_TEARDOWN(peek)
{
	tr_env_close(&self->env);
}

/* Until the connection is shut down: whoever started it does that. */
static void *send_on(void *arg)
{
	struct tr_conn *conn = arg;
	char buf[CHUNK];
	ssize_t len;

	do {
		tr_pattern(buf, conn->sent, sizeof(buf));
		len = send(conn->peer, buf, sizeof(buf), MSG_NOSIGNAL);
		if (len > 0)
			conn->sent += len;
	} while (len > 0);
	return NULL;
}

/* One look at the queue, as far as the buffer goes. */
struct look {
	char bytes[16 * FIRST];
	ssize_t len;
	int size;
};

static void look(struct __test_metadata *_metadata, int fd, struct look *l)
{
	memset(l, 0, sizeof(*l));
	TR_GET(l->size, tr_inq(fd));
	l->len = recv(fd, l->bytes, sizeof(l->bytes), MSG_PEEK | MSG_DONTWAIT);
	ASSERT_LT(0, l->len);
}

struct looks {
	int all;
	int different;	/* from the first */
};

/* At least PEEKS looks while the peer sends, until it has sent SEGS. */
static struct looks look_on(struct __test_metadata *_metadata, struct tr_conn *conn)
{
	static struct look first, next;
	struct looks looks = {};
	struct tcp_info info;
	pthread_t thread;
	__u32 segs;

	look(_metadata, conn->source, &first);
	ASSERT_EQ(FIRST, first.size);
	TR_OK(tr_info(conn->source, &info));
	segs = info.tcpi_segs_in;

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_on, conn));
	TR_OK(tr_wait_segs(conn->source, segs + 1));
	do {
		/* Before the look, so that the last one is behind all of SEGS. */
		TR_OK(tr_info(conn->source, &info));
		look(_metadata, conn->source, &next);
		looks.different += !!memcmp(&first, &next, sizeof(first));
		looks.all++;
	} while (looks.all < PEEKS || info.tcpi_segs_in - segs < SEGS);

	shutdown(conn->peer, SHUT_RDWR);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	return looks;
}

TEST_F_TIMEOUT(peek, unchanged, 60)
{
	struct tr_env *env = &self->env;
	struct looks looks;
	__u32 seq;

	if (env->cannot)
		SKIP(return, "%s", tr_error());

	looks = look_on(_metadata, &self->plain);
	EXPECT_LT(0, looks.different)
		TH_LOG("control: nothing arrives outside repair mode");

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_queue_seq(env->conn.source, TCP_RECV_QUEUE, &seq));
	looks = look_on(_metadata, &env->conn);
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(tr_counters_end(&env->counters, env->conn.source));
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
	EXPECT_EQ(0, looks.different)
		TH_LOG("%d of %d looks at a frozen queue differ from the first",
		       looks.different, looks.all);
}

TEST_HARNESS_MAIN
