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
#define HIST		"hist:keys=reason:size=512"
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

static int parse_hist(char *text, struct drops *drops)
{
	unsigned long long hits = 0, entries = 0, sum = 0, count;
	bool totals = false;
	char *line, *save;
	unsigned int reason;

	memset(drops, 0, sizeof(*drops));
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "{ reason: %u } hitcount: %llu", &reason,
			   &count) == 2) {
			if (drops->used ==
			    sizeof(drops->counts) / sizeof(drops->counts[0]))
				return -ENOSPC;
			drops->counts[drops->used].reason = reason;
			drops->counts[drops->used++].hits = count;
			sum += count;
		} else if (sscanf(line, " Hits: %llu", &hits) == 1 ||
			   sscanf(line, " Entries: %llu", &entries) == 1) {
			continue;
		} else if (sscanf(line, " Dropped: %llu", &drops->lost) == 1) {
			totals = true;
		}
	}
	/* An exact count adds up; anything else is no count. */
	if (!totals || entries != drops->used || sum != hits)
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
