/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_PATTERN_H
#define TCP_REPAIR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/*
 * A byte stream whose every byte depends on its position, so that a hole, a
 * duplicate and a reordering each look different to the reader.
 */
void tr_pattern(void *buf, __u64 pos, size_t len);

/* Running checksum (FNV-1a); start with TR_SUM_INIT. */
#define TR_SUM_INIT 0xcbf29ce484222325ULL
__u64 tr_sum(__u64 sum, const void *buf, size_t len);

enum tr_class {
	TR_PASS,	/* every byte, in order, then the end */
	TR_HOLE,	/* bytes are missing, later ones follow (or the end) */
	TR_DUPLICATE,	/* bytes come again */
	TR_STALL,	/* nothing more comes, and no end */
	TR_RESET,	/* the connection was reset */
	TR_ERROR,	/* another error, or bytes from nowhere in the stream */
	TR_CLASS_COUNT,
};

const char *tr_class_name(enum tr_class class);

/* What a reader of the stream found. Set total and stall_ms, zero the rest. */
struct tr_oracle {
	__u64 total;		/* bytes that were sent in all */
	long stall_ms;		/* no byte for so long is a stall */

	__u64 got;
	__u64 sum;
	bool wrong;
	__u64 first_wrong;	/* offset of the first wrong byte */
	__s64 shift;		/* how far ahead (behind) its true place is */
	bool placed;		/* that place was found */
	bool ended;		/* end of file */
	int err;		/* errno of a failed read, ETIMEDOUT for a stall */
};

/* The next bytes of the stream, for who reads it himself: 1 to 65536 of them. */
void tr_oracle_feed(struct tr_oracle *o, const void *buf, size_t len);
/* The class, once o->ended or o->err says why no more is to come. */
enum tr_class tr_oracle_class(const struct tr_oracle *o);

/* Read until at least `until` bytes have come in all, or nothing more comes. */
void tr_oracle_read(struct tr_oracle *o, int fd, __u64 until);
/* Read to the end of file, a stall or an error. */
enum tr_class tr_oracle_finish(struct tr_oracle *o, int fd);
/* The finding, in words. */
const char *tr_oracle_text(const struct tr_oracle *o);

#endif
