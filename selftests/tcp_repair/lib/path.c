// SPDX-License-Identifier: GPL-2.0
/* Where the peer's packets go, and knowing when they have got there. */
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plan.h"
#include "rtnl.h"
#include "topo.h"
#include "util.h"

static int route_via(struct tr_topo *t, enum tr_ns to, int host)
{
	char via[64];

	tr_link_addr(via, sizeof(via), t->family, to, host);
	return tr_route_replace(t->family, tr_end_addr(t->family, false),
				t->family == AF_INET ? 32 : 128, via,
				tr_peer_dev[to]);
}

int tr_path(struct tr_topo *t, enum tr_ns to)
{
	return route_via(t, to, TR_HOST_OTHER);
}

int tr_hold(struct tr_topo *t, enum tr_ns to)
{
	errno = 0;
	if (TR_HOST_HOLD + t->holds > TR_HOST_HOLD_END)
		return tr_fail("no address left to hold packets at");
	t->held = to;
	if (route_via(t, to, TR_HOST_HOLD + t->holds++))
		return -1;
	return tr_flush(t, to);
}

int tr_release_oldest(struct tr_topo *t)
{
	unsigned char mac[TR_MAC_LEN];
	char addr[64];

	errno = 0;
	if (t->released == t->holds)
		return tr_fail("no packets are held");
	tr_link_addr(addr, sizeof(addr), t->family, t->held,
		     TR_HOST_HOLD + t->released++);
	tr_link_mac(mac, t->held, TR_HOST_OTHER);
	return tr_neigh_set(t->family, tr_peer_dev[t->held], addr, mac);
}

int tr_release(struct tr_topo *t)
{
	int ret;

	do {
		ret = tr_release_oldest(t);
	} while (!ret && t->released < t->holds);
	return ret;
}

static int send_marker(struct tr_topo *t, enum tr_ns to)
{
	__u32 seen, mark = ++t->markers;

	if (send(t->marker_tx[to], &mark, sizeof(mark), 0) != sizeof(mark))
		return tr_fail("send a marker");
	do {
		if (recv(t->marker_rx[to], &seen, sizeof(seen), 0) != sizeof(seen))
			return tr_fail("marker %u did not arrive", mark);
	} while (seen != mark);
	return 0;
}

/*
 * veth hands a packet to the receive queue of the CPU that sends it, and that
 * queue is first in, first out: behind a marker from a CPU nothing older from
 * that CPU is left. To run there at all, any sender in that CPU's softirq must
 * have finished.
 */
int tr_flush(struct tr_topo *t, enum tr_ns to)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	cpu_set_t before, one;
	int ret = 0;

	if (sched_getaffinity(0, sizeof(before), &before))
		return tr_fail("sched_getaffinity");
	for (cpu = 0; !ret && cpu < cpus && cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one)) {
			/* Offline, or not ours: no thread of ours ran there. */
			if (errno != EINVAL)
				ret = tr_fail("sched_setaffinity");
			continue;
		}
		ret = send_marker(t, to);
	}
	if (sched_setaffinity(0, sizeof(before), &before) && !ret)
		ret = tr_fail("sched_setaffinity");
	return ret;
}
