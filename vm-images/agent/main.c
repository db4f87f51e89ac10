// SPDX-License-Identifier: GPL-2.0-only
/* /init: sets the guest up, runs the job, powers off. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define PORT_NAME	"patchproof.events"
#define PORT_TIMEOUT_MS	30000
#define JOB_FILE	"/patchproof.job"

uint64_t uptime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* A line on the console, among what the kernel says there: an error, so that it is seen. */
void kmsg(const char *fmt, ...)
{
	static int fd = -1;
	char text[256] = "<3>";
	const size_t head = strlen(text);
	va_list args;
	int size;

	if (fd < 0)
		fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	va_start(args, fmt);
	size = vsnprintf(text + head, sizeof(text) - head - 1, fmt, args);
	va_end(args);
	if (fd < 0 || size < 0)
		return;
	size += head;
	if ((size_t)size > sizeof(text) - 2)
		size = sizeof(text) - 2;
	text[size++] = '\n';
	/* Best effort: there is nowhere to complain. */
	if (write(fd, text, size) < 0)
		return;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *at, *options;
		bool optional;
	} mounts[] = {
		{ "devtmpfs", "/dev", NULL, false },
		{ "proc", "/proc", NULL, false },
		{ "sysfs", "/sys", NULL, false },
		{ "tmpfs", "/tmp", "mode=1777", false },
		{ "tmpfs", "/run", "mode=755", false },
		{ "tracefs", "/sys/kernel/tracing", NULL, true },
	};
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (!mount(mounts[i].type, mounts[i].at, mounts[i].type, 0,
			   mounts[i].options) || mounts[i].optional)
			continue;
		kmsg("patchproof: mount %s: %s", mounts[i].at, strerror(errno));
	}
}

/* Makes the root that the job asks for. Returns whether it is there. */
static bool prepare_root(const struct job *job)
{
	char why[64];
	int error;

	if (!job->root)
		return true;
	error = root_switch(job->root, why, sizeof(why));
	if (error)
		kmsg(AGENT_FATAL "the root: %s: %s", why, strerror(-error));
	return !error;
}

static void bring_lo_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		event_note("lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void count_quiet(unsigned int ms)
{
	struct timespec window = { ms / 1000, ms % 1000 * 1000000L };
	struct drops drops;
	bool counted;

	if (drops_start())
		return;
	nanosleep(&window, NULL);
	counted = drops_stop(&drops) == 0;
	event_quiet(ms, counted ? &drops : NULL);
}

/* False when a test could not be ended: then the guest is not sound, and no end is told. */
static bool run_job(const struct job *job)
{
	bool sound = true;
	size_t i;
	int error;

	if (job->count) {
		error = drops_setup();
		if (error)
			event_note("drops cannot be counted: %s",
				   strerror(-error));
		count_quiet(job->quiet_ms);
	}
	for (i = 0; i < job->count && sound; i++) {
		sound = run_test(i, &job->tests[i]);
		if (!sound)
			event_note("test %zu cannot be ended: the tests after it are left out",
				   i);
	}
	drops_teardown();
	return sound;
}

/* For a person: no stream, no clock, the first test's program on the terminal. */
static void serve_console(const struct job *job)
{
	int error;

	bring_lo_up();
	if (!prepare_root(job))
		return;
	error = run_on_console(&job->tests[0]);
	if (error)
		kmsg(AGENT_FATAL "console: %s", strerror(-error));
}

static void serve_host(const struct job *job)
{
	int error = events_open(PORT_NAME, PORT_TIMEOUT_MS);

	if (error) {
		kmsg(AGENT_FATAL "port " PORT_NAME ": %s", strerror(-error));
		return;
	}
	bring_lo_up();
	event_hello();
	if (prepare_root(job) && run_job(job))
		event_end();
}

int main(void)
{
	struct job job = { .count = 0 };
	int error;

	mount_all();
	error = job_load(JOB_FILE, &job);
	if (error < 0)
		kmsg(AGENT_FATAL JOB_FILE ": %s", strerror(-error));
	else if (error > 0)
		kmsg(AGENT_FATAL JOB_FILE ": line %d is malformed", error);
	else if (job.console && job.count)
		serve_console(&job);
	else
		serve_host(&job);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
