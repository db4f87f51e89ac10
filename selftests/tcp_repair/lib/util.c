// SPDX-License-Identifier: GPL-2.0
/* Error text, deadlines and small files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

static char error_text[512] = "no error";

int tr_fail(const char *fmt, ...)
{
	int err = errno;
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(error_text, sizeof(error_text), fmt, args);
	va_end(args);

	len = strlen(error_text);
	if (err)
		snprintf(error_text + len, sizeof(error_text) - len, ": %s",
			 strerror(err));
	errno = err;
	return -1;
}

const char *tr_error(void)
{
	return error_text;
}

long tr_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000L;
}

long tr_now(void)
{
	return tr_now_us() / 1000;
}

struct tr_deadline tr_deadline(long ms)
{
	return (struct tr_deadline){ .end = tr_now() + ms };
}

bool tr_tick(const struct tr_deadline *deadline)
{
	struct timespec tick = { .tv_nsec = 1000000 };

	if (tr_now() >= deadline->end)
		return false;
	nanosleep(&tick, NULL);
	return true;
}

int tr_write_file(const char *path, const char *text)
{
	ssize_t len = strlen(text);
	ssize_t written;
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return tr_fail("open %s", path);
	/* One write: tracefs takes each as a command of its own. */
	written = write(fd, text, len);
	if (written != len) {
		tr_fail("write '%s' to %s", text, path);
		close(fd);
		return -1;
	}
	if (close(fd))
		return tr_fail("close %s after '%s'", path, text);
	return 0;
}

char *tr_read_file(const char *path)
{
	size_t size = 65536, used = 0;
	char *text, *more;
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		tr_fail("open %s", path);
		return NULL;
	}
	text = malloc(size);
	while (text) {
		len = read(fd, text + used, size - used - 1);
		if (len <= 0)
			break;
		used += len;
		if (used < size - 1)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (text && len < 0) {
		tr_fail("read %s", path);
		free(text);
		text = NULL;
	}
	if (text)
		text[used] = '\0';
	close(fd);
	return text;
}
