/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_REPAIR_H
#define TCP_REPAIR_REPAIR_H

#include <sys/socket.h>

#include <linux/tcp.h>

/* A copied queue of a socket. */
struct tr_queue {
	char *data;
	int len;
	int unsent;	/* send queue: this much of the end was never sent */
	__u32 seq;	/* sequence number of the end of the queue */
};

/* Everything that a restore needs to know about a connection. */
struct tr_dump {
	struct sockaddr_storage local, remote;
	socklen_t addr_len;
	struct tcp_info info;
	struct tcp_repair_window window;
	int mss;
	int timestamp;
	struct tr_queue recv, send;
};

int tr_freeze(int fd);
/* how: TCP_REPAIR_OFF, which probes the peer, or TCP_REPAIR_OFF_NO_WP */
int tr_thaw(int fd, int how);

/* queue: TCP_RECV_QUEUE or TCP_SEND_QUEUE */
int tr_queue_seq(int fd, int queue, __u32 *seq);
/* Copy a queue of a frozen socket: its size first, then its bytes. */
int tr_queue_peek(int fd, int queue, struct tr_queue *q);

/*
 * The dump in the steps that a real one has, so that a test can let something
 * happen in between: addresses, options and window; then size and bytes of both
 * queues; then the sequence numbers.
 */
int tr_dump_state(int fd, struct tr_dump *d);
int tr_dump_queues(int fd, struct tr_dump *d);
int tr_dump_seqs(int fd, struct tr_dump *d);
void tr_dump_free(struct tr_dump *d);

/*
 * A new socket in the namespace of the caller that takes the connection over:
 * established, with both queues refilled, and still in repair mode. What had
 * never been sent is left to the caller to send once repair mode is off.
 */
int tr_restore(const struct tr_dump *d);

/*
 * The same in steps, so that a test can let something happen in between: a
 * socket that is established; the connection's options; queues and window.
 */
int tr_restore_begin(const struct tr_dump *d);
int tr_restore_options(int fd, const struct tr_dump *d);
int tr_restore_queues(int fd, const struct tr_dump *d);

#endif
