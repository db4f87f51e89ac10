// SPDX-License-Identifier: GPL-2.0
/*
 * A listener that was put in repair mode before listen() accepts connections.
 *
 * A socket that is bound in repair mode takes an address that is still in use
 * (SK_FORCE_REUSE), and nothing keeps a program from listen() then. There is no
 * way out of repair mode once it listens (EPERM), and there is nothing to
 * freeze: a listener has no queues and no sequence numbers. What arrives, a SYN,
 * belongs to a connection that does not exist yet. So however a kernel keeps
 * frozen sockets still, it must go on accepting here. The accepted socket is in
 * repair mode as well; the test ends that first and then wants data in both
 * directions.
 *
 * TCP_INFO tells no segments of a listener: it is handled before they are
 * counted (tcp_v4_rcv(), tcp_v6_rcv()). What arrived is told by the namespace's
 * own counter, TcpInSegs, which nothing but this one connection moves. Each
 * segment that was not taken must be on the listener's account of drops.
 */
#include <linux/bpf.h>

#include "../../kselftest_harness.h"

#include "lib/dial.h"
#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/util.h"
#include "lib/view.h"

#define SIZE	500

FIXTURE(listener)
{
	struct tr_env env;
};

FIXTURE_VARIANT(listener)
{
	int family;
};

FIXTURE_VARIANT_ADD(listener, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(listener, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(listener)
{
	TR_OK(tr_env_open(&self->env, variant->family));
}

FIXTURE_TEARDOWN(listener)
{
	tr_env_close(&self->env);
}

/* The sum of both families: Tcp: InSegs, the tenth of its line's numbers. */
static int segs_in(struct tr_env *env, long *count)
{
	const char *at;
	char *text;
	int i;

	if (tr_enter(&env->topo, TR_SOURCE))
		return -1;
	text = tr_read_file("/proc/thread-self/net/snmp");
	if (!text || tr_enter(&env->topo, TR_PEER))
		return -1;
	/* The line of the names, then the line of the numbers. */
	at = strstr(text, "\nTcp:");
	at = at ? strstr(at + 1, "\nTcp:") : NULL;
	for (i = 0; at && i < 10; i++)
		at = strchr(at + 1, ' ');
	errno = 0;
	*count = at ? atol(at) : -1;
	free(text);
	return at ? 0 : tr_fail("no Tcp InSegs in /proc/thread-self/net/snmp");
}

/* 1 if the client gets an answer; 0 once its SYN was dropped, or sent again. */
static int answered(int client, int listener)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	struct tcp_info info;
	long dropped;

	do {
		dropped = tr_drops(listener);
		if (dropped < 0 || tr_info(client, &info))
			return -1;
		if (info.tcpi_state != BPF_TCP_SYN_SENT)
			return 1;
	} while (!dropped && !info.tcpi_total_retrans && tr_tick(&deadline));
	return 0;
}

/* Data and the end of it, from one to the other. */
static void passes(struct __test_metadata *_metadata, int from, int to)
{
	struct tr_oracle oracle = { .total = SIZE };
	struct tr_conn conn = { .peer = from };

	oracle.stall_ms = tr_stall_ms(from);
	TR_OK(tr_send(&conn, 1, SIZE));
	ASSERT_EQ(0, shutdown(from, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&oracle, to))
		TH_LOG("%s", tr_oracle_text(&oracle));
}

/* Connect to a listener at the source's end, in repair mode or not. */
static void connects(struct __test_metadata *_metadata, struct tr_env *env,
		     bool repair)
{
	struct sockaddr_storage addr;
	int listener, client, child, got;
	long before, after, dropped = 0;

	TR_GET(listener, tr_listen(&env->topo, TR_SOURCE, repair, &addr));
	if (repair)
		TR_OK(tr_counters_begin(&env->counters, listener));
	TR_OK(segs_in(env, &before));
	TR_GET(client, tr_dial(&env->topo, TR_PEER, &addr));
	TR_GET(got, answered(client, listener));
	/* No SYN comes again meanwhile. */
	TR_OK(tr_hold(&env->topo, TR_SOURCE));
	TR_OK(segs_in(env, &after));
	TR_GET(dropped, tr_drops(listener));
	if (repair) {
		TR_OK(tr_counters_end(&env->counters, listener));
		EXPECT_EQ(0, tr_counters_report(&env->counters))
			TH_LOG("%s", tr_error());
	}

	EXPECT_EQ(got ? 0 : after - before, dropped)
		TH_LOG("%ld segments in, %ld dropped", after - before, dropped);
	ASSERT_EQ(1, got)
		TH_LOG("no answer to a SYN%s", repair ? " in repair mode" : "");
	TR_OK(tr_release(&env->topo));
	TR_OK(tr_wait_connected(client));
	child = accept(listener, NULL, NULL);
	ASSERT_LE(0, child)
		TH_LOG("accept: %s", strerror(errno));
	TR_OK(tr_thaw(child, TCP_REPAIR_OFF_NO_WP));
	passes(_metadata, client, child);
	passes(_metadata, child, client);
	/* The client is in TIME_WAIT then, and sends nothing more. */
	TR_OK(tr_wait_state(child, BPF_TCP_CLOSE));
	close(child);
	close(client);
	close(listener);
}

TEST_F_TIMEOUT(listener, accepts, 60)
{
	if (self->env.cannot)
		SKIP(return, "%s", tr_error());
	/* The positive control: what is true of any other listener. */
	connects(_metadata, &self->env, false);
	connects(_metadata, &self->env, true);
}

TEST_HARNESS_MAIN
