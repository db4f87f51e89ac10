// SPDX-License-Identifier: GPL-2.0
/* What a test may change about its links. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

#include "plan.h"
#include "rtnl.h"
#include "topo.h"
#include "util.h"

/* Both devices of each link, each in its namespace. */
static int each_dev(const struct tr_topo *t,
		    int (*change)(const char *dev, const struct tr_netem *netem),
		    const struct tr_netem *netem)
{
	enum tr_ns ns;
	int ret;

	for (ns = TR_SOURCE; ns < TR_NS_COUNT; ns++) {
		ret = change(tr_peer_dev[ns], netem);
		if (ret)
			return ret;
		if (tr_enter(t, ns))
			return -1;
		ret = change(TR_HOST_DEV, netem);
		if (tr_enter(t, TR_PEER))
			return -1;
		if (ret)
			return ret;
	}
	return 0;
}

static int offloads_on(const char *dev, const struct tr_netem *netem)
{
	return tr_offloads_on(dev);
}

int tr_topo_offloads(const struct tr_topo *t)
{
	return each_dev(t, offloads_on, NULL);
}

int tr_topo_netem(const struct tr_topo *t, const struct tr_netem *netem)
{
	return each_dev(t, tr_netem_add, netem);
}

/*
 * A sysfs that shows the caller's network namespace, attached nowhere: it is
 * gone with the descriptor.
 */
static int open_sysfs(void)
{
	int fs, mnt = -1;

	fs = syscall(__NR_fsopen, "sysfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return tr_fail("fsopen(sysfs)");
	if (!syscall(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mnt = syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		tr_fail("mount a sysfs");
	close(fs);
	return mnt;
}

/* All CPUs that there are; the kernel ignores bits beyond. */
static int rps_on(const char *dev, const struct tr_netem *netem)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char path[128], mask[16];
	int sysfs, fd, len, ret;

	sysfs = open_sysfs();
	if (sysfs < 0)
		return -1;
	snprintf(path, sizeof(path), "class/net/%s/queues/rx-0/rps_cpus", dev);
	len = snprintf(mask, sizeof(mask), "%x", cpus < 32 ? (1u << cpus) - 1 : ~0u);
	fd = openat(sysfs, path, O_WRONLY | O_CLOEXEC);
	ret = fd < 0 || write(fd, mask, len) != len ?
	      tr_fail("write %s to %s (CONFIG_RPS)", mask, path) : 0;
	if (fd >= 0)
		close(fd);
	close(sysfs);
	return ret;
}

int tr_topo_rps(const struct tr_topo *t)
{
	return each_dev(t, rps_on, NULL);
}
