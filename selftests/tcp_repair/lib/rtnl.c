// SPDX-License-Identifier: GPL-2.0
/* Links, addresses, routes and neighbours, without iproute2. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>

#include "rtnl.h"
#include "util.h"

#define TR_MTU 1500	/* veth's own */

struct request {
	struct nlmsghdr head;
	char body[512];
};

static void *reserve(struct request *req, size_t len)
{
	void *at = (char *)req + NLMSG_ALIGN(req->head.nlmsg_len);

	req->head.nlmsg_len = NLMSG_ALIGN(req->head.nlmsg_len) + len;
	return at;
}

static void *start(struct request *req, int type, int flags, size_t len)
{
	memset(req, 0, sizeof(*req));
	req->head.nlmsg_len = NLMSG_HDRLEN;
	req->head.nlmsg_type = type;
	req->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return reserve(req, len);
}

static struct rtattr *put(struct request *req, int type, const void *data,
			  size_t len)
{
	struct rtattr *attr = reserve(req, RTA_LENGTH(len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return attr;
}

static void end_nest(struct request *req, struct rtattr *nest)
{
	nest->rta_len = (char *)req + NLMSG_ALIGN(req->head.nlmsg_len) -
			(char *)nest;
}

static int put_addr(struct request *req, int type, int family, const char *addr)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	errno = 0;
	if (inet_pton(family, addr, bytes) != 1)
		return tr_fail("not an address: %s", addr);
	put(req, type, bytes, family == AF_INET ? 4 : 16);
	return 0;
}

static int dev_index(const char *dev)
{
	int index = if_nametoindex(dev);

	return index ? index : tr_fail("no device %s", dev);
}

/* Send, and wait for the kernel's verdict. */
static int request(struct request *req)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[1024];
	} answer;
	int fd, ret = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	if (send(fd, req, req->head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (int)NLMSG_LENGTH(sizeof(answer.err)))
		goto out;
	if (answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		goto out;
	}
	errno = -answer.err.error;
	ret = answer.err.error ? -1 : 0;
out:
	close(fd);
	return ret;
}

int tr_veth_add(const struct tr_link_end *here, const struct tr_link_end *there,
		int peer_ns)
{
	struct rtattr *info, *data, *peer;
	struct ifinfomsg *link;
	struct request req;

	start(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));
	put(&req, IFLA_IFNAME, here->name, strlen(here->name) + 1);
	put(&req, IFLA_ADDRESS, here->mac, TR_MAC_LEN);
	info = put(&req, IFLA_LINKINFO, NULL, 0);
	put(&req, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = put(&req, IFLA_INFO_DATA, NULL, 0);
	peer = put(&req, VETH_INFO_PEER, NULL, 0);
	memset(reserve(&req, sizeof(*link)), 0, sizeof(*link));
	put(&req, IFLA_IFNAME, there->name, strlen(there->name) + 1);
	put(&req, IFLA_ADDRESS, there->mac, TR_MAC_LEN);
	put(&req, IFLA_NET_NS_FD, &peer_ns, sizeof(peer_ns));
	end_nest(&req, peer);
	end_nest(&req, data);
	end_nest(&req, info);

	return request(&req) ? tr_fail("add veth %s", here->name) : 0;
}

int tr_link_up(const char *dev)
{
	struct ifinfomsg *link;
	struct request req;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	link = start(&req, RTM_NEWLINK, 0, sizeof(*link));
	link->ifi_index = index;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;

	return request(&req) ? tr_fail("set %s up", dev) : 0;
}

int tr_addr_add(int family, const char *dev, const char *addr, int prefix_len)
{
	struct ifaddrmsg *msg;
	struct request req;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = start(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*msg));
	msg->ifa_family = family;
	msg->ifa_prefixlen = prefix_len;
	msg->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	msg->ifa_index = index;
	if (put_addr(&req, IFA_LOCAL, family, addr) ||
	    put_addr(&req, IFA_ADDRESS, family, addr))
		return -1;

	return request(&req) ? tr_fail("add address %s to %s", addr, dev) : 0;
}

int tr_route_replace(int family, const char *dst, int prefix_len,
		     const char *via, const char *dev)
{
	const __u32 mtu = TR_MTU;
	struct rtattr *metrics;
	struct request req;
	struct rtmsg *msg;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = start(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
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
	put(&req, RTA_OIF, &index, sizeof(index));
	/*
	 * A socket that still has the route of before sees the MTU of the
	 * blackhole device, 68, and cuts what it sends next in pieces of 36 bytes:
	 * unless the route has an MTU of its own (ip_dst_mtu_maybe_forward).
	 */
	metrics = put(&req, RTA_METRICS, NULL, 0);
	put(&req, RTAX_MTU, &mtu, sizeof(mtu));
	end_nest(&req, metrics);

	return request(&req) ? tr_fail("route %s via %s", dst ? dst : "default", via) : 0;
}

int tr_neigh_set(int family, const char *dev, const char *addr,
		 const unsigned char *mac)
{
	struct request req;
	struct ndmsg *msg;
	int index;

	index = dev_index(dev);
	if (index < 0)
		return -1;
	msg = start(&req, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
		    sizeof(*msg));
	msg->ndm_family = family;
	msg->ndm_ifindex = index;
	msg->ndm_state = NUD_PERMANENT;
	if (put_addr(&req, NDA_DST, family, addr))
		return -1;
	put(&req, NDA_LLADDR, mac, TR_MAC_LEN);

	return request(&req) ? tr_fail("neighbour %s on %s", addr, dev) : 0;
}

int tr_offloads_off(const char *dev)
{
	static const __u32 commands[] = {
		ETHTOOL_SGRO, ETHTOOL_STSO, ETHTOOL_SGSO, 0
	};
	struct ethtool_value value = { .data = 0 };
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
