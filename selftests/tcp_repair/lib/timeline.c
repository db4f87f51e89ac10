// SPDX-License-Identifier: GPL-2.0
/* Record what both ends of a connection do, through tracefs. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timeline.h"
#include "tracefs.h"
#include "util.h"

#define PROBES TR_TRACEFS "/kprobe_events"
#define GROUP "tcp_repair"
#define DROPS "events/skb/kfree_skb"
#define DROPPED "dropped events: "

/*
 * Sequence numbers from the control block of the packet, which starts with them
 * (struct tcp_skb_cb) and is at this place in struct sk_buff on any 64-bit kernel:
 * behind three pointers, the socket and the time. Ports from the start of the
 * socket (struct sock_common).
 */
#define PACKET "skb=$arg2:x64 seq=+40($arg2):u32 end=+44($arg2):u32"
#define SOCKET "sk=$arg1:x64 dport=+12($arg1):x16 lport=+14($arg1):u16"

/* Every segment goes out by the first, with what it acknowledges in the fifth. */
static const struct {
	const char *name, *symbol, *more;
} probes[] = {
	{ "sent", "__tcp_transmit_skb", "ack=$arg5:u32" },
	{ "got4", "tcp_v4_do_rcv", "" },
	{ "got6", "tcp_v6_do_rcv", "" },
};

static bool wanted(void)
{
	const char *value = getenv("KSFT_TIMELINE");

	return value && !strcmp(value, "1");
}

/* They are global, and stay for the next test of this program. */
static int define(unsigned int i)
{
	char text[256];

	snprintf(text, sizeof(text), "p:" GROUP "/%s %s " SOCKET " " PACKET " %s",
		 probes[i].name, probes[i].symbol, probes[i].more);
	return tr_write_file(PROBES, text) && errno != EEXIST ? -1 : 0;
}

static int set(const struct tr_timeline *t, const char *file, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", t->dir, file);
	return tr_write_file(path, value);
}

static int enable(const struct tr_timeline *t, unsigned int i, const char *filter)
{
	char file[64];

	snprintf(file, sizeof(file), "events/" GROUP "/%s/filter", probes[i].name);
	if (set(t, file, filter))
		return -1;
	snprintf(file, sizeof(file), "events/" GROUP "/%s/enable", probes[i].name);
	return set(t, file, "1");
}

static void forget(struct tr_timeline *t)
{
	if (t->marker >= 0)
		close(t->marker);
	t->marker = -1;
	if (t->dir[0])
		(void)rmdir(t->dir);
	t->dir[0] = '\0';
}

/* The instance that keeps the probes in place from one test to the next. */
static struct tr_timeline armed = { .marker = -1 };

void tr_timeline_arm(void)
{
	unsigned int i;

	if (!wanted() || tr_tracefs_find() ||
	    tr_tracefs_instance(armed.dir, sizeof(armed.dir), "armed"))
		return;
	/* A test that finds them not armed does it itself. */
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!define(i))
			(void)enable(&armed, i, "lport == 0");
}

/* After the last test. Another program may be using them: then they stay. */
__attribute__((destructor)) static void undefine(void)
{
	char text[64];
	unsigned int i;

	if (!wanted() || tr_tracefs_find())
		return;
	forget(&armed);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		snprintf(text, sizeof(text), "-:" GROUP "/%s", probes[i].name);
		(void)tr_write_file(PROBES, text);
	}
}

static int enable_own(const struct tr_timeline *t, unsigned int i)
{
	char filter[64];

	/* Of the segments that arrive, those at the side that migrates. */
	snprintf(filter, sizeof(filter), i ? "dport == %d" : "dport == %d || lport == %d",
		 htons(t->port), t->port);
	return enable(t, i, filter);
}

static int record(struct tr_timeline *t, int family)
{
	unsigned int in = family == AF_INET ? 1 : 2;
	char path[256];

	errno = 0;
	if (sizeof(long) < 8)
		return tr_fail("not on 32 bits");
	if (tr_tracefs_find() || define(0) || define(in) ||
	    tr_tracefs_instance(t->dir, sizeof(t->dir), "timeline"))
		return -1;
	/*
	 * When a buffer is full, what comes is lost, and not what went before. Real
	 * addresses: they tell which packet it is that is dropped.
	 */
	if (set(t, "trace_clock", "mono") || set(t, "options/overwrite", "0") ||
	    set(t, "options/hash-ptr", "0"))
		return -1;
	snprintf(path, sizeof(path), "%s/trace_marker", t->dir);
	t->marker = open(path, O_WRONLY | O_CLOEXEC);
	if (t->marker < 0)
		return tr_fail("open %s", path);
	return enable_own(t, 0) || enable_own(t, in) || set(t, DROPS "/enable", "1") ? -1 : 0;
}

void tr_timeline_open(struct tr_timeline *t, const struct tr_conn *c)
{
	struct sockaddr_in6 addr;	/* an IPv4 port is in the same place */
	socklen_t len = sizeof(addr);
	int ret;

	*t = (struct tr_timeline){ .on = wanted(), .marker = -1 };
	if (!t->on)
		return;
	ret = getsockname(c->peer, (struct sockaddr *)&addr, &len);
	if (ret) {
		tr_fail("port of the peer");
	} else {
		t->port = ntohs(addr.sin6_port);
		ret = record(t, addr.sin6_family);
	}
	if (!ret)
		return;
	snprintf(t->why, sizeof(t->why), "%s", tr_error());
	forget(t);
}

void tr_timeline_mark(const struct tr_timeline *t, const char *what)
{
	/* One that is missing spoils a picture, not a test. */
	if (t->dir[0] && write(t->marker, what, strlen(what)) < 0)
		return;
}

void tr_timeline_stop(const struct tr_timeline *t)
{
	if (t->dir[0])
		(void)set(t, "events/enable", "0");
}

/* The CPUs whose buffer had to leave events out. */
static unsigned long long full_cpus(const struct tr_timeline *t)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned long long full = 0;
	char path[256], *stats;
	const char *lost;

	for (cpu = 0; cpu < cpus; cpu++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", t->dir, cpu);
		stats = tr_read_file(path);
		if (!stats)
			continue;
		lost = strstr(stats, DROPPED);
		if (lost && atol(lost + strlen(DROPPED)))
			full |= 1ULL << cpu % 64;
		free(stats);
	}
	return full;
}

void tr_timeline_close(struct tr_timeline *t)
{
	char path[256], *trace;

	if (!t->on)
		return;
	if (t->dir[0]) {
		tr_timeline_stop(t);
		snprintf(path, sizeof(path), "%s/trace", t->dir);
		trace = tr_read_file(path);
		if (trace)
			tr_timeline_print(trace, t->port, full_cpus(t));
		else
			snprintf(t->why, sizeof(t->why), "%s", tr_error());
		free(trace);
	}
	if (t->why[0])
		printf("# timeline: none, %s\n", t->why);
	fflush(stdout);
	forget(t);
}
