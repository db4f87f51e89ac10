// SPDX-License-Identifier: GPL-2.0
/* The namespaces of a migration, and the path between them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/tcp.h>

#include "plan.h"
#include "rtnl.h"
#include "topo.h"
#include "util.h"

#define MARKER_PORT 9
#define MARKER_WAIT_S 10

static socklen_t end_sockaddr(int family, bool peer, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		inet_pton(family, tr_end_addr(family, peer), &sin->sin_addr);
		return sizeof(*sin);
	}
	inet_pton(family, tr_end_addr(family, peer), &sin6->sin6_addr);
	return sizeof(*sin6);
}

socklen_t tr_migrating_addr(const struct tr_topo *t, struct sockaddr_storage *ss)
{
	return end_sockaddr(t->family, false, ss);
}

socklen_t tr_peer_addr(const struct tr_topo *t, struct sockaddr_storage *ss)
{
	return end_sockaddr(t->family, true, ss);
}

int tr_enter(const struct tr_topo *t, enum tr_ns ns)
{
	return setns(t->ns[ns], CLONE_NEWNET) ? tr_fail("setns") : 0;
}

/* What the host, or the first namespace, may have handed down. */
static void set_sysctls(void)
{
	static const char * const settings[][2] = {
		/* The route back need not be the route forth. */
		{ "ipv4/conf/all/rp_filter", "0" },
		{ "ipv4/conf/default/rp_filter", "0" },
		{ "ipv6/conf/all/disable_ipv6", "0" },
		{ "ipv6/conf/default/disable_ipv6", "0" },
		/* No loss probes: what arrives while frozen is then known. */
		{ "ipv4/tcp_early_retrans", "0" },
		{ "ipv4/tcp_no_metrics_save", "1" },
		/* One send() is one segment, also behind one that is held. */
		{ "ipv4/tcp_autocorking", "0" },
		/* Where it exists (6.15): shorter waits for recovery. */
		{ "ipv4/tcp_rto_max_ms", "2000" },
		{ NULL, NULL }
	};
	char path[128];
	unsigned int i;

	for (i = 0; settings[i][0]; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s", settings[i][0]);
		/* Not there: an older kernel, or no IPv6. */
		(void)tr_write_file(path, settings[i][1]);
	}
}

/* Addresses of one end of one link, and the neighbour at its other end. */
static int setup_end(int family, const char *dev, enum tr_ns ns, int here, int there)
{
	unsigned char mac[TR_MAC_LEN];
	char addr[64];

	tr_link_addr(addr, sizeof(addr), family, ns, here);
	if (tr_addr_add(family, dev, addr, family == AF_INET ? 24 : 64))
		return -1;
	tr_link_addr(addr, sizeof(addr), family, ns, there);
	tr_link_mac(mac, ns, there);
	return tr_neigh_set(family, dev, addr, mac);
}

static int setup_dev(const struct tr_topo *t, const char *dev, enum tr_ns ns,
		     int here, int there)
{
	char path[128];

	/* A held path must keep a whole window of packets. */
	snprintf(path, sizeof(path), "/proc/sys/net/%s/neigh/%s/unres_qlen_bytes",
		 t->family == AF_INET ? "ipv4" : "ipv6", dev);
	/* Older kernels hide it in a user namespace, where no test needs it. */
	if (tr_write_file(path, "67108864") && errno != ENOENT)
		return -1;
	if (tr_offloads_off(dev) || tr_link_up(dev))
		return -1;
	/* The markers are always IPv4. */
	if (setup_end(AF_INET, dev, ns, here, there))
		return -1;
	return t->family == AF_INET ? 0 : setup_end(t->family, dev, ns, here, there);
}

static int marker_socket(enum tr_ns ns, bool receiver)
{
	struct timeval limit = { .tv_sec = MARKER_WAIT_S };
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(MARKER_PORT),
	};
	char addr[64];
	int fd;

	tr_link_addr(addr, sizeof(addr), AF_INET, ns, TR_HOST_OTHER);
	inet_pton(AF_INET, addr, &sin.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail("marker socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    (receiver ? bind : connect)(fd, (void *)&sin, sizeof(sin))) {
		tr_fail("marker %s", receiver ? "bind" : "connect");
		close(fd);
		return -1;
	}
	return fd;
}

static int setup_link(struct tr_topo *t, enum tr_ns ns)
{
	unsigned char mac_peer[TR_MAC_LEN], mac_host[TR_MAC_LEN];
	struct tr_link_end here = { tr_peer_dev[ns], mac_peer };
	struct tr_link_end there = { TR_HOST_DEV, mac_host };
	const char *own = tr_end_addr(t->family, false);
	char addr[64];

	tr_link_mac(mac_peer, ns, TR_HOST_PEER);
	tr_link_mac(mac_host, ns, TR_HOST_OTHER);
	if (tr_enter(t, TR_PEER) || tr_veth_add(&here, &there, t->ns[ns]) ||
	    setup_dev(t, tr_peer_dev[ns], ns, TR_HOST_PEER, TR_HOST_OTHER))
		return -1;

	tr_link_addr(addr, sizeof(addr), t->family, ns, TR_HOST_PEER);
	if (tr_enter(t, ns) ||
	    setup_dev(t, TR_HOST_DEV, ns, TR_HOST_OTHER, TR_HOST_PEER) ||
	    tr_addr_add(t->family, "lo", own, t->family == AF_INET ? 32 : 128) ||
	    tr_route_replace(t->family, NULL, 0, addr, TR_HOST_DEV))
		return -1;
	t->marker_rx[ns] = marker_socket(ns, true);
	if (t->marker_rx[ns] < 0 || tr_enter(t, TR_PEER))
		return -1;
	t->marker_tx[ns] = marker_socket(ns, false);
	return t->marker_tx[ns] < 0 ? -1 : 0;
}

/* 1 and a reason when this kernel or this user cannot do it. */
static int new_namespace(int *ns)
{
	if (unshare(CLONE_NEWNET)) {
		if (errno == EPERM)
			tr_fail("needs CAP_SYS_ADMIN for network namespaces");
		else
			tr_fail("network namespace (CONFIG_NET_NS)");
		return errno == EPERM || errno == EINVAL ? 1 : -1;
	}
	*ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*ns < 0)
		return tr_fail("open /proc/self/ns/net");
	set_sysctls();
	return tr_link_up("lo");
}

static int check_repair(int family)
{
	int fd, on = 1, ret = 0;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		tr_fail("no IPv%d sockets", family == AF_INET ? 4 : 6);
		return errno == EAFNOSUPPORT ? 1 : -1;
	}
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on))) {
		tr_fail("setsockopt(TCP_REPAIR)%s",
			errno == EPERM ? ", needs CAP_NET_ADMIN" : "");
		ret = errno == EPERM || errno == ENOPROTOOPT ? 1 : -1;
	}
	close(fd);
	return ret;
}

int tr_topo_open(struct tr_topo *t, int family)
{
	enum tr_ns ns;
	int ret;

	memset(t, -1, sizeof(*t));
	t->family = family;
	t->markers = 0;
	t->holds = 0;
	t->released = 0;

	t->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (t->home < 0) {
		tr_fail("open /proc/self/ns/net (CONFIG_NET_NS, /proc)");
		return 1;
	}
	for (ns = TR_PEER; ns < TR_NS_COUNT; ns++) {
		ret = new_namespace(&t->ns[ns]);
		if (ret)
			return ret;
	}
	ret = check_repair(family);
	if (ret)
		return ret;
	for (ns = TR_SOURCE; ns < TR_NS_COUNT; ns++) {
		if (!setup_link(t, ns))
			continue;
		/* rtnetlink's answer to a kind of link it does not know */
		return errno == EOPNOTSUPP ? 1 : -1;
	}
	if (tr_addr_add(family, "lo", tr_end_addr(family, true),
			family == AF_INET ? 32 : 128))
		return -1;
	return tr_path(t, TR_SOURCE);
}

void tr_topo_close(struct tr_topo *t)
{
	enum tr_ns ns;

	if (t->home < 0)
		return;
	for (ns = TR_PEER; ns < TR_NS_COUNT; ns++) {
		close(t->marker_tx[ns]);
		close(t->marker_rx[ns]);
		close(t->ns[ns]);
	}
	(void)setns(t->home, CLONE_NEWNET);
	close(t->home);
	t->home = -1;
}
