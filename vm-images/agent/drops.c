// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exact drop counts: a hist trigger on skb:kfree_skb in an instance of our
 * own counts in the kernel, with no ring buffer that could overrun.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

#define TRACEFS		"/sys/kernel/tracing"
#define INSTANCE	TRACEFS "/instances/patchproof"
#define EVENT		"/events/skb/kfree_skb/"
#define TRIGGER		INSTANCE EVENT "trigger"
/*
 * A key that two contexts insert at once can be lost: while one of them has
 * claimed its slot and not yet filled it, the other gives up after a bounded
 * number of tries (kernel/trace/tracing_map.c, __tracing_map_insert). A vCPU
 * that its host stops just there makes that real. So each CPU counts for
 * itself, and on it softirq, hardirq and task, which common_flags tells apart.
 */
#define HIST		"hist:keys=reason,common_cpu,common_flags:size=4096"
#define PREFIX		"SKB_DROP_REASON_"

static bool ready;

int drops_setup(void)
{
	if (mkdir(INSTANCE, 0700) < 0)
		return -errno;
	ready = access(TRIGGER, W_OK) == 0;
	return ready ? 0 : -errno;
}

int drops_start(void)
{
	return ready ? write_file(TRIGGER, HIST) : -ENODEV;
}

static int add(struct drops *drops, unsigned int reason, unsigned long long hits)
{
	size_t i;

	for (i = 0; i < drops->used; i++) {
		if (drops->counts[i].reason == reason)
			break;
	}
	if (i == sizeof(drops->counts) / sizeof(drops->counts[0]))
		return -ENOSPC;
	if (i == drops->used) {
		drops->counts[i].reason = reason;
		drops->counts[i].hits = 0;
		drops->used++;
	}
	drops->counts[i].hits += hits;
	return 0;
}

static int parse_hist(char *text, struct drops *drops)
{
	unsigned long long hits = 0, entries = 0, lines = 0, sum = 0, count;
	bool totals = false;
	char *line, *save;
	unsigned int reason;

	memset(drops, 0, sizeof(*drops));
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line,
			   "{ reason: %u, common_cpu: %*u, common_flags: %*u } hitcount: %llu",
			   &reason, &count) == 2) {
			if (add(drops, reason, count))
				return -ENOSPC;
			lines++;
			sum += count;
		} else if (sscanf(line, " Hits: %llu", &hits) == 1 ||
			   sscanf(line, " Entries: %llu", &entries) == 1) {
			continue;
		} else if (sscanf(line, " Dropped: %llu", &drops->lost) == 1) {
			totals = true;
		}
	}
	/* An exact count adds up; anything else is no count. */
	if (!totals || entries != lines || sum != hits)
		return -EPROTO;
	return 0;
}

static int read_hist(struct drops *drops)
{
	char *text = read_file(INSTANCE EVENT "hist", NULL);
	int error = text ? parse_hist(text, drops) : -errno;

	free(text);
	return error;
}

/*
 * Paused first, so that the list and its totals belong together. An event that
 * another CPU was just counting may still be half done in a first reading.
 */
int drops_stop(struct drops *drops)
{
	int error, removed, tries = 3;

	error = write_file(TRIGGER, HIST ":pause");
	if (!error) {
		do {
			error = read_hist(drops);
		} while (error == -EPROTO && --tries);
	}
	removed = write_file(TRIGGER, "!" HIST);
	return error ? error : removed;
}

void drops_teardown(void)
{
	ready = false;
	if (rmdir(INSTANCE) < 0 && errno != ENOENT)
		event_note("tracefs instance not removed: %s", strerror(errno));
}

char *drops_format(void)
{
	return read_file(TRACEFS EVENT "format", NULL);
}

/*
 * Walks the { number, "NAME" } pairs of __print_symbolic in the event's print
 * format (include/trace/events/skb.h). Terminates each name in place.
 */
char *drops_next_reason(char **cursor, unsigned long *number)
{
	char *at = *cursor, *name, *end;

	while ((at = strchr(at, '{'))) {
		at++;
		*number = strtoul(at, &end, 0);
		name = end + strspn(end, ", ");
		if (end == at || *name != '"')
			continue;
		end = strchr(++name, '"');
		if (!end)
			break;
		*end = '\0';
		*cursor = end + 1;
		if (!strncmp(name, PREFIX, strlen(PREFIX)))
			name += strlen(PREFIX);
		return name;
	}
	return NULL;
}
