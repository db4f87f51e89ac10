// SPDX-License-Identifier: GPL-2.0
/* Repair mode as others see it: without a capability, or with one elsewhere. */
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repair.h"
#include "util.h"
#include "visit.h"

#define NOBODY 65534

int tr_enter_userns(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %d 1", geteuid());
	snprintf(gids, sizeof(gids), "0 %d 1", getegid());
	if (unshare(CLONE_NEWUSER))
		return tr_fail("user namespace (CONFIG_USER_NS)");
	if (tr_write_file("/proc/self/setgroups", "deny") ||
	    tr_write_file("/proc/self/uid_map", uids))
		return -1;
	return tr_write_file("/proc/self/gid_map", gids);
}

static int leave_root(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return tr_fail("become an ordinary user");
	return 0;
}

int tr_set_repair(int fd, int value)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &value, sizeof(value)) ? errno : 0;
}

/* Everything that a dump reads. */
static int read_all(struct tr_visit *v)
{
	struct tr_dump d;

	errno = 0;
	if (tr_dump_state(v->fd, &d) || tr_dump_queues(v->fd, &d) ||
	    tr_dump_seqs(v->fd, &d))
		return errno ? errno : EIO;
	v->seq = d.recv.seq;
	v->len = d.recv.len;
	memcpy(v->bytes, d.recv.data, d.recv.len < (int)sizeof(v->bytes) ?
					      d.recv.len : (int)sizeof(v->bytes));
	tr_dump_free(&d);
	return 0;
}

void tr_as_user(struct tr_visit *v)
{
	v->cannot = leave_root();
	if (v->cannot)
		return;
	v->on = tr_set_repair(v->fd, TCP_REPAIR_ON);
	v->off = tr_set_repair(v->fd, TCP_REPAIR_OFF_NO_WP);
	v->read = read_all(v);
}

void tr_as_other_root(struct tr_visit *v)
{
	int own;

	v->cannot = tr_enter_userns();
	if (v->cannot)
		return;
	v->on = tr_set_repair(v->fd, TCP_REPAIR_ON);
	if (unshare(CLONE_NEWNET)) {
		v->cannot = tr_fail("network namespace");
		return;
	}
	own = socket(AF_INET, SOCK_STREAM, 0);
	v->own = own < 0 ? errno : tr_set_repair(own, TCP_REPAIR_ON);
}

static int run(struct tr_visit *shared, void (*who)(struct tr_visit *v))
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		return tr_fail("fork");
	if (!pid) {
		who(shared);
		snprintf(shared->why, sizeof(shared->why), "%s", tr_error());
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return tr_fail("waitpid");
	errno = 0;
	return status ? tr_fail("a visitor ends with status %#x", status) : 0;
}

int tr_visit(struct tr_visit *v, int fd, void (*who)(struct tr_visit *v))
{
	struct tr_visit *shared;
	int ret;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return tr_fail("mmap for a visitor");
	shared->fd = fd;
	ret = run(shared, who);
	*v = *shared;
	munmap(shared, sizeof(*shared));
	return ret;
}
