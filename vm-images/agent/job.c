// SPDX-License-Identifier: GPL-2.0-only
/*
 * The job, one "key value" a line, written by the host:
 *
 *	patchproof-job 1
 *	quiet_ms 200
 *	root /dev/root		only where a shared folder is to be the root
 *	console			only for a person at a terminal
 *	timeout_ms 60000	what follows up to "run" describes one test
 *	cwd /tests/tcp_repair
 *	env TCP_REPAIR_BLOCK=nft-first
 *	arg /tests/tcp_repair/frozen
 *	arg -v
 *	run
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

static int parse_ms(const char *value, unsigned int *ms)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || end == value || *end || number > 86400000)
		return -EINVAL;
	*ms = number;
	return 0;
}

static int add_test(struct job *job, struct test *test)
{
	struct test *grown;

	if (!test->argc || !test->cwd || !test->timeout_ms)
		return -EINVAL;
	grown = realloc(job->tests, (job->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	job->tests = grown;
	job->tests[job->count++] = *test;
	memset(test, 0, sizeof(*test));
	return 0;
}

static int parse_line(struct job *job, struct test *test, char *line)
{
	char *value = strchr(line, ' ');

	if (value)
		*value++ = '\0';
	if (!strcmp(line, "run") && !value)
		return add_test(job, test);
	if (!strcmp(line, "console") && !value) {
		job->console = true;
		return 0;
	}
	if (!value)
		return -EINVAL;
	if (!strcmp(line, "quiet_ms"))
		return parse_ms(value, &job->quiet_ms);
	if (!strcmp(line, "root") && *value) {
		job->root = value;
		return 0;
	}
	if (!strcmp(line, "timeout_ms"))
		return parse_ms(value, &test->timeout_ms);
	if (!strcmp(line, "cwd")) {
		test->cwd = value;
		return 0;
	}
	if (!strcmp(line, "env") && test->envc < MAX_ENV &&
	    strchr(value, '=') && *value != '=') {
		test->env[test->envc++] = value;
		return 0;
	}
	if (!strcmp(line, "arg") && test->argc < MAX_ARGS) {
		test->argv[test->argc++] = value;
		return 0;
	}
	return -EINVAL;
}

/*
 * Nothing runs unless the whole file is understood. Returns 0, the number of
 * the bad line, or a negative errno.
 */
int job_load(const char *path, struct job *job)
{
	struct test test = { .argc = 0 };
	char *text, *line, *next;
	int number = 0;

	text = read_file(path, NULL);
	if (!text)
		return -errno;
	for (line = text; *line; line = next) {
		next = strchr(line, '\n');
		number++;
		if (!next)
			return number;
		*next++ = '\0';
		if (number == 1) {
			if (strcmp(line, "patchproof-job 1"))
				return number;
		} else if (parse_line(job, &test, line)) {
			return number;
		}
	}
	return number == 0 || test.argc || test.envc ? number + 1 : 0;
}
