// SPDX-License-Identifier: GPL-2.0
/* Links, addresses, routes and neighbours, without iproute2. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>

#include "netlink.h"
#include "rtnl.h"
#include "util.h"

#define TR_MTU 1500	/* veth's own */
#define LOCAL_MS 10000	/* for an address to be usable */

static int put_addr(struct tr_nl *req, int type, int family, const char *addr)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	errno = 0;
	if (inet_pton(family, addr, bytes) != 1)
		return tr_fail("not an address: %s", addr);
	tr_nl_put(req, type, bytes, family == AF_INET ? 4 : 16);
	return 0;
}

static int dev_index(const char *dev)
{
	int index = if_nametoindex(dev);

	return index ? index : tr_fail("no device %s", dev);
}

int tr_veth_add(const struct tr_link_end *here, const struct tr_link_end *there,
		int peer_ns)
{
	struct rtattr *info, *data, *peer;
	struct ifinfomsg *link;
	struct tr_nl req;

	tr_nl_start(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));
	tr_nl_put(&req, IFLA_IFNAME, here->name, strlen(here->name) + 1);
	tr_nl_put(&req, IFLA_ADDRESS, here->mac, TR_MAC_LEN);
	info = tr_nl_put(&req, IFLA_LINKINFO, NULL, 0);
	tr_nl_put(&req, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = tr_nl_put(&req, IFLA_INFO_DATA, NULL, 0);
	peer = tr_nl_put(&req, VETH_INFO_PEER, NULL, 0);
	memset(tr_nl_reserve(&req, sizeof(*link)), 0, sizeof(*link));
	tr_nl_put(&req, IFLA_IFNAME, there->name, strlen(there->name) + 1);
	tr_nl_put(&req, IFLA_ADDRESS, there->mac, TR_MAC_LEN);
	tr_nl_put(&req, IFLA_NET_NS_FD, &peer_ns, sizeof(peer_ns));
	tr_nl_end(&req, peer);
	tr_nl_end(&req, data);
	tr_nl_end(&req, info);

	return tr_nl_request(&req) ? tr_fail("add veth %s", here->name) : 0;
}

static int set_link(const char *dev, unsigned int flags, const char *how)
{
	struct ifinfomsg *link;
	struct tr_nl req;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	link = tr_nl_start(&req, RTM_NEWLINK, 0, sizeof(*link));
	link->ifi_index = index;
	link->ifi_flags = flags;
	link->ifi_change = IFF_UP;

	return tr_nl_request(&req) ? tr_fail("set %s %s", dev, how) : 0;
}

int tr_link_up(const char *dev)
{
	return set_link(dev, IFF_UP, "up");
}

int tr_link_down(const char *dev)
{
	return set_link(dev, 0, "down");
}

/* Is there a route that takes packets for this address in? */
static int is_local(int family, const char *addr)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
		char rest[1024];
	} answer;
	struct tr_nl req;
	struct rtmsg *msg;
	int fd, ret = -1;

	msg = tr_nl_start(&req, RTM_GETROUTE, 0, sizeof(*msg));
	req.head.nlmsg_flags &= ~NLM_F_ACK;
	msg->rtm_family = family;
	msg->rtm_dst_len = family == AF_INET ? 32 : 128;
	if (put_addr(&req, RTA_DST, family, addr))
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return tr_fail("netlink socket");
	if (send(fd, &req, req.head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(*msg)))
		tr_fail("look up the route to %s", addr);
	else
		ret = answer.head.nlmsg_type == RTM_NEWROUTE &&
		      answer.route.rtm_type == RTN_LOCAL;
	close(fd);
	return ret;
}

/*
 * IPv6 makes that route in a work of its own (addrconf_dad_work()), also when
 * no duplicates are looked for.
 */
static int wait_local(int family, const char *addr)
{
	struct tr_deadline deadline = tr_deadline(LOCAL_MS);
	int ret;

	do {
		ret = is_local(family, addr);
		if (ret)
			return ret < 0 ? -1 : 0;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("%s does not become local", addr);
}

int tr_addr_add(int family, const char *dev, const char *addr, int prefix_len)
{
	struct ifaddrmsg *msg;
	struct tr_nl req;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = tr_nl_start(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*msg));
	msg->ifa_family = family;
	msg->ifa_prefixlen = prefix_len;
	msg->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	msg->ifa_index = index;
	if (put_addr(&req, IFA_LOCAL, family, addr) ||
	    put_addr(&req, IFA_ADDRESS, family, addr))
		return -1;

	if (tr_nl_request(&req))
		return tr_fail("add address %s to %s", addr, dev);
	return wait_local(family, addr);
}

int tr_route_replace(int family, const char *dst, int prefix_len,
		     const char *via, const char *dev)
{
	const __u32 mtu = TR_MTU;
	struct rtattr *metrics;
	struct tr_nl req;
	struct rtmsg *msg;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = tr_nl_start(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
			  sizeof(*msg));
	msg->rtm_family = family;
	msg->rtm_dst_len = prefix_len;
	msg->rtm_table = RT_TABLE_MAIN;
	msg->rtm_protocol = RTPROT_STATIC;
	msg->rtm_scope = RT_SCOPE_UNIVERSE;
	msg->rtm_type = RTN_UNICAST;
	if (dst && put_addr(&req, RTA_DST, family, dst))
		return -1;
	if (put_addr(&req, RTA_GATEWAY, family, via))
		return -1;
	tr_nl_put(&req, RTA_OIF, &index, sizeof(index));
	/*
	 * A socket that still has the route of before sees the MTU of the
	 * blackhole device, 68, and cuts what it sends next in pieces of 36 bytes:
	 * unless the route has an MTU of its own (ip_dst_mtu_maybe_forward).
	 */
	metrics = tr_nl_put(&req, RTA_METRICS, NULL, 0);
	tr_nl_put(&req, RTAX_MTU, &mtu, sizeof(mtu));
	tr_nl_end(&req, metrics);

	return tr_nl_request(&req) ? tr_fail("route %s via %s", dst ? dst : "default", via) : 0;
}

int tr_neigh_set(int family, const char *dev, const char *addr,
		 const unsigned char *mac)
{
	struct tr_nl req;
	struct ndmsg *msg;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = tr_nl_start(&req, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
			  sizeof(*msg));
	msg->ndm_family = family;
	msg->ndm_ifindex = index;
	msg->ndm_state = NUD_PERMANENT;
	if (put_addr(&req, NDA_DST, family, addr))
		return -1;
	tr_nl_put(&req, NDA_LLADDR, mac, TR_MAC_LEN);

	return tr_nl_request(&req) ? tr_fail("neighbour %s on %s", addr, dev) : 0;
}

static int set_offloads(const char *dev, const __u32 *commands, bool on)
{
	struct ethtool_value value = { .data = on };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	unsigned int i;
	int fd, ret = 0;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail("socket for ethtool");
	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", dev);
	for (i = 0; !ret && commands[i]; i++) {
		value.cmd = commands[i];
		if (ioctl(fd, SIOCETHTOOL, &ifr))
			ret = tr_fail("ethtool command %#x on %s", commands[i], dev);
	}
	close(fd);
	return ret;
}

int tr_offloads_off(const char *dev)
{
	static const __u32 commands[] = {
		ETHTOOL_SGRO, ETHTOOL_STSO, ETHTOOL_SGSO, 0
	};

	return set_offloads(dev, commands, false);
}

int tr_offloads_on(const char *dev)
{
	static const __u32 commands[] = { ETHTOOL_SGSO, ETHTOOL_STSO, 0 };

	return set_offloads(dev, commands, true);
}
