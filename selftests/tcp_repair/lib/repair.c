// SPDX-License-Identifier: GPL-2.0
/* Freeze, dump, restore and thaw a TCP connection. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "repair.h"
#include "sock.h"
#include "util.h"

/* Option kinds of TCP, as TCP_REPAIR_OPTIONS wants them. */
enum { KIND_MSS = 2, KIND_WSCALE = 3, KIND_SACK_PERM = 4, KIND_TIMESTAMP = 8 };

/* A refill by one send() is one skb: keep that within a page order or two. */
#define REFILL_SIZE 32768

/* What a socket has without being asked (tcp_rmem, tcp_wmem). */
#define DEFAULT_RCVBUF 131072
#define DEFAULT_SNDBUF 16384

static int set_int(int fd, int option, int value, const char *name)
{
	if (setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)))
		return tr_fail("set %s to %d", name, value);
	return 0;
}

static int get_int(int fd, int option, int *value, const char *name)
{
	socklen_t len = sizeof(*value);

	return getsockopt(fd, IPPROTO_TCP, option, value, &len) ?
	       tr_fail("get %s", name) : 0;
}

int tr_freeze(int fd)
{
	return set_int(fd, TCP_REPAIR, TCP_REPAIR_ON, "TCP_REPAIR");
}

int tr_thaw(int fd, int how)
{
	return set_int(fd, TCP_REPAIR, how, "TCP_REPAIR");
}

static int select_queue(int fd, int queue)
{
	return set_int(fd, TCP_REPAIR_QUEUE, queue, "TCP_REPAIR_QUEUE");
}

int tr_queue_seq(int fd, int queue, __u32 *seq)
{
	if (select_queue(fd, queue))
		return -1;
	return get_int(fd, TCP_QUEUE_SEQ, (int *)seq, "TCP_QUEUE_SEQ");
}

int tr_queue_peek(int fd, int queue, struct tr_queue *q)
{
	ssize_t len;

	if (select_queue(fd, queue))
		return -1;
	q->len = queue == TCP_RECV_QUEUE ? tr_inq(fd) : tr_outq(fd);
	q->unsent = queue == TCP_RECV_QUEUE ? 0 : tr_outq_unsent(fd);
	if (q->len < 0 || q->unsent < 0)
		return -1;
	if (!q->len)
		return 0;
	q->data = malloc(q->len);
	if (!q->data)
		return tr_fail("malloc %d", q->len);
	len = recv(fd, q->data, q->len, MSG_PEEK | MSG_DONTWAIT);
	if (len < 0)
		return tr_fail("peek at a queue");
	errno = 0;
	if (len != q->len)
		return tr_fail("peeked at %zd bytes of %d", len, q->len);
	return 0;
}

int tr_dump_state(int fd, struct tr_dump *d)
{
	socklen_t len = sizeof(d->window);

	memset(d, 0, sizeof(*d));
	d->addr_len = sizeof(d->local);
	if (getsockname(fd, (struct sockaddr *)&d->local, &d->addr_len) ||
	    getpeername(fd, (struct sockaddr *)&d->remote, &d->addr_len))
		return tr_fail("addresses of the socket");
	if (getsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &d->window, &len))
		return tr_fail("get TCP_REPAIR_WINDOW");
	if (tr_info(fd, &d->info) || get_int(fd, TCP_MAXSEG, &d->mss, "TCP_MAXSEG"))
		return -1;
	return get_int(fd, TCP_TIMESTAMP, &d->timestamp, "TCP_TIMESTAMP");
}

int tr_dump_queues(int fd, struct tr_dump *d)
{
	if (tr_queue_peek(fd, TCP_SEND_QUEUE, &d->send))
		return -1;
	return tr_queue_peek(fd, TCP_RECV_QUEUE, &d->recv);
}

int tr_dump_seqs(int fd, struct tr_dump *d)
{
	if (tr_queue_seq(fd, TCP_SEND_QUEUE, &d->send.seq))
		return -1;
	return tr_queue_seq(fd, TCP_RECV_QUEUE, &d->recv.seq);
}

void tr_dump_free(struct tr_dump *d)
{
	free(d->recv.data);
	free(d->send.data);
	d->recv.data = NULL;
	d->send.data = NULL;
}

int tr_restore_options(int fd, const struct tr_dump *d)
{
	struct tcp_repair_opt opts[4];
	unsigned int n = 0;

	opts[n++] = (struct tcp_repair_opt){ KIND_MSS, d->mss };
	if (d->info.tcpi_options & TCPI_OPT_WSCALE)
		opts[n++] = (struct tcp_repair_opt){
			KIND_WSCALE, d->info.tcpi_snd_wscale |
				     d->info.tcpi_rcv_wscale << 16,
		};
	if (d->info.tcpi_options & TCPI_OPT_SACK)
		opts[n++] = (struct tcp_repair_opt){ KIND_SACK_PERM, 0 };
	if (d->info.tcpi_options & TCPI_OPT_TIMESTAMPS)
		opts[n++] = (struct tcp_repair_opt){ KIND_TIMESTAMP, 0 };
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_OPTIONS, opts, n * sizeof(opts[0])))
		return tr_fail("set TCP_REPAIR_OPTIONS");
	return set_int(fd, TCP_TIMESTAMP, d->timestamp, "TCP_TIMESTAMP");
}

static int refill(int fd, int queue, const struct tr_queue *q)
{
	int len = q->len - q->unsent;
	ssize_t done;
	int at;

	if (select_queue(fd, queue))
		return -1;
	for (at = 0; at < len; at += done) {
		int size = len - at < REFILL_SIZE ? len - at : REFILL_SIZE;

		done = send(fd, q->data + at, size, MSG_NOSIGNAL);
		if (done < 0)
			return tr_fail("fill a queue, %d of %d bytes done", at, len);
	}
	return 0;
}

static int start_seq(int fd, int queue, const struct tr_queue *q)
{
	if (select_queue(fd, queue))
		return -1;
	return set_int(fd, TCP_QUEUE_SEQ, q->seq - q->len, "TCP_QUEUE_SEQ");
}

/* Established, as far as the kernel knows, and nothing in its queues. */
static int begin(int fd, const struct tr_dump *d)
{
	/*
	 * skbs count with their overhead: room for a refill, and for all that
	 * the peer may have on its way within the window that it was promised.
	 */
	int one = 1, room = 4 * d->recv.len + 2 * d->window.rcv_wnd;
	int send_room = 4 * d->send.len;

	if (tr_freeze(fd))
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return tr_fail("options of the restored socket");
	/* A small queue fits anyway, and keeps the buffer's autotuning. */
	if (room > DEFAULT_RCVBUF &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		return tr_fail("set SO_RCVBUFFORCE to %d", room);
	/* Without, a refill would wait for room that nobody makes. */
	if (send_room > DEFAULT_SNDBUF &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_room, sizeof(send_room)))
		return tr_fail("set SO_SNDBUFFORCE to %d", send_room);
	if (bind(fd, (const struct sockaddr *)&d->local, d->addr_len))
		return tr_fail("bind the restored socket");
	if (start_seq(fd, TCP_SEND_QUEUE, &d->send) ||
	    start_seq(fd, TCP_RECV_QUEUE, &d->recv))
		return -1;
	if (connect(fd, (const struct sockaddr *)&d->remote, d->addr_len))
		return tr_fail("connect the restored socket");
	return 0;
}

int tr_restore_begin(const struct tr_dump *d)
{
	int fd;

	fd = socket(d->local.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail("socket to restore");
	if (!begin(fd, d))
		return fd;
	close(fd);
	return -1;
}

int tr_restore_queues(int fd, const struct tr_dump *d)
{
	if (refill(fd, TCP_RECV_QUEUE, &d->recv) ||
	    refill(fd, TCP_SEND_QUEUE, &d->send))
		return -1;
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &d->window,
		       sizeof(d->window)))
		return tr_fail("set TCP_REPAIR_WINDOW");
	return select_queue(fd, TCP_NO_QUEUE);
}

int tr_restore(const struct tr_dump *d)
{
	int fd = tr_restore_begin(d);

	if (fd < 0 || (!tr_restore_options(fd, d) && !tr_restore_queues(fd, d)))
		return fd;
	close(fd);
	return -1;
}
