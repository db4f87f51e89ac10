/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_UTIL_H
#define TCP_REPAIR_UTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "../../../kselftest.h"

/*
 * Convention of this library: 0 is success; -1 is failure, and tr_error() then
 * tells what failed. Library code never prints and never ends a test: asserting
 * is the business of the test.
 */

#ifndef __printf	/* kselftest.h has it since 6.7: checked there, then */
#define __printf(fmt, args)
#endif

/* Remember what failed; a non-zero errno is added as text. Returns -1. */
int tr_fail(const char *fmt, ...) __printf(1, 2);
const char *tr_error(void);

/* Assert that a library call works; say what failed if it does not. */
#define TR_OK(call) do {			\
	int tr_ret = (call);			\
	ASSERT_EQ(0, tr_ret)			\
		TH_LOG("%s", tr_error());	\
} while (0)

/* The same for one that returns a file descriptor or a count. */
#define TR_GET(value, call) do {		\
	int tr_got = (call);			\
	ASSERT_LE(0, tr_got)			\
		TH_LOG("%s", tr_error());	\
	(value) = tr_got;			\
} while (0)

/* Milliseconds, and microseconds, on the monotonic clock. */
long tr_now(void);
long tr_now_us(void);

struct tr_deadline {
	long end;
};

struct tr_deadline tr_deadline(long ms);

/*
 * For counters that no poll(2) reports: false once the deadline has passed,
 * else true after a millisecond. while (!there_yet && tr_tick(&deadline)) ...
 */
bool tr_tick(const struct tr_deadline *deadline);

int tr_write_file(const char *path, const char *text);
/* The whole of a small file, as a string to free(); NULL on failure. */
char *tr_read_file(const char *path);

#endif
