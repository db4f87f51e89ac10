// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers, not judgments: a test fails only if it cannot measure. Not run by
 * run_tests; run by hand, as root:
 *
 *	TCP_REPAIR_BUDGET=60 ./measure
 *
 * The peer sends as fast as it can all the time, offloads on. TCP_REPAIR_BUDGET
 * are seconds for each line of results, 3 if not set. Sizes are bytes.
 *
 * moved: does the socket stand still once repair mode is on? One dump after the
 * other reads the sequence number of the receive queue as soon as TCP_REPAIR has
 * returned, and again after 50 ms.
 * For each way to keep segments away (see lib/block.h; none is TCP_REPAIR alone):
 *
 *	# measure: moved mode=nft-first n=60 moved=0 bytes_median=0 bytes_max=0
 *	  rule_us_median=700 rule_us_max=900 repair_us_median=4 repair_us_max=9
 *
 * (in one line). moved are the dumps of n that were not true any more, bytes by
 * how much those had moved; rule is the time to install the rule or filter,
 * repair that of setsockopt(TCP_REPAIR).
 *
 * recovery: how long after repair mode, and the rule or filter if
 * TCP_REPAIR_BLOCK names one, does the first new byte come?
 *
 *	# measure: recovery mode=none freeze_ms=200 n=9 ms_median=230 ms_max=260
 */
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../../kselftest_harness.h"

#include "lib/block.h"
#include "lib/repair.h"
#include "lib/seed.h"
#include "lib/sock.h"
#include "lib/util.h"

#define BUDGET_MS	3000	/* if TCP_REPAIR_BUDGET does not say */
#define TIMEOUT_S	(6 * TR_MAX_BUDGET_S + 600)	/* six lines in a test */
#define WATCH_MS	50
#define FLOW_BYTES	1048576	/* show that the stream flows (again) */
#define CHUNK		65536
#define MAX_SAMPLES	10000

struct samples {
	int n;
	long value[MAX_SAMPLES];
};

static void sample(struct samples *s, long value)
{
	s->value[s->n++] = value;
}

static int ascending(const void *a, const void *b)
{
	long first = *(const long *)a, second = *(const long *)b;

	return (first > second) - (first < second);
}

static void print_samples(const char *name, struct samples *s)
{
	long median = 0, max = 0;

	if (s->n) {
		qsort(s->value, s->n, sizeof(*s->value), ascending);
		median = s->value[s->n / 2];
		max = s->value[s->n - 1];
	}
	printf(" %s_median=%ld %s_max=%ld", name, median, name, max);
}

/* A connection, and a thread that fills it. */
struct stream {
	struct tr_topo topo;
	struct tr_conn conn;
	struct tr_block block;
	pthread_t writer;
	atomic_bool stop;
	bool writing;
	long budget_ms;
};

FIXTURE(measure)
{
	struct stream stream;
	bool cannot;
};

/* Not the place for asserts: the reader notices what does not come. */
static void *write_stream(void *arg)
{
	static char buf[CHUNK];
	struct stream *s = arg;

	while (!atomic_load(&s->stop)) {
		if (send(s->conn.peer, buf, sizeof(buf), MSG_NOSIGNAL) < 0)
			break;
	}
	return NULL;
}

FIXTURE_SETUP(measure)
{
	struct stream *s = &self->stream;
	int ret;

	TR_OK(tr_budget_ms(BUDGET_MS, &s->budget_ms));
	s->block.nft = -1;
	ret = tr_topo_open(&s->topo, AF_INET);
	self->cannot = ret > 0;
	if (self->cannot)
		return;
	TR_OK(ret);
	TR_OK(tr_topo_offloads(&s->topo));
	TR_OK(tr_connect(&s->topo, &s->conn));
	ASSERT_EQ(0, pthread_create(&s->writer, NULL, write_stream, s));
	s->writing = true;
}

FIXTURE_TEARDOWN(measure)
{
	struct stream *s = &self->stream;

	if (s->writing) {
		atomic_store(&s->stop, true);
		shutdown(s->conn.peer, SHUT_RDWR);
		pthread_join(s->writer, NULL);
	}
	tr_block_close(&s->block);
	tr_topo_close(&s->topo);
}

static int drain(int fd, int flags, int bytes)
{
	static char buf[CHUNK];
	ssize_t len;

	while (bytes > 0) {
		len = recv(fd, buf, sizeof(buf), flags);
		if (len < 0 && errno == EAGAIN && flags & MSG_DONTWAIT)
			return 0;
		if (len <= 0)
			return tr_fail("recv() of the stream gave %zd", len);
		bytes -= len;
	}
	return 0;
}

/* It flows, and the window is open: what is read is read faster than sent. */
static int let_flow(int fd)
{
	if (drain(fd, 0, FLOW_BYTES))
		return -1;
	return drain(fd, MSG_DONTWAIT, INT_MAX);
}

static int thaw(struct tr_block *b, int fd)
{
	/* TCP_QUEUE_SEQ goes on telling of the selected queue after this. */
	if (tr_thaw(fd, TCP_REPAIR_OFF))
		return -1;
	return tr_block_lift(b, &fd, 1);
}

static int queue_seq(int fd, __u32 *seq)
{
	socklen_t len = sizeof(*seq);

	if (getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, seq, &len))
		return tr_fail("get TCP_QUEUE_SEQ");
	return 0;
}

/* How far the receive queue's end moves while the dump should be true. */
static int dump_once(struct tr_block *b, int fd, __u32 *moved)
{
	struct timespec watch = { .tv_nsec = WATCH_MS * 1000000L };
	__u32 before, after;

	/* What a rule that comes after is too late for counts as well. */
	if (tr_block_repair(b, &fd, 1) || tr_queue_seq(fd, TCP_RECV_QUEUE, &before) ||
	    tr_block_after(b))
		return -1;
	nanosleep(&watch, NULL);
	if (queue_seq(fd, &after))
		return -1;
	*moved = after - before;
	return thaw(b, fd);
}

static void measure_moved(struct __test_metadata *_metadata, struct stream *s,
			  enum tr_block_mode mode)
{
	struct tr_deadline deadline = tr_deadline(s->budget_ms);
	static struct samples moved, rule, repair;
	int n, fd = s->conn.source;
	__u32 bytes;
	int ret;

	ret = tr_block_open(&s->block, &s->topo, mode);
	if (ret > 0)
		SKIP(return, "%s", tr_error());
	TR_OK(ret);
	for (n = 0; n < MAX_SAMPLES && (!n || tr_tick(&deadline)); n++) {
		TR_OK(let_flow(fd));
		TR_OK(dump_once(&s->block, fd, &bytes));
		if (bytes)
			sample(&moved, bytes);
		sample(&rule, s->block.rule_us);
		sample(&repair, s->block.repair_us);
	}
	printf("# measure: moved mode=%s n=%d moved=%d", tr_block_name(mode), n, moved.n);
	print_samples("bytes", &moved);
	print_samples("rule_us", &rule);
	print_samples("repair_us", &repair);
	printf("\n");
	fflush(stdout);
}

TEST_F_TIMEOUT(measure, moved_none, TIMEOUT_S)
{
	if (self->cannot)
		SKIP(return, "%s", tr_error());
	measure_moved(_metadata, &self->stream, TR_BLOCK_NONE);
}

TEST_F_TIMEOUT(measure, moved_nft_after, TIMEOUT_S)
{
	if (self->cannot)
		SKIP(return, "%s", tr_error());
	measure_moved(_metadata, &self->stream, TR_BLOCK_NFT_AFTER);
}

TEST_F_TIMEOUT(measure, moved_nft_first, TIMEOUT_S)
{
	if (self->cannot)
		SKIP(return, "%s", tr_error());
	measure_moved(_metadata, &self->stream, TR_BLOCK_NFT_FIRST);
}

TEST_F_TIMEOUT(measure, moved_filter_first, TIMEOUT_S)
{
	if (self->cannot)
		SKIP(return, "%s", tr_error());
	measure_moved(_metadata, &self->stream, TR_BLOCK_FILTER_FIRST);
}

TEST_F_TIMEOUT(measure, moved_filter_sync, TIMEOUT_S)
{
	if (self->cannot)
		SKIP(return, "%s", tr_error());
	measure_moved(_metadata, &self->stream, TR_BLOCK_FILTER_SYNC);
}

/* Milliseconds from the end of repair mode to the first new byte. */
static int recover_once(struct tr_block *b, int fd, long freeze_ms, long *took)
{
	struct timespec freeze = {
		.tv_sec = freeze_ms / 1000,
		.tv_nsec = freeze_ms % 1000 * 1000000,
	};
	struct tr_deadline deadline;
	__u32 before, now;
	long start;

	if (tr_block_freeze(b, &fd, 1) || tr_queue_seq(fd, TCP_RECV_QUEUE, &before))
		return -1;
	nanosleep(&freeze, NULL);
	if (queue_seq(fd, &before))
		return -1;
	start = tr_now();
	if (thaw(b, fd))
		return -1;
	deadline = tr_deadline(TR_STEP_MS);
	do {
		/* A window that is closed has to open. */
		if (drain(fd, MSG_DONTWAIT, FLOW_BYTES) || queue_seq(fd, &now))
			return -1;
	} while (now == before && tr_tick(&deadline));
	*took = tr_now() - start;
	errno = ETIMEDOUT;
	return now == before ? tr_fail("no byte after repair mode") : 0;
}

TEST_F_TIMEOUT(measure, recovery, TIMEOUT_S)
{
	static const long freezes[] = { 50, 100, 200, 400, 800, 1600, 0 };
	struct stream *s = &self->stream;
	struct tr_deadline deadline;
	enum tr_block_mode mode;
	struct samples *took;
	const long *freeze;
	int n, ret;
	long ms = 0;

	if (self->cannot)
		SKIP(return, "%s", tr_error());
	TR_OK(tr_block_asked(&mode));
	ret = tr_block_open(&s->block, &s->topo, mode);
	if (ret > 0)
		SKIP(return, "%s", tr_error());
	TR_OK(ret);
	took = malloc(sizeof(*took));
	ASSERT_NE(NULL, took);
	for (freeze = freezes; *freeze; freeze++) {
		took->n = 0;
		deadline = tr_deadline(s->budget_ms);
		for (n = 0; n < MAX_SAMPLES && (!n || tr_tick(&deadline)); n++) {
			TR_OK(let_flow(s->conn.source));
			TR_OK(recover_once(&s->block, s->conn.source, *freeze, &ms));
			sample(took, ms);
		}
		printf("# measure: recovery mode=%s freeze_ms=%ld n=%d",
		       tr_block_name(mode), *freeze, n);
		print_samples("ms", took);
		printf("\n");
		fflush(stdout);
	}
	free(took);
}

TEST_HARNESS_MAIN
