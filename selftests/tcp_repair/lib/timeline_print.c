// SPDX-License-Identifier: GPL-2.0
/* From the text of a trace to the lines of a timeline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "timeline.h"

/* Of a handover's dozen segments none is merged; a stream has thousands. */
#define MAX_LINES 400
/* Segments this close are merged first, in seconds, then the less close. */
#define FIRST_GAP 0.0001
#define LAST_GAP 0.1

enum who { PEER, SOURCE, TARGET, WHO_COUNT };

enum what { SENT, QUEUED, DROPPED, ACKED, MARK, WHAT_COUNT };

static const char * const who_names[] = { "peer", "source", "target" };
static const char * const what_names[] = { "sent", "queued", "dropped", "acked" };

struct event {
	double at, until;
	int cpu;
	enum who who;
	enum what what;
	__u32 seq, end;
	unsigned long long skb;
	int merged;		/* segments; 0: gone */
	char word[48];		/* the reason of a drop; what is marked */
};

struct reader {
	int port;
	struct event *events;
	int count, room;
	bool based;
	__u32 base, acked;
	unsigned long long source;	/* the socket */
	bool restored;
};

static struct event *add(struct reader *r, const struct event *e)
{
	int room = r->room ? 2 * r->room : 256;
	struct event *grown;

	if (r->count == r->room) {
		grown = realloc(r->events, room * sizeof(*grown));
		if (!grown)
			return NULL;
		r->events = grown;
		r->room = room;
	}
	grown = &r->events[r->count++];
	*grown = *e;
	grown->until = e->at;
	grown->merged = 1;
	return grown;
}

/* The rest of the line, where it is that event's: "comm-pid [cpu] flags seconds: name: ..." */
static const char *event_of(const char *line, const char *name, struct event *e)
{
	const char *at = strstr(line, name), *cpu;

	cpu = at ? memrchr(line, '[', at - line) : NULL;
	if (!cpu || sscanf(cpu, "[%d] %*s %lf", &e->cpu, &e->at) != 2)
		return NULL;
	return at + strlen(name);
}

/* The one that sends and gets before the restore is the source. */
static enum who host(struct reader *r, unsigned long long sk)
{
	if (!r->source && !r->restored)
		r->source = sk;
	return r->source == sk ? SOURCE : TARGET;
}

static void read_segment(struct reader *r, const char *args, struct event *e, bool sent)
{
	unsigned long long sk;
	unsigned int ack;
	int lport, got;

	got = sscanf(args, "(%*[^)]) sk=%llx dport=%*x lport=%d skb=%llx seq=%u end=%u ack=%u",
		     &sk, &lport, &e->skb, &e->seq, &e->end, &ack);
	if (got < (sent ? 6 : 5))
		return;
	e->who = lport == r->port ? PEER : host(r, sk);
	e->what = sent ? SENT : QUEUED;
	if (!r->based) {
		r->based = true;
		r->base = sent && e->who != PEER ? ack : e->seq;
		r->acked = r->base;
	}
	if (sent && e->who != PEER) {
		/* What the host sends is shown by what it acknowledges only. */
		e->what = ACKED;
		e->seq = r->acked;
		e->end = ack;
		if ((__s32)(ack - r->acked) > 0)
			r->acked = ack;
		else
			return;
	}
	/* An empty one counts only if it is dropped for a reason. */
	if (e->seq != e->end || e->what == QUEUED)
		add(r, e);
}

/*
 * A segment is dropped by the function that is given it: it is the latest one of
 * that CPU. An older one in the same place of memory was another packet.
 */
static void read_drop(struct reader *r, const char *args, const struct event *drop)
{
	const char *reason = strstr(args, "reason: ");
	unsigned long long skb;
	struct event *e;
	int i;

	if (!reason || sscanf(args, "skbaddr=%llx", &skb) != 1)
		return;
	for (i = r->count - 1; i >= 0; i--) {
		e = &r->events[i];
		if (e->cpu != drop->cpu || (e->what != QUEUED && e->what != DROPPED))
			continue;
		if (e->skb == skb && e->what == QUEUED &&
		    sscanf(reason, "reason: %47s", e->word) == 1 &&
		    (e->seq != e->end || strcmp(e->word, "NOT_SPECIFIED")))
			e->what = DROPPED;
		return;
	}
}

static void read_line(struct reader *r, const char *line)
{
	struct event e = {};
	const char *args;

	args = event_of(line, ": sent: ", &e);
	if (args) {
		read_segment(r, args, &e, true);
		return;
	}
	args = event_of(line, ": got4: ", &e);
	if (!args)
		args = event_of(line, ": got6: ", &e);
	if (args) {
		read_segment(r, args, &e, false);
		return;
	}
	args = event_of(line, ": kfree_skb: ", &e);
	if (args) {
		read_drop(r, args, &e);
		return;
	}
	args = event_of(line, ": tracing_mark_write: ", &e);
	if (args && sscanf(args, "%47s", e.word) == 1) {
		e.what = MARK;
		r->restored |= !strcmp(e.word, "restored");
		add(r, &e);
	}
}

/* What arrives has been sent, or this kernel's packets look different. */
static bool plausible(const struct reader *r)
{
	const struct event *e, *in, *end = r->events + r->count;
	bool arrived = false;

	for (in = r->events; in < end; in++) {
		if (in->what != QUEUED && in->what != DROPPED)
			continue;
		arrived = true;
		for (e = r->events; e < in; e++) {
			if (e->what == SENT && e->seq == in->seq)
				return true;
		}
	}
	return !arrived;
}

/* Nothing is known after the last event of a CPU that had no more room. */
static void cut(struct reader *r, unsigned long long full)
{
	double until = 0, last[64] = {};
	int i;

	for (i = 0; i < r->count; i++)
		last[r->events[i].cpu % 64] = r->events[i].at;
	for (i = 0; i < 64; i++) {
		if (full >> i & 1 && (!until || last[i] < until))
			until = last[i];
	}
	while (full && r->count && r->events[r->count - 1].at > until)
		r->count--;
}

/* Each to the one that it continues, if there is no mark between. Returns how many are left. */
static int merge(struct reader *r, double gap)
{
	struct event *runs[WHO_COUNT][WHAT_COUNT] = {}, *e, *run;
	int left = 0;

	for (e = r->events; e < r->events + r->count; e++) {
		if (!e->merged || (e->what == QUEUED && e->seq == e->end)) {
			e->merged = 0;
			continue;
		}
		left++;
		if (e->what == MARK) {
			memset(runs, 0, sizeof(runs));
			continue;
		}
		run = runs[e->who][e->what];
		if (run && run->end == e->seq && !strcmp(run->word, e->word) &&
		    e->at - run->until <= gap) {
			run->end = e->end;
			run->until = e->until;
			run->merged += e->merged;
			e->merged = 0;
			left--;
		} else {
			runs[e->who][e->what] = e;
		}
	}
	return left;
}

static void print(const struct reader *r, const struct event *e)
{
	double at = 1000 * (e->at - r->events[0].at);

	printf("# timeline: %.3f ", at);
	if (e->what == MARK) {
		printf("mark %s\n", e->word);
		return;
	}
	printf("%s %s %d+%u", who_names[e->who], what_names[e->what],
	       (int)(e->seq - r->base), e->end - e->seq);
	if (e->what == DROPPED)
		printf(" %s", e->word);
	if (e->merged > 1)
		printf(" until %.3f in %d", 1000 * (e->until - r->events[0].at), e->merged);
	printf("\n");
}

void tr_timeline_print(char *trace, int port, unsigned long long full)
{
	struct reader r = { .port = port };
	int left, lines = 0;
	char *line, *save;
	struct event *e;
	double gap;

	for (line = strtok_r(trace, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(&r, line);
	if (!plausible(&r)) {
		printf("# timeline: none, sequence numbers cannot be read on this kernel\n");
		free(r.events);
		return;
	}
	cut(&r, full);
	left = merge(&r, -1);
	for (gap = FIRST_GAP; left > MAX_LINES && gap <= LAST_GAP; gap *= 2)
		left = merge(&r, gap);
	for (e = r.events; e < r.events + r.count && lines < MAX_LINES; e++) {
		if (!e->merged)
			continue;
		print(&r, e);
		lines++;
	}
	printf("# timeline: end, %d left out%s\n", left - lines,
	       full ? ", and what came after the buffers were full" : "");
	free(r.events);
}
