// SPDX-License-Identifier: GPL-2.0
/* Count drops of one reason through tracefs. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "droptrace.h"
#include "tracefs.h"
#include "util.h"

#define FORMAT TR_TRACEFS "/events/skb/kfree_skb/format"
/*
 * One entry a socket, CPU and context: two contexts that insert the same key at
 * once can lose an event (kernel/trace/tracing_map.c, __tracing_map_insert).
 * There is no room for a fourth key.
 */
#define SOCKET_KEY "rx_sk.hex,"
#define TRIGGER "hist:keys=%scommon_cpu,common_flags if reason == %d"
#define ENTRY "common_cpu: %*u, common_flags: %*u } hitcount: %ld"
/* An event that another CPU is just counting may be half there. */
#define READ_TRIES 3

/*
 * The number of a reason on this kernel, from the table that the event's format
 * prints by: { 7, "SOCKET_REPAIR" }. -1 if it is not in there.
 */
static int find_reason(const char *format, const char *name)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	at = strstr(format, quoted);
	if (!at)
		return -1;
	while (at > format && *at != '{')
		at--;
	at++;
	while (isspace((unsigned char)*at))
		at++;
	return isdigit((unsigned char)*at) ? atoi(at) : -1;
}

static int find_number(struct tr_droptrace *d, const char *reason)
{
	char *format;

	if (tr_tracefs_find())
		return -1;
	format = tr_read_file(FORMAT);
	if (!format)
		return -1;
	d->reason = find_reason(format, reason);
	d->by_socket = strstr(format, " rx_sk;");
	free(format);
	return 0;
}

static int start(struct tr_droptrace *d)
{
	char path[256], trigger[96];

	if (tr_tracefs_instance(d->dir, sizeof(d->dir), "drops"))
		return -1;
	snprintf(path, sizeof(path), "%s/events/skb/kfree_skb/trigger", d->dir);
	snprintf(trigger, sizeof(trigger), TRIGGER, d->by_socket ? SOCKET_KEY : "",
		 d->reason);
	return tr_write_file(path, trigger);
}

void tr_droptrace_open(struct tr_droptrace *d, const char *reason)
{
	memset(d, 0, sizeof(*d));
	d->state = TR_DROP_UNTRACED;
	if (!find_number(d, reason)) {
		if (d->reason < 0)
			d->state = TR_DROP_ABSENT;
		else if (!start(d))
			d->state = TR_DROP_COUNTED;
	}
	if (d->state == TR_DROP_UNTRACED)
		snprintf(d->why, sizeof(d->why), "%s", tr_error());
}

static long total(const char *hist, const char *label)
{
	const char *at = strstr(hist, "Totals:");

	at = at ? strstr(at, label) : NULL;
	return at ? atol(at + strlen(label)) : -1;
}

static int add(struct tr_drops *drops, unsigned long long sk, long hits)
{
	int i;

	for (i = 0; i < drops->sockets && drops->sk[i] != sk; i++)
		;
	if (i == TR_DROP_SOCKETS) {
		errno = 0;
		return tr_fail("drops of more than %d sockets", TR_DROP_SOCKETS);
	}
	if (i == drops->sockets) {
		drops->sk[i] = sk;
		drops->sockets++;
	}
	drops->by_sk[i] += hits;
	return 0;
}

static bool read_entry(const struct tr_droptrace *d, const char *entry,
		       unsigned long long *sk, long *hits)
{
	if (d->by_socket)
		return sscanf(entry, "{ rx_sk: %llx, " ENTRY, sk, hits) == 2;
	return sscanf(entry, "{ " ENTRY, hits) == 1;
}

/* The sum of the entries; -1 if they cannot be read. */
static long add_entries(const struct tr_droptrace *d, const char *hist,
			struct tr_drops *drops)
{
	unsigned long long sk = 0;
	long hits, sum = 0;

	for (; (hist = strchr(hist, '{')); hist++) {
		if (!read_entry(d, hist, &sk, &hits)) {
			errno = 0;
			return tr_fail("histogram entry: %.60s", hist);
		}
		if (d->by_socket && add(drops, sk, hits))
			return -1;
		sum += hits;
	}
	return sum;
}

int tr_droptrace_read(const struct tr_droptrace *d, struct tr_drops *drops)
{
	long sum = -1, lost = 0;
	char path[256], *hist;
	int tries;

	errno = 0;
	if (d->state != TR_DROP_COUNTED)
		return tr_fail("drops are not counted");
	snprintf(path, sizeof(path), "%s/events/skb/kfree_skb/hist", d->dir);
	for (tries = 0; tries < READ_TRIES; tries++) {
		hist = tr_read_file(path);
		if (!hist)
			return -1;
		memset(drops, 0, sizeof(*drops));
		drops->hits = total(hist, "Hits:");
		lost = total(hist, "Dropped:");
		sum = add_entries(d, hist, drops);
		free(hist);
		if (sum < 0)
			return -1;
		if (sum == drops->hits && !lost)
			return 0;
	}
	errno = 0;
	return tr_fail("histogram: %ld hits, %ld in its entries, %ld lost",
		       drops->hits, sum, lost);
}

void tr_droptrace_close(struct tr_droptrace *d)
{
	char path[256], trigger[96];

	if (!d->dir[0])
		return;
	snprintf(path, sizeof(path), "%s/events/skb/kfree_skb/trigger", d->dir);
	snprintf(trigger, sizeof(trigger), "!" TRIGGER,
		 d->by_socket ? SOCKET_KEY : "", d->reason);
	(void)tr_write_file(path, trigger);
	(void)rmdir(d->dir);
	d->dir[0] = '\0';
}
