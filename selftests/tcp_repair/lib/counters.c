// SPDX-License-Identifier: GPL-2.0
/* Segments, drops and drop reasons of sockets in repair mode. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/sock_diag.h>

#include "counters.h"
#include "sock.h"
#include "util.h"

void tr_counters_open(struct tr_counters *c)
{
	*c = (struct tr_counters){ .sent = -1 };
	tr_droptrace_open(&c->trace, "SOCKET_REPAIR");
}

void tr_counters_close(struct tr_counters *c)
{
	tr_droptrace_close(&c->trace);
}

static int add(struct tr_counters *c, int fd, int sign)
{
	__u32 mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);
	struct tcp_info info;

	if (tr_info(fd, &info))
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len))
		return tr_fail("getsockopt(SO_MEMINFO)");
	c->repair_segs += sign * (long)info.tcpi_segs_in;
	c->sk_drops += sign * (long)mem[SK_MEMINFO_DROPS];
	return 0;
}

int tr_counters_begin(struct tr_counters *c, int fd)
{
	return add(c, fd, -1);
}

int tr_counters_end(struct tr_counters *c, int fd)
{
	return add(c, fd, 1);
}

int tr_counters_report(struct tr_counters *c)
{
	long hist = tr_droptrace_read(&c->trace);

	if (c->trace.state == TR_DROP_UNTRACED)
		printf("# no drops counted by reason: %s\n", c->trace.why);
	printf("# counters: repair_segs=%ld sk_drops=%ld repair_hist=",
	       c->repair_segs, c->sk_drops);
	if (c->trace.state == TR_DROP_ABSENT)
		printf("absent");
	else if (c->trace.state == TR_DROP_UNTRACED || hist < 0)
		printf("untraced");
	else
		printf("%ld", hist);
	if (c->sent >= 0)
		printf(" sent=%ld", c->sent);
	printf("\n");
	fflush(stdout);

	if (c->trace.state != TR_DROP_COUNTED)
		return 0;
	if (hist < 0)
		return -1;
	errno = 0;
	if (hist != c->repair_segs || c->sk_drops != c->repair_segs)
		return tr_fail("%ld segments in repair mode, %ld dropped, %ld as SOCKET_REPAIR",
			       c->repair_segs, c->sk_drops, hist);
	if (c->sent > c->repair_segs)
		return tr_fail("%ld segments sent in repair mode, %ld of them seen",
			       c->sent, c->repair_segs);
	return 0;
}
