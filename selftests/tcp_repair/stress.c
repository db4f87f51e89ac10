// SPDX-License-Identifier: GPL-2.0
/*
 * Handovers and toggling under load, for as long as it is given. Not run by
 * run_tests; run by hand, as root:
 *
 *	TCP_REPAIR_BUDGET=60 TCP_REPAIR_SEED=1 ./stress
 *
 * - flows_1, flows_8, flows_64: so many connections, with a stream in both
 *   directions each, move at once in the middle of it, over a path with delay
 *   and loss, receive packet steering on, frozen for 0 to 500 ms. And again,
 *   with other numbers, until the budget (TCP_REPAIR_BUDGET, seconds for each
 *   test, 5 if not set) is used up; at least once.
 * - toggle: repair mode goes on and off 1,000 times while a thread reads from
 *   the socket what its peer sends as fast as it can.
 *
 * Each round prints its seed. TCP_REPAIR_SEED makes its choices again, in the
 * first round; what the scheduler does remains its own. Every stream is classed
 * (pass, hole, duplicate, stall, reset, error), the sums are in a line each test:
 *
 *	# stress: rounds=3 streams=48 pass=48 hole=0 duplicate=0 stall=0 reset=0 error=0
 */
#include <pthread.h>
#include <stdatomic.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/flow.h"
#include "lib/seed.h"
#include "lib/util.h"

#define BUDGET_MS	5000	/* if TCP_REPAIR_BUDGET does not say */
#define TIMEOUT_S	(TR_MAX_BUDGET_S + 600)	/* the last round ends too */
#define MAX_FREEZE_MS	500
#define MAX_DELAY_US	5000
#define MAX_LOSS_PPM	5000
#define START_MS	30000	/* for a stream to get going */
#define TOGGLES		1000
#define MAX_GAP_US	2000
#define CHUNK		16384

FIXTURE(stress)
{
	__u64 seed;
	long budget_ms;
};

FIXTURE_VARIANT(stress)
{
	int family;
};

FIXTURE_VARIANT_ADD(stress, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(stress, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(stress)
{
	TR_OK(tr_seed(&self->seed));
	TR_OK(tr_budget_ms(BUDGET_MS, &self->budget_ms));
}

FIXTURE_TEARDOWN(stress)
{
}

/* What is random about a round. */
struct round {
	struct tr_netem netem;
	bool offloads;
	unsigned int start_percent;	/* of all bytes, before the freeze */
	unsigned int freeze_ms;
	int how;
};

static struct round choose(__u64 seed)
{
	struct tr_random r = { .state = seed };
	struct round round;

	round.netem.delay_us = tr_random(&r, MAX_DELAY_US);
	round.netem.loss_ppm = tr_random(&r, MAX_LOSS_PPM);
	round.netem.seed = seed;
	round.offloads = tr_random(&r, 1);
	round.start_percent = 10 + tr_random(&r, 50);
	round.freeze_ms = tr_random(&r, MAX_FREEZE_MS);
	round.how = tr_random(&r, 1) ? TCP_REPAIR_OFF : TCP_REPAIR_OFF_NO_WP;
	return round;
}

static void print_round(__u64 seed, int count, const struct round *round)
{
	printf("# round: TCP_REPAIR_SEED=%llu flows=%d delay_us=%u loss_ppm=%u",
	       (unsigned long long)seed, count, round->netem.delay_us,
	       round->netem.loss_ppm);
	printf(" offloads=%d start_percent=%u freeze_ms=%u probe=%d\n",
	       round->offloads, round->start_percent, round->freeze_ms,
	       round->how == TCP_REPAIR_OFF);
	fflush(stdout);
}

/* 1 when it cannot be done here. */
static int build(struct tr_topo *t, struct tr_flows *f, const struct round *round,
		 int family)
{
	int ret;

	ret = tr_topo_open(t, family);
	if (!ret)
		ret = tr_topo_rps(t);
	if (!ret && round->offloads)
		ret = tr_topo_offloads(t);
	/* Connected first: what is lost there is no subject. */
	if (!ret)
		ret = tr_flows_open(f, t);
	if (!ret)
		ret = tr_topo_netem(t, &round->netem);
	return ret;
}

static int migrate(struct tr_topo *t, struct tr_block *b, struct tr_flows *f,
		   const struct round *round)
{
	__u64 all = TR_WAYS * f->total * f->count;

	if (tr_flows_run(f, all / 100 * round->start_percent, START_MS) ||
	    tr_flows_freeze(f, b))
		return -1;
	/* A dump that fails is a finding: nothing else touches the sockets. */
	if (tr_flows_dump(f)) {
		printf("# dump: %s\n", tr_error());
		tr_flows_give_up(f);
		return 0;
	}
	if (tr_flows_run(f, all, round->freeze_ms) ||
	    tr_flows_restore(f, t, round->how))
		return -1;
	return tr_flows_finish(f);
}

/* Count the classes, and tell what is not right. */
static void class_all(const struct tr_flows *f, unsigned int *classes)
{
	const struct tr_oracle *o;
	enum tr_class class;
	int i, way;

	for (i = 0; i < f->count; i++) {
		for (way = 0; way < TR_WAYS; way++) {
			o = &f->flow[i].way[way].oracle;
			class = tr_oracle_class(o);
			classes[class]++;
			if (class != TR_PASS)
				printf("# flow %d to the %s: %s\n", i,
				       way == TR_TO_HOST ? "host" : "peer",
				       tr_oracle_text(o));
		}
	}
}

static int one_round(__u64 seed, int family, int count, __u64 total, unsigned int *classes)
{
	static struct tr_flows flows;
	struct round round = choose(seed);
	struct tr_block block = { .nft = -1 };
	enum tr_block_mode mode;
	struct tr_topo topo;
	int ret;

	print_round(seed, count, &round);
	memset(&flows, 0, sizeof(flows));
	flows.count = count;
	flows.total = total;
	ret = build(&topo, &flows, &round, family);
	if (!ret)
		ret = tr_block_asked(&mode);
	if (!ret)
		ret = tr_block_open(&block, &topo, mode);
	if (!ret)
		ret = migrate(&topo, &block, &flows, &round);
	if (!ret)
		class_all(&flows, classes);
	tr_flows_close(&flows);
	tr_block_close(&block);
	tr_topo_close(&topo);
	return ret;
}

static void print_classes(int rounds, const unsigned int *classes)
{
	unsigned int streams = 0;
	int i;

	for (i = 0; i < TR_CLASS_COUNT; i++)
		streams += classes[i];
	printf("# stress: rounds=%d streams=%u", rounds, streams);
	for (i = 0; i < TR_CLASS_COUNT; i++)
		printf(" %s=%u", tr_class_name(i), classes[i]);
	printf("\n");
	fflush(stdout);
}

static void stress(struct __test_metadata *_metadata, __u64 seed, long budget_ms,
		   int family, int count, __u64 total)
{
	struct tr_deadline deadline = tr_deadline(budget_ms);
	unsigned int classes[TR_CLASS_COUNT] = {};
	int ret, rounds = 0;

	do {
		ret = one_round(seed + rounds, family, count, total, classes);
		if (ret > 0)
			SKIP(return, "%s", tr_error());
		TR_OK(ret);
		rounds++;
	} while (tr_tick(&deadline));
	print_classes(rounds, classes);
	EXPECT_EQ(TR_WAYS * count * rounds, classes[TR_PASS]);
}

TEST_F_TIMEOUT(stress, flows_1, TIMEOUT_S)
{
	stress(_metadata, self->seed, self->budget_ms, variant->family, 1, 4 << 20);
}

TEST_F_TIMEOUT(stress, flows_8, TIMEOUT_S)
{
	stress(_metadata, self->seed, self->budget_ms, variant->family, 8, 1 << 20);
}

TEST_F_TIMEOUT(stress, flows_64, TIMEOUT_S)
{
	stress(_metadata, self->seed, self->budget_ms, variant->family, 64, 256 << 10);
}

struct traffic {
	struct tr_conn *conn;
	atomic_bool stop;
	struct tr_oracle oracle;
};

/* Not the place for asserts: the reader notices what does not come. */
static void *write_until_told(void *arg)
{
	struct traffic *t = arg;

	while (!atomic_load(&t->stop)) {
		if (tr_send(t->conn, 1, CHUNK))
			break;
	}
	(void)shutdown(t->conn->peer, SHUT_WR);
	return NULL;
}

/* In repair mode nothing can be read: try again. */
static void *read_to_end(void *arg)
{
	struct traffic *t = arg;

	for (;;) {
		tr_oracle_read(&t->oracle, t->conn->source, ~0ULL);
		if (t->oracle.err != EPERM)
			return NULL;
		t->oracle.err = 0;
	}
}

static int toggle(int fd, struct tr_random *r)
{
	struct timespec gap = {};
	int i, how;

	for (i = 0; i < TOGGLES; i++) {
		gap.tv_nsec = tr_random(r, MAX_GAP_US) * 1000;
		nanosleep(&gap, NULL);
		how = tr_random(r, 1) ? TCP_REPAIR_OFF : TCP_REPAIR_OFF_NO_WP;
		if (tr_freeze(fd) || tr_thaw(fd, how))
			return -1;
	}
	return 0;
}

TEST_F_TIMEOUT(stress, toggle, TIMEOUT_S)
{
	unsigned int classes[TR_CLASS_COUNT] = {};
	struct tr_random r = { .state = self->seed };
	struct traffic t = {};
	pthread_t reader, writer;
	struct tr_env env;
	int ret;

	printf("# round: TCP_REPAIR_SEED=%llu toggles=%d\n",
	       (unsigned long long)self->seed, TOGGLES);
	TR_OK(tr_env_open(&env, variant->family));
	if (env.cannot)
		SKIP(return, "%s", tr_error());

	t.conn = &env.conn;
	/* A place in the stream is looked for in all that may have been sent. */
	t.oracle.total = 1ULL << 30;
	t.oracle.stall_ms = 3 * tr_stall_ms(env.conn.peer);
	ASSERT_EQ(0, pthread_create(&reader, NULL, read_to_end, &t));
	ASSERT_EQ(0, pthread_create(&writer, NULL, write_until_told, &t));
	ret = toggle(env.conn.source, &r);
	atomic_store(&t.stop, true);
	ASSERT_EQ(0, pthread_join(reader, NULL));
	/* The writer may still wait for room. */
	if (!t.oracle.ended)
		shutdown(env.conn.peer, SHUT_RDWR);
	ASSERT_EQ(0, pthread_join(writer, NULL));
	TR_OK(ret);

	t.oracle.total = env.conn.sent;
	classes[tr_oracle_class(&t.oracle)]++;
	print_classes(1, classes);
	EXPECT_EQ(1, classes[TR_PASS])
		TH_LOG("%s", tr_oracle_text(&t.oracle));
	tr_env_close(&env);
}

TEST_HARNESS_MAIN
