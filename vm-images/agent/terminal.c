// SPDX-License-Identifier: GPL-2.0-only
/* A program on the console for a person who sits at it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define ACTIVE	"/sys/class/tty/console/active"

/* The terminal behind /dev/console, which itself can control no session. */
static int open_console(void)
{
	char path[64], *name, *active;
	int fd;

	active = read_file(ACTIVE, NULL);
	if (!active)
		return -1;
	active[strcspn(active, "\n")] = '\0';
	name = strrchr(active, ' ');
	snprintf(path, sizeof(path), "/dev/%s", name ? name + 1 : active);
	free(active);
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd >= 0)
		ioctl(fd, TIOCSCTTY, 0);
	return fd;
}

/* Runs in the child. */
static void become(const struct test *test)
{
	char *variables[MAX_VARIABLES];
	int fd;

	fill_environment(test, variables);
	setsid();
	fd = open_console();
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    chdir(test->cwd) < 0)
		return;
	if (fd > 2)
		close(fd);
	execve(test->argv[0], test->argv, variables);
}

/* Returns when the program has ended: 0, or a negative errno. */
int run_on_console(const struct test *test)
{
	pid_t ended, pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		become(test);
		kmsg("patchproof: %s: %s", test->argv[0], strerror(errno));
		_exit(127);
	}
	/* Its orphans are this process's to wait for as well. */
	do {
		ended = waitpid(-1, NULL, 0);
	} while (ended != pid && (ended > 0 || errno == EINTR));
	return ended == pid ? 0 : -errno;
}
