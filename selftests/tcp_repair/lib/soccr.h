/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_SOCCR_H
#define TCP_REPAIR_SOCCR_H

#include "repair.h"

/*
 * A dump in the order of libsoccr, CRIU's library for connections: after
 * tr_dump_state() come the sizes of both queues, then tr_dump_seqs(), and last
 * the bytes, which must be exactly as many as the sizes said. A queue that was
 * empty is not looked at again.
 */
int tr_soccr_sizes(int fd, struct tr_dump *d);
int tr_soccr_bytes(int fd, struct tr_dump *d);

/*
 * A half-closed connection: a FIN that was sent or received counts in its
 * sequence number, but no refilled queue can hold it. Take it out of a complete
 * dump of a socket in CLOSE_WAIT or FIN_WAIT2.
 */
void tr_soccr_without_fin(struct tr_dump *d);

/*
 * And put it back, in what tr_restore() made of that dump. Our own FIN is queued
 * like one that has been sent. What only the peer can send, its FIN and its
 * acknowledgment of ours, is forged: the caller is in the socket's namespace.
 */
int tr_soccr_sent_fin(int fd);
int tr_soccr_forge_fin(const struct tr_dump *d);
int tr_soccr_forge_ack(const struct tr_dump *d);

#endif
