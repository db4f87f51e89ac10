// SPDX-License-Identifier: GPL-2.0
/* What libsoccr does in its own way: the order of a dump, half-closed sockets. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/bpf.h>

#include "forge.h"
#include "soccr.h"
#include "sock.h"
#include "util.h"

int tr_soccr_sizes(int fd, struct tr_dump *d)
{
	d->send.len = tr_outq(fd);
	d->send.unsent = tr_outq_unsent(fd);
	d->recv.len = tr_inq(fd);
	return d->send.len < 0 || d->send.unsent < 0 || d->recv.len < 0 ? -1 : 0;
}

/* One byte more is asked for, and must not be there. */
static int peek_exactly(int fd, int queue, struct tr_queue *q)
{
	ssize_t len;
	__u32 seq;

	if (!q->len)
		return 0;
	q->data = malloc(q->len + 1);
	if (!q->data)
		return tr_fail("malloc %d", q->len + 1);
	/* For its selection of the queue. */
	if (tr_queue_seq(fd, queue, &seq))
		return -1;
	len = recv(fd, q->data, q->len + 1, MSG_PEEK | MSG_DONTWAIT);
	if (len < 0)
		return tr_fail("peek at a queue");
	errno = 0;
	if (len != q->len)
		return tr_fail("a queue of %d B gives %zd B", q->len, len);
	return 0;
}

int tr_soccr_bytes(int fd, struct tr_dump *d)
{
	if (peek_exactly(fd, TCP_RECV_QUEUE, &d->recv))
		return -1;
	return peek_exactly(fd, TCP_SEND_QUEUE, &d->send);
}

void tr_soccr_without_fin(struct tr_dump *d)
{
	if (d->info.tcpi_state == BPF_TCP_CLOSE_WAIT) {
		d->recv.seq--;
		/* The window starts where the acknowledged ends. */
		d->window.rcv_wup--;
		d->window.rcv_wnd++;
	} else if (d->info.tcpi_state == BPF_TCP_FIN_WAIT2) {
		d->send.seq--;
	}
}

int tr_soccr_sent_fin(int fd)
{
	__u32 seq;

	/* With this queue selected, what goes into it counts as sent. */
	if (tr_queue_seq(fd, TCP_SEND_QUEUE, &seq))
		return -1;
	return shutdown(fd, SHUT_WR) ? tr_fail("shutdown in repair mode") : 0;
}

static int forge(const struct tr_dump *d, unsigned char flags, __u32 ack)
{
	struct tr_segment segment = {
		.from = &d->remote, .to = &d->local,
		.seq = d->recv.seq, .ack = ack, .flags = flags,
		.window = d->window.snd_wnd,
	};

	if (d->info.tcpi_options & TCPI_OPT_WSCALE)
		segment.window >>= d->info.tcpi_snd_wscale;
	return tr_forge(&segment);
}

int tr_soccr_forge_fin(const struct tr_dump *d)
{
	/* It acknowledges nothing new. */
	return forge(d, TR_FIN | TR_ACK, d->send.seq - d->send.len);
}

int tr_soccr_forge_ack(const struct tr_dump *d)
{
	return forge(d, TR_ACK, d->send.seq + 1);
}
