// SPDX-License-Identifier: GPL-2.0-only
/* One test program: started, read, timed, ended, and everything it left. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define TERM_GRACE_MS	2000
#define KILL_GRACE_MS	5000
#define MAX_OUTPUT	(8U << 20)

/* What every test has; a test's own variables come first, and the first one counts. */
static char *const environment[] = {
	"HOME=/root",
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C",
	"KSFT_TIMELINE=1",
	NULL,
};

_Static_assert(MAX_ENV + sizeof(environment) / sizeof(*environment) <=
	       MAX_VARIABLES, "no room for the variables");

void fill_environment(const struct test *test, char *variables[MAX_VARIABLES])
{
	memcpy(variables, test->env, test->envc * sizeof(*variables));
	memcpy(variables + test->envc, environment, sizeof(environment));
}

/* Its own session and group; a failed exec is told by the return value. */
static int start(const struct test *test, int output, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	char *variables[MAX_VARIABLES];
	posix_spawnattr_t attributes;
	int error;

	fill_environment(test, variables);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, 1);
	posix_spawn_file_actions_adddup2(&files, output, 2);
	posix_spawn_file_actions_addchdir_np(&files, test->cwd);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	error = posix_spawn(pid, test->argv[0], &files, &attributes,
			    test->argv, variables);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/*
 * Hands on one read's worth, so that a flood cannot outrun the clock. Returns
 * false at the end of file.
 */
static bool forward(size_t number, int input)
{
	static size_t current = SIZE_MAX, left;
	unsigned char data[8192];
	ssize_t size;

	if (current != number) {
		current = number;
		left = MAX_OUTPUT;
	}
	size = read(input, data, sizeof(data));
	if (size <= 0)
		return size < 0 && (errno == EAGAIN || errno == EINTR);
	if ((size_t)size < left) {
		event_output(number, data, size);
		left -= size;
	} else if (left) {
		event_output(number, data, left);
		event_note("test %zu: output after the first %u bytes is dropped",
			   number, MAX_OUTPUT);
		left = 0;
	}
	return true;
}

/*
 * Forwards output until the process ends (true) or the time is up (false).
 * Output closed early does not end the test: its process does.
 */
static bool follow(size_t number, int *input, int process, unsigned int ms)
{
	uint64_t now, deadline = uptime_ms() + ms;
	struct pollfd ends[2] = {
		{ .fd = process, .events = POLLIN },
		{ .fd = *input, .events = POLLIN },
	};

	while ((now = uptime_ms()) < deadline) {
		if (poll(ends, 2, deadline - now) < 0)
			continue;
		if (ends[1].revents && !forward(number, *input)) {
			close(*input);
			*input = ends[1].fd = -1;
		}
		if (ends[0].revents)
			return true;
	}
	return false;
}

/* The wait status, or -1 when the process cannot be ended. */
static int supervise(size_t number, const struct test *test, pid_t pid,
		     int *input, bool *timed_out)
{
	struct pollfd rest = { .events = POLLIN };
	int process = syscall(SYS_pidfd_open, pid, 0);
	int status = -1;
	bool ended;

	ended = follow(number, input, process, test->timeout_ms);
	if (!ended) {
		*timed_out = true;
		kmsg("patchproof: test %zu timeout after %u ms", number,
		     test->timeout_ms);
		kill(-pid, SIGTERM);
		ended = follow(number, input, process, TERM_GRACE_MS);
	}
	/* From pid 1 this reaches every process, whatever session it moved to. */
	kill(-1, SIGKILL);
	if (!ended)
		ended = follow(number, input, process, KILL_GRACE_MS);
	close(process);
	if (ended && waitpid(pid, &status, 0) != pid)
		status = -1;
	/* The last writers are dying now; their end closes the pipe. */
	rest.fd = *input;
	while (*input >= 0 && poll(&rest, 1, 1000) > 0 &&
	       forward(number, *input))
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return status;
}

/* Returns false when the guest is in no state to run another test. */
bool run_test(size_t number, const struct test *test)
{
	bool timed_out = false, counted;
	struct drops drops;
	int ends[2], error, status;
	pid_t pid;

	kmsg("patchproof: test %zu start", number);
	event_test_started(number);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		event_note("pipe: %s", strerror(errno));
		return false;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	counted = drops_start() == 0;
	error = start(test, ends[1], &pid);
	close(ends[1]);
	if (error) {
		event_note("%s: %s", test->argv[0], strerror(error));
		status = (error == ENOENT ? 127 : 126) << 8;
	} else {
		status = supervise(number, test, pid, &ends[0], &timed_out);
	}
	if (ends[0] >= 0)
		close(ends[0]);
	if (counted) {
		error = drops_stop(&drops);
		if (error) {
			event_note("drops of test %zu not counted: %s", number,
				   strerror(-error));
			counted = false;
		}
	}
	kmsg("patchproof: test %zu end", number);
	event_test_finished(number, status, timed_out, counted ? &drops : NULL);
	return status >= 0;
}
