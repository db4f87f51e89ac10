/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_VIEW_H
#define TCP_REPAIR_VIEW_H

#include <linux/types.h>

/* What a segment can move in the socket that it arrives at. */
enum tr_field {
	TR_STATE,
	TR_RCV_NXT,
	TR_WRITE_SEQ,
	TR_INQ,
	TR_OUT_OF_ORDER,	/* segments taken in ahead of a hole */
	TR_URGENT,		/* 1: urgent data is there */
	TR_OUTQ,		/* bytes not acknowledged, a FIN is one */
	TR_UNSENT,
	TR_SND_WL1,
	TR_SND_WND,
	TR_MAX_WINDOW,
	TR_SEGS_OUT,
	TR_FIELDS
};

#define TR_BIT(field) (1u << (field))

struct tr_view {
	__u32 field[TR_FIELDS];
};

/*
 * Look at a socket in repair mode, which is left with this queue selected:
 * TCP_RECV_QUEUE or TCP_SEND_QUEUE.
 */
int tr_view_take(int fd, int queue, struct tr_view *v);
/* Outside repair mode: these fields keep what they were. */
#define TR_REPAIR_ONLY	(TR_BIT(TR_RCV_NXT) | TR_BIT(TR_WRITE_SEQ) | \
			 TR_BIT(TR_SND_WL1) | TR_BIT(TR_SND_WND) | \
			 TR_BIT(TR_MAX_WINDOW))
int tr_view_update(int fd, struct tr_view *v);

/*
 * The fields that differ, as TR_BIT()s. Segments out are compared only if there
 * was nothing that the socket's own timer could have sent: then any is an answer.
 */
unsigned int tr_view_changes(const struct tr_view *before,
			     const struct tr_view *after);
/* Those fields in words: "state ESTABLISHED to CLOSE_WAIT, rcv_nxt +1". */
const char *tr_view_text(const struct tr_view *before, const struct tr_view *after,
			 unsigned int fields);

/* A state of <linux/bpf.h>'s BPF_TCP_ values, by name. */
const char *tr_state_name(int state);
/* The state of a socket, and waiting for one. */
int tr_state(int fd);
int tr_wait_state(int fd, int state);

#endif
