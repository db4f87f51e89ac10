// SPDX-License-Identifier: GPL-2.0
/* All that a segment can move in a socket, at a glance. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/bpf.h>
#include <linux/in.h>

#include "repair.h"
#include "sock.h"
#include "util.h"
#include "view.h"

const char *tr_state_name(int state)
{
	static const char * const names[] = {
		[BPF_TCP_ESTABLISHED] = "ESTABLISHED",
		[BPF_TCP_SYN_SENT] = "SYN_SENT",
		[BPF_TCP_SYN_RECV] = "SYN_RECV",
		[BPF_TCP_FIN_WAIT1] = "FIN_WAIT1",
		[BPF_TCP_FIN_WAIT2] = "FIN_WAIT2",
		[BPF_TCP_TIME_WAIT] = "TIME_WAIT",
		[BPF_TCP_CLOSE] = "CLOSE",
		[BPF_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[BPF_TCP_LAST_ACK] = "LAST_ACK",
		[BPF_TCP_LISTEN] = "LISTEN",
		[BPF_TCP_CLOSING] = "CLOSING",
	};

	if (state <= 0 || state > BPF_TCP_CLOSING)
		return "an unknown state";
	return names[state];
}

int tr_state(int fd)
{
	struct tcp_info info;

	return tr_info(fd, &info) ? -1 : info.tcpi_state;
}

int tr_wait_state(int fd, int state)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	int now;

	do {
		now = tr_state(fd);
		if (now < 0 || now == state)
			return now < 0 ? -1 : 0;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("in %s, waiting for %s", tr_state_name(now),
		       tr_state_name(state));
}

static int take_seqs(int fd, int queue, struct tr_view *v)
{
	int other = TCP_RECV_QUEUE + TCP_SEND_QUEUE - queue;
	__u32 seq[TCP_QUEUES_NR];

	if (tr_queue_seq(fd, other, &seq[other]) ||
	    tr_queue_seq(fd, queue, &seq[queue]))
		return -1;
	v->field[TR_RCV_NXT] = seq[TCP_RECV_QUEUE];
	v->field[TR_WRITE_SEQ] = seq[TCP_SEND_QUEUE];
	return 0;
}

/*
 * Not the announced window (rcv_wnd, rcv_wup): the socket's own retransmission
 * may move it. What arrived shows in the other fields.
 */
static int take_window(int fd, struct tr_view *v)
{
	struct tcp_repair_window window;
	socklen_t len = sizeof(window);

	if (getsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, &len))
		return tr_fail("get TCP_REPAIR_WINDOW");
	v->field[TR_SND_WL1] = window.snd_wl1;
	v->field[TR_SND_WND] = window.snd_wnd;
	v->field[TR_MAX_WINDOW] = window.max_window;
	return 0;
}

int tr_view_take(int fd, int queue, struct tr_view *v)
{
	if (take_seqs(fd, queue, v) || take_window(fd, v))
		return -1;
	return tr_view_update(fd, v);
}

int tr_view_update(int fd, struct tr_view *v)
{
	int inq = tr_inq(fd), outq = tr_outq(fd), unsent = tr_outq_unsent(fd);
	struct pollfd urgent = { .fd = fd, .events = POLLPRI };
	struct tcp_info info;

	if (inq < 0 || outq < 0 || unsent < 0 || tr_info(fd, &info))
		return -1;
	if (poll(&urgent, 1, 0) < 0)
		return tr_fail("poll for urgent data");
	v->field[TR_STATE] = info.tcpi_state;
	v->field[TR_INQ] = inq;
	v->field[TR_OUT_OF_ORDER] = info.tcpi_rcv_ooopack;
	v->field[TR_URGENT] = urgent.revents & POLLPRI ? 1 : 0;
	v->field[TR_OUTQ] = outq;
	v->field[TR_UNSENT] = unsent;
	v->field[TR_SEGS_OUT] = info.tcpi_segs_out;
	return 0;
}

unsigned int tr_view_changes(const struct tr_view *before,
			     const struct tr_view *after)
{
	unsigned int field, changes = 0;

	for (field = 0; field < TR_FIELDS; field++) {
		if (before->field[field] != after->field[field])
			changes |= TR_BIT(field);
	}
	/* SIOCOUTQ leaves out the SYN. */
	if (before->field[TR_OUTQ] || before->field[TR_STATE] == BPF_TCP_SYN_SENT)
		changes &= ~TR_BIT(TR_SEGS_OUT);
	return changes;
}

/* By how much is told where it is the same in each run. */
static int tell(char *text, size_t size, unsigned int field,
		const struct tr_view *before, const struct tr_view *after)
{
	static const char * const names[TR_FIELDS] = {
		[TR_RCV_NXT] = "rcv_nxt", [TR_WRITE_SEQ] = "write_seq",
		[TR_INQ] = "receive queue", [TR_OUT_OF_ORDER] = "out-of-order queue",
		[TR_URGENT] = "urgent data", [TR_OUTQ] = "send queue",
		[TR_UNSENT] = "unsent data", [TR_SND_WL1] = "snd_wl1",
		[TR_SND_WND] = "snd_wnd", [TR_MAX_WINDOW] = "max_window",
		[TR_SEGS_OUT] = "segments out",
	};
	__u32 was = before->field[field], is = after->field[field];

	if (field == TR_STATE)
		return snprintf(text, size, "state %s to %s", tr_state_name(was),
				tr_state_name(is));
	if (before->field[TR_STATE] == BPF_TCP_SYN_SENT || field == TR_SND_WL1 ||
	    field == TR_SND_WND || field == TR_MAX_WINDOW)
		return snprintf(text, size, "%s", names[field]);
	return snprintf(text, size, "%s %+d", names[field], (int)(is - was));
}

const char *tr_view_text(const struct tr_view *before, const struct tr_view *after,
			 unsigned int fields)
{
	static char text[512];
	unsigned int field;
	int len = 0;

	text[0] = '\0';
	for (field = 0; field < TR_FIELDS; field++) {
		if (!(fields & TR_BIT(field)))
			continue;
		if (len)
			len += snprintf(text + len, sizeof(text) - len, ", ");
		len += tell(text + len, sizeof(text) - len, field, before, after);
	}
	return text;
}
