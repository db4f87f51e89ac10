// SPDX-License-Identifier: GPL-2.0
/* The byte pattern, and the oracle that reads it back. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "pattern.h"

#define READ_SIZE 65536
#define SAMPLE_SIZE 16

/* Eight bytes of pattern: the position, mixed until each bit counts. */
static __u64 word(__u64 index)
{
	__u64 x = (index + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	return x ^ (x >> 32);
}

void tr_pattern(void *buf, __u64 pos, size_t len)
{
	unsigned char *out = buf;
	__u64 bits;
	size_t i;

	bits = word(pos / 8) >> (pos % 8 * 8);
	for (i = 0; i < len; i++, bits >>= 8) {
		if (i && (pos + i) % 8 == 0)
			bits = word((pos + i) / 8);
		out[i] = bits;
	}
}

__u64 tr_sum(__u64 sum, const void *buf, size_t len)
{
	const unsigned char *in = buf;

	while (len--)
		sum = (sum ^ *in++) * 0x100000001b3ULL;
	return sum;
}

/* Where in the stream do these bytes belong? */
static bool find(const struct tr_oracle *o, const unsigned char *sample,
		 size_t len, __u64 *place)
{
	static unsigned char window[READ_SIZE];
	__u64 pos;
	size_t i;

	for (pos = 0; pos + len <= o->total; pos += sizeof(window) - len + 1) {
		tr_pattern(window, pos, sizeof(window));
		for (i = 0; i + len <= sizeof(window); i++) {
			if (window[i] == sample[0] &&
			    !memcmp(window + i, sample, len)) {
				*place = pos + i;
				return true;
			}
		}
	}
	return false;
}

static void compare(struct tr_oracle *o, const unsigned char *buf, size_t len)
{
	static unsigned char expected[READ_SIZE];
	__u64 place;
	size_t i, sample;

	tr_pattern(expected, o->got, len);
	if (!memcmp(expected, buf, len))
		return;
	for (i = 0; buf[i] == expected[i]; i++)
		;
	o->wrong = true;
	o->first_wrong = o->got + i;
	sample = len - i < SAMPLE_SIZE ? len - i : SAMPLE_SIZE;
	o->placed = find(o, buf + i, sample, &place);
	if (o->placed)
		o->shift = (__s64)(place - o->first_wrong);
}

void tr_oracle_feed(struct tr_oracle *o, const void *buf, size_t len)
{
	if (!o->got)
		o->sum = TR_SUM_INIT;
	/* Past the first wrong byte only the amount is of interest. */
	if (!o->wrong)
		compare(o, buf, len);
	o->sum = tr_sum(o->sum, buf, len);
	o->got += len;
}

void tr_oracle_read(struct tr_oracle *o, int fd, __u64 until)
{
	static unsigned char buf[READ_SIZE];
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	ssize_t len;
	size_t want;
	int ready;

	while (o->got < until && !o->ended && !o->err) {
		ready = poll(&readable, 1, o->stall_ms);
		if (ready <= 0) {
			o->err = ready ? errno : ETIMEDOUT;
			return;
		}
		want = until - o->got < sizeof(buf) ? until - o->got : sizeof(buf);
		len = recv(fd, buf, want, 0);
		if (len < 0) {
			o->err = errno;
			return;
		}
		if (!len) {
			o->ended = true;
			return;
		}
		tr_oracle_feed(o, buf, len);
	}
}

enum tr_class tr_oracle_class(const struct tr_oracle *o)
{
	if (o->wrong && (!o->placed || !o->shift))
		return TR_ERROR;
	if (o->wrong)
		return o->shift > 0 ? TR_HOLE : TR_DUPLICATE;
	if (o->err == ETIMEDOUT)
		return TR_STALL;
	if (o->err == ECONNRESET || o->err == EPIPE)
		return TR_RESET;
	if (o->err)
		return TR_ERROR;
	if (o->got != o->total)
		return o->got < o->total ? TR_HOLE : TR_DUPLICATE;
	return TR_PASS;
}

enum tr_class tr_oracle_finish(struct tr_oracle *o, int fd)
{
	tr_oracle_read(o, fd, ~0ULL);
	return tr_oracle_class(o);
}

const char *tr_class_name(enum tr_class class)
{
	static const char * const names[TR_CLASS_COUNT] = {
		[TR_PASS] = "pass", [TR_HOLE] = "hole",
		[TR_DUPLICATE] = "duplicate", [TR_STALL] = "stall",
		[TR_RESET] = "reset", [TR_ERROR] = "error",
	};

	return names[class];
}

const char *tr_oracle_text(const struct tr_oracle *o)
{
	static char text[256];
	int len;

	len = snprintf(text, sizeof(text), "%s: %llu of %llu B", tr_class_name(tr_oracle_class(o)),
		       (unsigned long long)o->got, (unsigned long long)o->total);
	if (o->wrong)
		len += snprintf(text + len, sizeof(text) - len,
				", first wrong byte at %llu",
				(unsigned long long)o->first_wrong);
	if (o->placed)
		len += snprintf(text + len, sizeof(text) - len,
				" (belongs at %llu)",
				(unsigned long long)(o->first_wrong + o->shift));
	if (o->err == ETIMEDOUT)
		snprintf(text + len, sizeof(text) - len,
			 ", then nothing for %ld ms", o->stall_ms);
	else if (o->err)
		snprintf(text + len, sizeof(text) - len, ", then %s",
			 strerror(o->err));
	else if (o->ended)
		snprintf(text + len, sizeof(text) - len, ", then the end");
	return text;
}
