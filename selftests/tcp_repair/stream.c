// SPDX-License-Identifier: GPL-2.0
/*
 * A connection moves to another host in the middle of a stream at full rate.
 *
 * A thread of the peer sends 16 MiB as fast as it can. After a quarter of it the
 * source is frozen, dumped and restored as the target, and the path switched.
 * The target must read the rest, every byte and in order.
 *
 * What is in flight at the freeze is held back for a moment, without a loss,
 * and let go between the two reads of the dump (the queues, the sequence
 * numbers). So it is sure that traffic meets the frozen socket, and the counters
 * have a point to start from at which nothing is on its way.
 */
#include <pthread.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"

#define TOTAL	(16u << 20)
#define CHUNK	65536	/* of a send() */
#define KEEP	16384	/* bytes about left in the queue at the freeze */
#define RECORDED (256u << 10)	/* of the timeline, after the handover */

__attribute__((constructor)) static void arm(void)
{
	tr_timeline_arm();
}

FIXTURE(stream)
{
	struct tr_env env;
};

FIXTURE_VARIANT(stream)
{
	int family;
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(stream, ipv4)
{
	.family = AF_INET,
	.flags = TR_ENV_BLOCK,
};

FIXTURE_VARIANT_ADD(stream, ipv6)
{
	.family = AF_INET6,
	.flags = TR_ENV_BLOCK,
};

FIXTURE_VARIANT_ADD(stream, ipv4_offload)
{
	.family = AF_INET,
	.flags = TR_ENV_BLOCK | TR_ENV_OFFLOADS,
};

FIXTURE_VARIANT_ADD(stream, ipv6_offload)
{
	.family = AF_INET6,
	.flags = TR_ENV_BLOCK | TR_ENV_OFFLOADS,
};

FIXTURE_SETUP(stream)
{
	TR_OK(tr_env_open_with(&self->env, variant->family, variant->flags));
}

FIXTURE_TEARDOWN(stream)
{
	tr_env_close(&self->env);
}

struct writer {
	int fd;
	__u64 sum;
	int err;
};

/* Not the place for asserts: the reader notices what does not come. */
static void *write_stream(void *arg)
{
	static char buf[CHUNK];
	struct writer *w = arg;
	__u64 pos;
	ssize_t len;
	int at;

	w->sum = TR_SUM_INIT;
	for (pos = 0; pos < TOTAL; pos += CHUNK) {
		tr_pattern(buf, pos, CHUNK);
		w->sum = tr_sum(w->sum, buf, CHUNK);
		for (at = 0; at < CHUNK; at += len) {
			len = send(w->fd, buf + at, CHUNK - at, MSG_NOSIGNAL);
			if (len < 0) {
				w->err = errno;
				return NULL;
			}
		}
	}
	if (shutdown(w->fd, SHUT_WR))
		w->err = errno;
	return NULL;
}

/*
 * What is in flight stays there. With most of the queue read the window is wide
 * open, so that it is data that is in flight, and not a window probe.
 */
static void hold(struct __test_metadata *_metadata, struct tr_env *env,
		 struct tr_oracle *oracle)
{
	int inq;

	tr_timeline_open(&env->timeline, &env->conn);
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_GET(inq, tr_inq(env->conn.source));
	if (inq > KEEP)
		tr_oracle_read(oracle, env->conn.source, oracle->got + inq - KEEP);
	ASSERT_FALSE(oracle->wrong || oracle->err)
		TH_LOG("before the freeze: %s", tr_oracle_text(oracle));
}

static void freeze_and_dump(struct __test_metadata *_metadata, struct tr_env *env,
			    struct tr_dump *d)
{
	int source = env->conn.source;
	struct tcp_info info;

	TR_OK(tr_env_freeze(env));
	TR_OK(tr_dump_state(source, d));
	TR_OK(tr_dump_queues(source, d));
	tr_timeline_mark(&env->timeline, "copied");

	TR_OK(tr_info(source, &info));
	TR_OK(tr_release(&env->topo));
	TR_OK(tr_env_wait_segs(env, info.tcpi_segs_in + 1));
	TR_OK(tr_dump_seqs(source, d));
	tr_timeline_mark(&env->timeline, "seq-read");
}

TEST_F_TIMEOUT(stream, complete, 120)
{
	struct tr_oracle oracle = { .total = TOTAL, .stall_ms = TR_STEP_MS };
	struct writer writer = { .fd = self->env.conn.peer };
	enum tr_class class;
	pthread_t thread;
	struct tr_dump d;
	int target;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	ASSERT_EQ(0, pthread_create(&thread, NULL, write_stream, &writer));
	tr_oracle_read(&oracle, self->env.conn.source, TOTAL / 4);
	hold(_metadata, &self->env, &oracle);
	freeze_and_dump(_metadata, &self->env, &d);
	TR_GET(target, tr_env_move(&self->env, &d, TCP_REPAIR_OFF));
	tr_dump_free(&d);
	EXPECT_EQ(0, tr_counters_report(&self->env.counters))
		TH_LOG("%s", tr_error());

	oracle.stall_ms = tr_stall_ms(self->env.conn.peer);
	tr_oracle_read(&oracle, target, oracle.got + RECORDED);
	tr_timeline_stop(&self->env.timeline);
	class = tr_oracle_finish(&oracle, target);
	EXPECT_EQ(TR_PASS, class)
		TH_LOG("%s", tr_oracle_text(&oracle));
	if (class != TR_PASS) {
		/* The writer may still wait for room in its send queue. */
		shutdown(self->env.conn.peer, SHUT_RDWR);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	if (class == TR_PASS) {
		EXPECT_EQ(0, writer.err);
		EXPECT_EQ(writer.sum, oracle.sum)
			TH_LOG("the checksums of both ends differ");
	}
	close(target);
}

TEST_HARNESS_MAIN
