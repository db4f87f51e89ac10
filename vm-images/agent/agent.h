/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest agent: /init of the agent image. It runs the job's tests one
 * after the other, streams what happens to the host and powers off.
 */
#ifndef PATCHPROOF_AGENT_H
#define PATCHPROOF_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGS	1024
#define MAX_ENV		32
/* Its own variables, those that every test has, and the end. */
#define MAX_VARIABLES	(MAX_ENV + 8)

/* What the host takes for the agent's own failure, not the kernel's. */
#define AGENT_FATAL	"patchproof: fatal: "

/* One test program; see job.c for the text form. */
struct test {
	char *argv[MAX_ARGS + 1];
	int argc;
	/* Variables of its own, "NAME=value". */
	char *env[MAX_ENV];
	int envc;
	char *cwd;
	unsigned int timeout_ms;
};

struct job {
	struct test *tests;
	size_t count;
	/* The 9p tag of what becomes the root, or NULL: the image stays it. */
	char *root;
	/* A person sits at the console: the test is for them, not for the host. */
	bool console;
	/* Length of the window without a test that is counted first. */
	unsigned int quiet_ms;
};

/* Drops by reason number, read from a hist trigger. */
struct drops {
	struct drop_count {
		unsigned int reason;
		unsigned long long hits;
	} counts[512];
	size_t used;
	/* Events the histogram had no room for. */
	unsigned long long lost;
};

/* main.c */
uint64_t uptime_ms(void);
void kmsg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* file.c: each returns 0 (or a size) or a negative errno */
int write_file(const char *path, const char *text);
char *read_file(const char *path, size_t *size);

/* job.c */
int job_load(const char *path, struct job *job);

/* events.c: one JSON object a line, each sent by one write */
int events_open(const char *port_name, unsigned int timeout_ms);
void event_hello(void);
void event_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_test_started(size_t test);
void event_output(size_t test, const unsigned char *data, size_t size);
void event_test_finished(size_t test, int status, bool timed_out,
			 const struct drops *drops);
void event_quiet(unsigned int ms, const struct drops *drops);
void event_end(void);

/* drops.c */
int drops_setup(void);
int drops_start(void);
int drops_stop(struct drops *drops);
void drops_teardown(void);
char *drops_next_reason(char **cursor, unsigned long *number);
char *drops_format(void);

/* root.c */
int root_switch(const char *tag, char *why, size_t size);

/* run.c */
void fill_environment(const struct test *test, char *variables[MAX_VARIABLES]);
bool run_test(size_t number, const struct test *test);

/* terminal.c */
int run_on_console(const struct test *test);

#endif
