// SPDX-License-Identifier: GPL-2.0-only
/* The event stream: JSON lines on a virtio-serial port. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "agent.h"

#define PORTS	"/sys/class/virtio-ports"

static int port = -1;
static char line[65536];
static size_t used;

static void add(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static void add(const char *fmt, ...)
{
	size_t room = sizeof(line) - used;
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(line + used, room, fmt, args);
	va_end(args);
	used += size < 0 ? 0 : (size_t)size < room ? (size_t)size : room - 1;
}

/* One character a byte: the host rebuilds the bytes, whatever they are. */
static void add_bytes(const unsigned char *data, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < size && used + 8 < sizeof(line); i++) {
		unsigned char c = data[i];

		if (c == '"' || c == '\\') {
			line[used++] = '\\';
			line[used++] = c;
		} else if (c == '\n') {
			line[used++] = '\\';
			line[used++] = 'n';
		} else if (c < 0x20 || c >= 0x7f) {
			memcpy(line + used, "\\u00", 4);
			line[used + 4] = hex[c >> 4];
			line[used + 5] = hex[c & 15];
			used += 6;
		} else {
			line[used++] = c;
		}
	}
}

static void add_string(const char *text)
{
	add("\"");
	add_bytes((const unsigned char *)text, strlen(text));
	add("\"");
}

static void add_counts(const struct drops *drops)
{
	size_t i;

	if (!drops) {
		add("null");
		return;
	}
	add("{");
	for (i = 0; i < drops->used; i++)
		add("%s\"%u\":%llu", i ? "," : "", drops->counts[i].reason,
		    drops->counts[i].hits);
	add("}");
}

static void begin(const char *type)
{
	used = 0;
	add("{\"type\":\"%s\",\"at\":%llu", type,
	    (unsigned long long)uptime_ms());
}

static void send_line(void)
{
	size_t done = 0;
	ssize_t written;

	add("}\n");
	while (done < used) {
		written = write(port, line + done, used - done);
		if (written < 0 && errno != EINTR) {
			kmsg("patchproof: event port: %s", strerror(errno));
			return;
		}
		if (written > 0)
			done += written;
	}
}

static int open_named_port(const char *wanted)
{
	char path[320], name[64];
	struct dirent *entry;
	int fd = -ENOENT;
	char *text;
	DIR *dir;

	dir = opendir(PORTS);
	if (!dir)
		return -errno;
	snprintf(name, sizeof(name), "%s\n", wanted);
	while (fd == -ENOENT && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name);
		text = read_file(path, NULL);
		if (text && !strcmp(text, name)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd < 0)
				fd = -errno;
		}
		free(text);
	}
	closedir(dir);
	return fd;
}

/*
 * The host names its ports by messages that arrive after /init started; the
 * kernel then sends a uevent (drivers/char/virtio_console.c,
 * handle_control_message), so listen first, look, and wait.
 */
int events_open(const char *port_name, unsigned int timeout_ms)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	uint64_t deadline = uptime_ms() + timeout_ms;
	struct pollfd uevents;
	char ignored[4096];
	uint64_t now;

	uevents.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    NETLINK_KOBJECT_UEVENT);
	if (uevents.fd < 0)
		return -errno;
	uevents.events = POLLIN;
	if (bind(uevents.fd, (struct sockaddr *)&group, sizeof(group)) < 0) {
		close(uevents.fd);
		return -errno;
	}
	while ((port = open_named_port(port_name)) == -ENOENT) {
		now = uptime_ms();
		if (now >= deadline)
			break;
		poll(&uevents, 1, deadline - now);
		while (recv(uevents.fd, ignored, sizeof(ignored), 0) > 0)
			;
	}
	close(uevents.fd);
	return port < 0 ? port : 0;
}

static void add_drop_table(void)
{
	char *format = drops_format();
	char *cursor = format;
	unsigned long number;
	bool first = true;
	char *name;

	add(",\"dropTable\":");
	if (!format) {
		add("null");
		return;
	}
	while ((name = drops_next_reason(&cursor, &number))) {
		add("%s\"%lu\":", first ? "{" : ",", number);
		add_string(name);
		first = false;
	}
	add(first ? "null" : "}");
	free(format);
}

void event_hello(void)
{
	struct utsname host;

	uname(&host);
	begin("hello");
	add(",\"release\":");
	add_string(host.release);
	add(",\"machine\":");
	add_string(host.machine);
	add(",\"cpus\":%ld", sysconf(_SC_NPROCESSORS_ONLN));
	add_drop_table();
	send_line();
}

void event_note(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (port < 0) {
		kmsg("patchproof: %s", text);
		return;
	}
	begin("note");
	add(",\"text\":");
	add_string(text);
	send_line();
}

void event_test_started(size_t test)
{
	begin("test-started");
	add(",\"test\":%zu", test);
	send_line();
}

/* At most 8 KiB at a time fit, all of them escaped. */
void event_output(size_t test, const unsigned char *data, size_t size)
{
	begin("output");
	add(",\"test\":%zu,\"data\":\"", test);
	add_bytes(data, size);
	add("\"");
	send_line();
}

/* A status of -1 stands for a process that even SIGKILL did not end. */
void event_test_finished(size_t test, int status, bool timed_out,
			 const struct drops *drops)
{
	begin("test-finished");
	add(",\"test\":%zu", test);
	if (status >= 0 && WIFEXITED(status))
		add(",\"exitCode\":%d,\"signal\":null", WEXITSTATUS(status));
	else if (status >= 0 && WIFSIGNALED(status))
		add(",\"exitCode\":null,\"signal\":%d", WTERMSIG(status));
	else
		add(",\"exitCode\":null,\"signal\":null");
	add(",\"timedOut\":%s,\"drops\":", timed_out ? "true" : "false");
	add_counts(drops);
	if (drops)
		add(",\"dropsLost\":%llu", drops->lost);
	else
		add(",\"dropsLost\":null");
	send_line();
}

void event_quiet(unsigned int ms, const struct drops *drops)
{
	begin("quiet");
	add(",\"ms\":%u,\"drops\":", ms);
	add_counts(drops);
	send_line();
}

void event_end(void)
{
	begin("end");
	send_line();
}
