// SPDX-License-Identifier: GPL-2.0
/* Instances of tracefs that are gone with the process that made them. */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefs.h"
#include "util.h"

#define OWN_PREFIX "tcp_repair."

/*
 * Instances of a process that was killed before it could remove them. They
 * carry their owner's pid.
 */
static void sweep(void)
{
	struct dirent *entry;
	char path[512];
	DIR *dir;
	long pid;

	dir = opendir(TR_INSTANCES);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, OWN_PREFIX, strlen(OWN_PREFIX)))
			continue;
		pid = strtol(entry->d_name + strlen(OWN_PREFIX), NULL, 10);
		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), TR_INSTANCES "/%s", entry->d_name);
		(void)rmdir(path);
	}
	closedir(dir);
}

int tr_tracefs_find(void)
{
	if (access(TR_INSTANCES, W_OK)) {
		if (unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tracefs", TR_TRACEFS, "tracefs", 0, NULL))
			return tr_fail("mount tracefs on " TR_TRACEFS);
		if (access(TR_INSTANCES, W_OK))
			return tr_fail("no " TR_INSTANCES);
	}
	sweep();
	return 0;
}

/*
 * The harness's own process gets here after its last test, whose instance is
 * still there if that test ran into its time limit. Tests leave by _exit().
 */
__attribute__((destructor)) static void sweep_at_exit(void)
{
	(void)tr_tracefs_find();
}

int tr_tracefs_instance(char *dir, size_t size, const char *what)
{
	snprintf(dir, size, TR_INSTANCES "/" OWN_PREFIX "%d.%s", getpid(), what);
	if (!mkdir(dir, 0700))
		return 0;
	tr_fail("mkdir %s", dir);
	dir[0] = '\0';
	return -1;
}
