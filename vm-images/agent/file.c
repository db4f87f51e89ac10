// SPDX-License-Identifier: GPL-2.0-only
/* Whole small files of proc, sysfs and tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

/*
 * One write(): tracefs takes each write as a complete command. What was wrong
 * with it may show at close only.
 */
int write_file(const char *path, const char *text)
{
	size_t size = strlen(text);
	ssize_t written;
	int error = 0;
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	written = write(fd, text, size);
	if (written < 0)
		error = -errno;
	else if ((size_t)written != size)
		error = -EIO;
	if (close(fd) < 0 && !error)
		error = -errno;
	return error;
}

/* Returns an allocated, terminated copy, or NULL with errno set. */
char *read_file(const char *path, size_t *size)
{
	size_t room = 16384, used = 0;
	char *text, *grown;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = malloc(room);
	while (text) {
		got = read(fd, text + used, room - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(text);
			text = NULL;
			break;
		}
		if (got == 0)
			break;
		used += got;
		if (room - used > 1)
			continue;
		room *= 2;
		grown = realloc(text, room);
		if (!grown)
			free(text);
		text = grown;
	}
	close(fd);
	if (!text)
		return NULL;
	text[used] = '\0';
	if (size)
		*size = used;
	return text;
}
