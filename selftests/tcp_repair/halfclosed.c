// SPDX-License-Identifier: GPL-2.0
/*
 * A half-closed connection is restored.
 *
 * No socket option restores a FIN: neither the peer's, nor the peer's
 * acknowledgment of our own. CRIU's libsoccr therefore forges the segment that
 * the peer once sent, and gives it to the new socket through a raw socket while
 * that is still in repair mode. The peer will not send it again, it has been
 * acknowledged. So a kernel must take such a segment in:
 *
 * - close_wait: a FIN. The socket is in CLOSE_WAIT, a reader gets the end of the
 *   stream after the last byte, and writing goes on.
 * - fin_wait2: an acknowledgment of our FIN. The socket is in FIN_WAIT2, and
 *   reading goes on up to the peer's own FIN.
 *
 * Each first forges the same for a connection that is not in repair mode, to
 * see that it is a segment that a socket takes.
 *
 * To queue data that was never sent, libsoccr switches repair mode off and on
 * again before it forges. The variants called unsent do that, without such data.
 */
#include <linux/bpf.h>

#include "../../kselftest_harness.h"

#include "lib/env.h"
#include "lib/pattern.h"
#include "lib/soccr.h"
#include "lib/stall.h"
#include "lib/util.h"
#include "lib/view.h"

#define SIZE	1000	/* of each segment: below one MSS */
#define QUEUED	2	/* segments in the source's queue at the freeze */
#define TOTAL	4	/* segments in all, where the peer can send more */

/* What needs no packet any more is there at once, or never. */
#define AT_ONCE_MS 500

FIXTURE(halfclosed)
{
	struct tr_env env;
	struct tr_conn plain;	/* for the control: not frozen */
};

FIXTURE_VARIANT(halfclosed)
{
	int family;
	bool unsent;	/* repair mode goes off and on in mid-restore */
};

FIXTURE_VARIANT_ADD(halfclosed, ipv4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(halfclosed, ipv4_unsent)
{
	.family = AF_INET,
	.unsent = true,
};

FIXTURE_VARIANT_ADD(halfclosed, ipv6)
{
	.family = AF_INET6,
};

FIXTURE_VARIANT_ADD(halfclosed, ipv6_unsent)
{
	.family = AF_INET6,
	.unsent = true,
};

FIXTURE_SETUP(halfclosed)
{
	TR_OK(tr_env_open(&self->env, variant->family));
	if (self->env.cannot)
		return;
	TR_OK(tr_connect(&self->env.topo, &self->plain));
	TR_OK(tr_send(&self->env.conn, QUEUED, SIZE));
	TR_OK(tr_wait_inq(self->env.conn.source, QUEUED * SIZE));
	TR_OK(tr_wait_acked(self->env.conn.peer));
}

FIXTURE_TEARDOWN(halfclosed)
{
	tr_env_close(&self->env);
}

/* As libsoccr does it, FINs aside. */
static void dump(struct __test_metadata *_metadata, int fd, struct tr_dump *d)
{
	TR_OK(tr_dump_state(fd, d));
	TR_OK(tr_soccr_sizes(fd, d));
	TR_OK(tr_dump_seqs(fd, d));
	TR_OK(tr_soccr_bytes(fd, d));
	tr_soccr_without_fin(d);
}

/* Returns when it has reached the socket. */
static void forge(struct __test_metadata *_metadata, int fd, const struct tr_dump *d,
		  int (*segment)(const struct tr_dump *d))
{
	struct tcp_info info;

	TR_OK(tr_info(fd, &info));
	TR_OK(segment(d));
	TR_OK(tr_wait_segs(fd, info.tcpi_segs_in + 1));
}

/* The sequence numbers of a connection that stays where it is: no queues. */
static void look(struct __test_metadata *_metadata, int fd, struct tr_dump *d)
{
	TR_OK(tr_freeze(fd));
	dump(_metadata, fd, d);
	tr_dump_free(d);
	TR_OK(tr_thaw(fd, TCP_REPAIR_OFF_NO_WP));
}

/*
 * The dump in the target, still in repair mode, with the segment forged. The
 * target hears nothing while repair mode is off (unsent): what CRIU sees to by
 * its network lock, the path that is not switched yet does here.
 */
static int restore(struct __test_metadata *_metadata, struct tr_env *env,
		   const struct tr_dump *d, int (*segment)(const struct tr_dump *d),
		   bool unsent)
{
	int target, state;

	TR_OK(tr_enter(&env->topo, TR_TARGET));
	TR_GET(target, tr_restore(d));
	if (unsent) {
		TR_OK(tr_thaw(target, TCP_REPAIR_OFF_NO_WP));
		TR_OK(tr_freeze(target));
	}
	TR_OK(tr_counters_begin_restored(&env->counters, target));
	if (d->info.tcpi_state == BPF_TCP_FIN_WAIT2)
		TR_OK(tr_soccr_sent_fin(target));
	forge(_metadata, target, d, segment);
	TR_GET(state, tr_state(target));
	EXPECT_EQ(d->info.tcpi_state, state)
		TH_LOG("a forged segment is not taken in: state %s, not %s",
		       tr_state_name(state), tr_state_name(d->info.tcpi_state));
	TR_OK(tr_counters_end_restored(&env->counters, target));
	return target;
}

static void count(struct __test_metadata *_metadata, struct tr_env *env)
{
	EXPECT_EQ(0, tr_counters_report(&env->counters))
		TH_LOG("%s", tr_error());
}

TEST_F_TIMEOUT(halfclosed, close_wait, 60)
{
	struct tr_oracle there = { .total = QUEUED * SIZE, .stall_ms = AT_ONCE_MS };
	struct tr_oracle back = { .total = SIZE };
	struct tr_conn *conn = &self->env.conn;
	char buf[SIZE];
	struct tr_dump d;
	int target, state;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	look(_metadata, self->plain.source, &d);
	TR_OK(tr_enter(&self->env.topo, TR_SOURCE));
	forge(_metadata, self->plain.source, &d, tr_soccr_forge_fin);
	TR_GET(state, tr_state(self->plain.source));
	EXPECT_EQ(BPF_TCP_CLOSE_WAIT, state)
		TH_LOG("control: not taken in outside repair mode either");
	TR_OK(tr_enter(&self->env.topo, TR_PEER));

	ASSERT_EQ(0, shutdown(conn->peer, SHUT_WR));
	TR_OK(tr_wait_state(conn->source, BPF_TCP_CLOSE_WAIT));
	TR_OK(tr_wait_state(conn->peer, BPF_TCP_FIN_WAIT2));
	TR_OK(tr_env_freeze(&self->env));
	dump(_metadata, conn->source, &d);
	target = restore(_metadata, &self->env, &d, tr_soccr_forge_fin,
			 variant->unsent);
	TR_OK(tr_env_switch(&self->env, target, TCP_REPAIR_OFF));
	tr_dump_free(&d);
	count(_metadata, &self->env);

	EXPECT_EQ(TR_PASS, tr_oracle_finish(&there, target))
		TH_LOG("no end of the stream: %s", tr_oracle_text(&there));
	back.stall_ms = tr_stall_ms(target);
	tr_pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(SIZE, send(target, buf, sizeof(buf), MSG_NOSIGNAL));
	ASSERT_EQ(0, shutdown(target, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_oracle_finish(&back, conn->peer))
		TH_LOG("the other direction: %s", tr_oracle_text(&back));
}

TEST_F_TIMEOUT(halfclosed, fin_wait2, 60)
{
	struct tr_oracle there = { .total = TOTAL * SIZE };
	struct tr_conn *conn = &self->env.conn;
	struct tr_dump d;
	int target, state;

	if (self->env.cannot)
		SKIP(return, "%s", tr_error());

	/* The peer's own acknowledgment of the FIN waits on the path. */
	TR_OK(tr_hold(&self->env.topo, TR_SOURCE));
	look(_metadata, self->plain.source, &d);
	ASSERT_EQ(0, shutdown(self->plain.source, SHUT_WR));
	TR_OK(tr_wait_state(self->plain.peer, BPF_TCP_CLOSE_WAIT));
	TR_GET(state, tr_state(self->plain.source));
	ASSERT_EQ(BPF_TCP_FIN_WAIT1, state);
	TR_OK(tr_enter(&self->env.topo, TR_SOURCE));
	forge(_metadata, self->plain.source, &d, tr_soccr_forge_ack);
	TR_GET(state, tr_state(self->plain.source));
	EXPECT_EQ(BPF_TCP_FIN_WAIT2, state)
		TH_LOG("control: not taken in outside repair mode either");
	TR_OK(tr_enter(&self->env.topo, TR_PEER));
	TR_OK(tr_release(&self->env.topo));

	ASSERT_EQ(0, shutdown(conn->source, SHUT_WR));
	TR_OK(tr_wait_state(conn->source, BPF_TCP_FIN_WAIT2));
	TR_OK(tr_env_freeze(&self->env));
	dump(_metadata, conn->source, &d);
	target = restore(_metadata, &self->env, &d, tr_soccr_forge_ack,
			 variant->unsent);
	TR_OK(tr_env_switch(&self->env, target, TCP_REPAIR_OFF));
	tr_dump_free(&d);
	count(_metadata, &self->env);

	TR_OK(tr_send(conn, TOTAL - QUEUED, SIZE));
	ASSERT_EQ(0, shutdown(conn->peer, SHUT_WR));
	EXPECT_EQ(TR_PASS, tr_finish_from(&there, target, conn->peer))
		TH_LOG("%s", tr_oracle_text(&there));
}

TEST_HARNESS_MAIN
