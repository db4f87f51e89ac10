/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_FORGE_H
#define TCP_REPAIR_FORGE_H

#include <sys/socket.h>

#include <linux/types.h>

/* Flags of a TCP segment, as in its header. */
enum { TR_FIN = 1, TR_ACK = 16 };

/* A segment without data or options, sent in the name of somebody else. */
struct tr_segment {
	const struct sockaddr_storage *from, *to;
	__u32 seq, ack;
	__u16 window;		/* as in the header: scaled */
	unsigned char flags;
};

/* By a raw socket of the caller's namespace, which should own the address `to`. */
int tr_forge(const struct tr_segment *s);

#endif
