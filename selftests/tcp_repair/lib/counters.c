// SPDX-License-Identifier: GPL-2.0
/* Segments, drops and drop reasons of sockets in repair mode. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"
#include "sock.h"
#include "util.h"

#define STATE_LISTEN 10	/* TCP_LISTEN of <netinet/tcp.h>, at odds with <linux/tcp.h> */

/* The file stays that of the namespace it was opened in. */
#define NETSTAT	"/proc/thread-self/net/netstat"
#define LINE	"TcpExt: "
/* Of all sockets of the namespace; tcp_add_backlog() in net/ipv4/tcp_ipv4.c. */
#define MERGED	" TCPBacklogCoalesce "

int tr_counters_open(struct tr_counters *c)
{
	*c = (struct tr_counters){ .sent = -1 };
	c->netstat = open(NETSTAT, O_RDONLY | O_CLOEXEC);
	if (c->netstat < 0)
		return tr_fail("open " NETSTAT);
	tr_droptrace_open(&c->trace, "SOCKET_REPAIR");
	return 0;
}

void tr_counters_close(struct tr_counters *c)
{
	if (c->netstat < 0)
		return;
	tr_droptrace_close(&c->trace);
	close(c->netstat);
	c->netstat = -1;
}

/* The line of the names, then the line of the numbers. */
static long find_merged(const char *text)
{
	const char *names, *numbers, *name;

	names = strstr(text, LINE);
	numbers = names ? strstr(names + 1, LINE) : NULL;
	name = names ? strstr(names, MERGED) : NULL;
	if (!numbers || !name || name > numbers)
		return -1;
	for (; names <= name; names++) {
		if (*names == ' ')
			numbers = strchr(numbers, ' ') + 1;
	}
	return atol(numbers);
}

static int add_merged(struct tr_counters *c, int sign)
{
	char path[64], *text;
	long merged;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->netstat);
	text = tr_read_file(path);
	if (!text)
		return -1;
	merged = find_merged(text);
	free(text);
	errno = 0;
	if (merged < 0)
		return tr_fail("no" MERGED "in " NETSTAT);
	c->merged += sign * merged;
	return 0;
}

static struct tr_counted *find(struct tr_counters *c, int fd)
{
	struct tr_counted *it = c->counted;
	__u64 cookie;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len)) {
		tr_fail("getsockopt(SO_COOKIE)");
		return NULL;
	}
	while (it < c->counted + c->sockets && it->cookie != cookie)
		it++;
	if (it == c->counted + TR_DROP_SOCKETS) {
		errno = 0;
		tr_fail("more than %d sockets to count", TR_DROP_SOCKETS);
		return NULL;
	}
	if (it == c->counted + c->sockets) {
		it->cookie = cookie;
		c->sockets++;
	}
	return it;
}

static int add(struct tr_counters *c, int fd, int sign)
{
	struct tr_counted *it;
	struct tcp_info info;
	long segs, drops;

	it = find(c, fd);
	if (!it || tr_info(fd, &info))
		return -1;
	drops = tr_drops(fd);
	if (drops < 0)
		return -1;
	drops *= sign;
	segs = info.tcpi_state == STATE_LISTEN ? drops : sign * (long)info.tcpi_segs_in;
	it->segs += segs;
	it->drops += drops;
	c->repair_segs += segs;
	c->sk_drops += drops;
	return 0;
}

int tr_counters_begin(struct tr_counters *c, int fd)
{
	if (!c->watched++ && add_merged(c, -1))
		return -1;
	return add(c, fd, -1);
}

int tr_counters_end(struct tr_counters *c, int fd)
{
	if (!--c->watched && add_merged(c, 1))
		return -1;
	return add(c, fd, 1);
}

static int add_restored(struct tr_counters *c, int fd, int sign)
{
	long drops = tr_drops(fd);

	if (drops < 0)
		return -1;
	c->restored_drops += sign * drops;
	return 0;
}

int tr_counters_begin_restored(struct tr_counters *c, int fd)
{
	return add_restored(c, fd, -1);
}

int tr_counters_end_restored(struct tr_counters *c, int fd)
{
	return add_restored(c, fd, 1);
}

/* A count, or the word for why there is none. */
static void print(const struct tr_counters *c, const char *name, bool known, long count)
{
	if (c->trace.state == TR_DROP_ABSENT)
		printf(" %s=absent", name);
	else if (!known)
		printf(" %s=untraced", name);
	else
		printf(" %s=%ld", name, count);
}

static int descending(const void *a, const void *b)
{
	long first = *(const long *)a, second = *(const long *)b;

	return (first < second) - (first > second);
}

static int compare(const struct tr_counters *c, long segs, long packets)
{
	if (c->weighed ? packets > segs || (segs && !packets) : packets + c->merged != segs)
		return tr_fail("%ld segments in repair mode, %ld packets SOCKET_REPAIR, %ld merged",
			       segs, packets, c->merged);
	return 0;
}

/*
 * Each socket that got segments has its drops, and no other has any. Whose packets
 * were merged is not known.
 */
static int compare_sockets(const struct tr_counters *c, struct tr_drops *drops)
{
	long segs[TR_DROP_SOCKETS];
	int i, got = 0;

	for (i = 0; i < c->sockets; i++) {
		if (c->counted[i].segs)
			segs[got++] = c->counted[i].segs;
	}
	if (got != drops->sockets)
		return tr_fail("%d sockets got segments in repair mode, %d SOCKET_REPAIR",
			       got, drops->sockets);
	qsort(segs, got, sizeof(*segs), descending);
	qsort(drops->by_sk, got, sizeof(*drops->by_sk), descending);
	for (i = 0; i < got; i++) {
		if (drops->by_sk[i] > segs[i] ||
		    (!c->weighed && drops->by_sk[i] + c->merged < segs[i]))
			return tr_fail("a socket got %ld segments, %ld packets SOCKET_REPAIR",
				       segs[i], drops->by_sk[i]);
	}
	return 0;
}

/* Some of the packets may be a restored socket's. */
static int compare_range(const struct tr_counters *c, long packets)
{
	long least = c->repair_segs - c->merged;
	long most = least + c->restored_drops;

	if (packets < least || packets > most)
		return tr_fail("%ld to %ld packets in repair mode, %ld SOCKET_REPAIR",
			       least, most, packets);
	return 0;
}

static int compare_all(const struct tr_counters *c, struct tr_drops *drops)
{
	const struct tr_counted *it;

	errno = 0;
	for (it = c->counted; it < c->counted + c->sockets; it++) {
		if (it->drops != it->segs && !c->blocked)
			return tr_fail("%ld segments in repair mode, the socket dropped %ld",
				       it->segs, it->drops);
	}
	if (c->restored_drops) {
		if (compare_range(c, drops->hits))
			return -1;
	} else if (compare(c, c->repair_segs, drops->hits) ||
		   (c->trace.by_socket && compare_sockets(c, drops))) {
		return -1;
	}
	if (c->sent > c->repair_segs && !c->blocked)
		return tr_fail("%ld segments sent in repair mode, %ld of them seen",
			       c->sent, c->repair_segs);
	return 0;
}

int tr_counters_report(struct tr_counters *c)
{
	bool counted = c->trace.state == TR_DROP_COUNTED;
	struct tr_drops drops = {};
	bool known;

	known = counted && !tr_droptrace_read(&c->trace, &drops);
	if (c->trace.state == TR_DROP_UNTRACED)
		printf("# no drops counted by reason: %s\n", c->trace.why);
	printf("# counters: repair_segs=%ld sk_drops=%ld merged=%ld", c->repair_segs,
	       c->sk_drops, c->merged);
	print(c, "repair_hist", known, drops.hits);
	if (c->weighed || c->restored_drops)
		print(c, "repair_skbs", known, drops.hits);
	else
		printf(" repair_skbs=%ld", c->repair_segs - c->merged);
	print(c, "repair_sks", known && c->trace.by_socket, drops.sockets);
	if (c->sent >= 0)
		printf(" sent=%ld", c->sent);
	printf("\n");
	fflush(stdout);

	if (!counted)
		return 0;
	return known ? compare_all(c, &drops) : -1;
}
