/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_SOCK_H
#define TCP_REPAIR_SOCK_H

#include <linux/tcp.h>

#include "topo.h"

/* How long a step may take that works at once on an idle machine. */
#define TR_STEP_MS 10000

/* A TCP connection between the peer and the source. */
struct tr_conn {
	int peer;
	int source;
	__u64 sent;		/* bytes of the pattern that the peer sent */
};

/* The calling thread is in the peer's namespace before and after. */
int tr_connect(const struct tr_topo *t, struct tr_conn *c);

/* Close both ends. */
void tr_hangup(struct tr_conn *c);
/* Close the peer's end with a RST. */
int tr_reset(struct tr_conn *c);

/* The next bytes of the pattern, `count` times one send() of `size` bytes. */
int tr_send(struct tr_conn *c, unsigned int count, unsigned int size);

/* As much of the pattern as the send queue takes; adds up in *sent. */
int tr_fill(int fd, __u64 *sent);

int tr_info(int fd, struct tcp_info *info);
/* Bytes in the receive queue; in the send queue (not acknowledged); not sent. */
int tr_inq(int fd);
int tr_outq(int fd);
int tr_outq_unsent(int fd);
/* Its account of drops; bytes of memory in its backlog. Neither waits for a lock. */
int tr_drops(int fd);
int tr_backlog(int fd);

/* Wait until as many segments in all have arrived (TCP_INFO's segs_in). */
int tr_wait_segs(int fd, __u32 segs_in);
/* Wait until the receive queue holds this much. */
int tr_wait_inq(int fd, int bytes);
/* Wait until everything that was sent is acknowledged. */
int tr_wait_acked(int fd);

/*
 * How long to wait for a byte before calling it a stall, given the sender's
 * present retransmission timeout (R). The next retransmission is due within R;
 * should that one still meet a path being switched, the next within 2 R. The
 * rest, 3 s, is for a slow machine to get the work done.
 */
long tr_stall_ms(int sender);

#endif
