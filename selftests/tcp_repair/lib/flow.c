// SPDX-License-Identifier: GPL-2.0
/* Many connections, both directions, one thread. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "flow.h"
#include "plan.h"
#include "rtnl.h"
#include "util.h"

#define CHUNK 32768
#define POLL_MS 100
/*
 * A lossy path may lose a retransmission, and each one lost doubles the wait for
 * the next: two in a row are within this many times what tr_stall_ms() gives.
 */
#define STALL_FACTOR 2

int tr_flows_open(struct tr_flows *f, const struct tr_topo *t)
{
	struct tr_flow *flow;
	int way;

	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		flow->old = -1;
		flow->conn.peer = -1;
		flow->conn.source = -1;
		for (way = 0; way < TR_WAYS; way++)
			flow->way[way].oracle.total = f->total;
	}
	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		if (tr_connect(t, &flow->conn))
			return -1;
	}
	return 0;
}

void tr_flows_close(struct tr_flows *f)
{
	struct tr_flow *flow;

	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		tr_dump_free(&flow->dump);
		if (flow->old >= 0)
			close(flow->old);
		if (flow->conn.source >= 0)
			close(flow->conn.source);
		if (flow->conn.peer >= 0)
			close(flow->conn.peer);
	}
}

__u64 tr_flows_got(const struct tr_flows *f)
{
	const struct tr_flow *flow;
	__u64 got = 0;

	for (flow = f->flow; flow < f->flow + f->count; flow++)
		got += flow->way[TR_TO_HOST].oracle.got + flow->way[TR_TO_PEER].oracle.got;
	return got;
}

static bool ended(const struct tr_way *way)
{
	return way->oracle.ended || way->oracle.err;
}

/* As much as goes. A failure shows at the other end, where it is classed. */
static void feed(const struct tr_flows *f, struct tr_way *way, int fd)
{
	static char buf[CHUNK];
	size_t size;
	ssize_t len;

	while (way->sent < f->total) {
		size = f->total - way->sent < CHUNK ? f->total - way->sent : CHUNK;
		tr_pattern(buf, way->sent, size);
		len = send(fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (len < 0 && errno != EAGAIN)
			way->shut = true;
		if (len <= 0)
			return;
		way->sent += len;
	}
	if (f->moved) {
		way->shut = true;
		(void)shutdown(fd, SHUT_WR);
	}
}

static void drain(struct tr_way *way, int fd)
{
	static char buf[CHUNK];
	ssize_t len;

	len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (len > 0)
		tr_oracle_feed(&way->oracle, buf, len);
	else if (!len)
		way->oracle.ended = true;
	else if (errno != EAGAIN)
		way->oracle.err = errno;
	if (len > 0)
		way->last = tr_now();
}

/* Reading for `in`, sending for `out`: what poll() is to wait for. */
static short wanted(const struct tr_flows *f, const struct tr_way *in,
		    const struct tr_way *out)
{
	bool more = out->sent < f->total || f->moved;

	return (ended(in) ? 0 : POLLIN) | (!out->shut && more ? POLLOUT : 0);
}

static void serve(const struct tr_flows *f, const struct pollfd *p,
		  struct tr_way *in, struct tr_way *out)
{
	/* An error that nobody reads would wake poll() for ever. */
	if (p->revents & (POLLIN | POLLHUP | POLLERR) && !ended(in))
		drain(in, p->fd);
	if (p->revents & POLLOUT && !out->shut)
		feed(f, out, p->fd);
}

/* One round of poll(). 0 when there is nothing left to wait for. */
static int pump(struct tr_flows *f, long ms)
{
	struct pollfd p[2 * TR_MAX_FLOWS];
	int i, active = 0;

	for (i = 0; i < f->count; i++) {
		struct tr_flow *flow = &f->flow[i];

		p[2 * i].events = wanted(f, &flow->way[TR_TO_PEER], &flow->way[TR_TO_HOST]);
		p[2 * i].fd = p[2 * i].events ? flow->conn.peer : -1;
		p[2 * i + 1].events = f->frozen ? 0 :
			wanted(f, &flow->way[TR_TO_HOST], &flow->way[TR_TO_PEER]);
		p[2 * i + 1].fd = p[2 * i + 1].events ? flow->conn.source : -1;
		active += !!p[2 * i].events + !!p[2 * i + 1].events;
	}
	if (!active && !f->frozen)
		return 0;
	if (poll(p, 2 * f->count, ms) < 0)
		return tr_fail("poll");
	for (i = 0; i < f->count; i++) {
		struct tr_way *way = f->flow[i].way;

		if (p[2 * i].fd >= 0)
			serve(f, &p[2 * i], &way[TR_TO_PEER], &way[TR_TO_HOST]);
		if (p[2 * i + 1].fd >= 0)
			serve(f, &p[2 * i + 1], &way[TR_TO_HOST], &way[TR_TO_PEER]);
	}
	return 1;
}

int tr_flows_run(struct tr_flows *f, __u64 until, long ms)
{
	long left, end = tr_now() + ms;

	while (tr_flows_got(f) < until) {
		left = end - tr_now();
		if (left <= 0)
			break;
		if (pump(f, left < POLL_MS ? left : POLL_MS) < 0)
			return -1;
	}
	return 0;
}

int tr_flows_freeze(struct tr_flows *f, struct tr_block *b)
{
	int fds[TR_MAX_FLOWS];
	int i;

	for (i = 0; i < f->count; i++)
		fds[i] = f->flow[i].conn.source;
	f->frozen = true;
	return tr_block_freeze(b, fds, f->count);
}

int tr_flows_dump(struct tr_flows *f)
{
	struct tr_flow *flow;

	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		if (tr_dump_state(flow->conn.source, &flow->dump) ||
		    tr_dump_queues(flow->conn.source, &flow->dump) ||
		    tr_dump_seqs(flow->conn.source, &flow->dump))
			return -1;
	}
	return 0;
}

int tr_flows_restore(struct tr_flows *f, struct tr_topo *t, int how)
{
	struct tr_flow *flow;

	if (tr_enter(t, TR_TARGET))
		return -1;
	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		flow->old = flow->conn.source;
		flow->conn.source = tr_restore(&flow->dump);
		if (flow->conn.source < 0)
			return -1;
		/* What had not been sent is sent anew. */
		flow->way[TR_TO_PEER].sent -= flow->dump.send.unsent;
	}
	if (tr_enter(t, TR_PEER))
		return -1;
	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		if (tr_thaw(flow->conn.source, how))
			return -1;
	}
	/*
	 * The source host goes away. It has not stopped to retransmit, with
	 * newer timestamps than a target that starts from those of the dump: a
	 * peer that has seen them drops the target's segments (PAWS).
	 */
	if (tr_path(t, TR_TARGET) || tr_enter(t, TR_SOURCE) ||
	    tr_link_down(TR_HOST_DEV) || tr_enter(t, TR_PEER))
		return -1;
	f->frozen = false;
	f->moved = true;
	return 0;
}

int tr_flows_finish(struct tr_flows *f)
{
	struct tr_flow *flow;
	long now = tr_now();
	int way, ret;

	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		flow->way[TR_TO_HOST].oracle.stall_ms =
			STALL_FACTOR * tr_stall_ms(flow->conn.peer);
		flow->way[TR_TO_PEER].oracle.stall_ms =
			STALL_FACTOR * tr_stall_ms(flow->conn.source);
		for (way = 0; way < TR_WAYS; way++)
			flow->way[way].last = now;
	}
	while ((ret = pump(f, POLL_MS)) > 0) {
		now = tr_now();
		for (flow = f->flow; flow < f->flow + f->count; flow++) {
			for (way = 0; way < TR_WAYS; way++) {
				struct tr_way *it = &flow->way[way];

				if (ended(it) || now - it->last < it->oracle.stall_ms)
					continue;
				it->oracle.err = ETIMEDOUT;
				/* No one waits for what it would still send. */
				it->shut = true;
			}
		}
	}
	return ret;
}

void tr_flows_give_up(struct tr_flows *f)
{
	struct tr_flow *flow;
	int way;

	for (flow = f->flow; flow < f->flow + f->count; flow++) {
		for (way = 0; way < TR_WAYS; way++)
			flow->way[way].oracle.err = ECANCELED;
	}
}
