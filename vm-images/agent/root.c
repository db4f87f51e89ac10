// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the host as /: its own root or a folder that is one, shared by 9p
 * and only read, below a layer in memory that takes what the tests write.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

#define NEW	"/newroot"

static int fail(char *why, size_t size, const char *what)
{
	int error = errno;

	snprintf(why, size, "%s", what);
	return -error;
}

/* Mounts of the image that go along, and where they go. */
static const char *const kept[][2] = {
	{ "/dev", NEW "/dev" },
	{ "/proc", NEW "/proc" },
	{ "/sys", NEW "/sys" },
	{ "/tmp", NEW "/tmp" },
	{ "/run", NEW "/run" },
};

/* What a distribution's own init provides and scripts rely on. */
static void complete(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "fd/0", "/dev/stdin" },
		{ "fd/1", "/dev/stdout" },
		{ "fd/2", "/dev/stderr" },
	};
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			event_note("%s: cannot be made", links[i][1]);
	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 0755);
	/* Not every kernel has them, and not every test wants them. */
	mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666");
	mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL);
}

/*
 * Makes the export called @tag the root. The new root is moved over the old
 * one, as switch_root does: in a mere chroot no user namespace can be made.
 * Returns 0 or a negative errno, with what failed in @why.
 */
int root_switch(const char *tag, char *why, size_t size)
{
	size_t i;

	mkdir("/lower", 0755);
	mkdir("/layer", 0755);
	mkdir(NEW, 0755);
	if (mount(tag, "/lower", "9p", MS_RDONLY,
		  "version=9p2000.L,trans=virtio,access=any,msize=524288,cache=loose"))
		return fail(why, size, "mount the shared root");
	if (mount("tmpfs", "/layer", "tmpfs", 0, "mode=755"))
		return fail(why, size, "mount the layer in memory");
	mkdir("/layer/upper", 0755);
	mkdir("/layer/work", 0755);
	if (mount("overlay", NEW, "overlay", 0,
		  "lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work"))
		return fail(why, size, "mount the overlay");
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (mkdir(kept[i][1], 0755) < 0 && errno != EEXIST)
			return fail(why, size, kept[i][1]);
		if (mount(kept[i][0], kept[i][1], NULL, MS_MOVE, NULL))
			return fail(why, size, kept[i][0]);
	}
	if (mkdir(NEW "/selftests", 0755) < 0 && errno != EEXIST)
		return fail(why, size, NEW "/selftests");
	if (mount("/selftests", NEW "/selftests", NULL, MS_BIND, NULL))
		return fail(why, size, "bind the tests");
	if (chdir(NEW) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		return fail(why, size, "move to the new root");
	complete();
	return 0;
}
