// SPDX-License-Identifier: GPL-2.0
/* A stall, by what its sender does. */
#include <errno.h>

#include "sock.h"
#include "stall.h"
#include "util.h"

#define IN_VAIN	3
#define LOOK_MS	20

enum tr_class tr_finish_from(struct tr_oracle *o, int fd, int sender)
{
	long start = tr_now(), limit = tr_stall_ms(sender);
	struct tcp_info info;
	__u64 got = o->got;
	int limit_rtos;

	if (tr_info(sender, &info))
		return tr_oracle_finish(o, fd);
	/* Counts timeouts since the last acknowledgment of something new. */
	limit_rtos = info.tcpi_retransmits + IN_VAIN;
	o->stall_ms = LOOK_MS;
	for (;;) {
		tr_oracle_read(o, fd, ~0ULL);
		if (o->err != ETIMEDOUT)
			break;
		if (o->got != got) {
			got = o->got;
			start = tr_now();
		}
		o->stall_ms = tr_now() - start;
		if (o->stall_ms >= limit || tr_info(sender, &info) ||
		    info.tcpi_retransmits >= limit_rtos)
			break;
		o->stall_ms = LOOK_MS;
		o->err = 0;
	}
	return tr_oracle_finish(o, fd);
}
