// SPDX-License-Identifier: GPL-2.0
/* Copy packets from one link to another, through packet sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>

#include "mirror.h"
#include "plan.h"
#include "rtnl.h"
#include "sock.h"
#include "util.h"

/*
 * A packet on its way out has its checksum to be filled in later: the header in
 * front says so to whoever sends the copy. No member is padded.
 */
struct frame {
	struct virtio_net_hdr offload;
	struct ethhdr eth;
	unsigned char ip[ETH_DATA_LEN];
};

static int open_on(const char *dev, int protocol)
{
	struct timeval limit = { .tv_sec = TR_STEP_MS / 1000 };
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd, one = 1;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail("packet socket (CONFIG_PACKET, CAP_NET_RAW)");
	if (!setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return fd;
	tr_fail("packet socket on %s", dev);
	close(fd);
	return -1;
}

int tr_mirror_open(struct tr_mirror *m, enum tr_ns from, enum tr_ns to)
{
	*m = (struct tr_mirror){ .to = to, .tx = -1 };
	m->rx = open_on(tr_peer_dev[from], ETH_P_ALL);
	if (m->rx < 0)
		return errno == EAFNOSUPPORT || errno == EPERM ? 1 : -1;
	/* Protocol 0: it sends, and receives nothing. */
	m->tx = open_on(tr_peer_dev[to], 0);
	return m->tx < 0 ? -1 : 0;
}

void tr_mirror_close(struct tr_mirror *m)
{
	close(m->rx);
	close(m->tx);
}

/* Payload of a TCP packet of the connection, -1 if it is none. */
static int payload(const struct frame *f, int family)
{
	const struct ip6_hdr *ip6 = (const void *)f->ip;
	const struct iphdr *ip = (const void *)f->ip;
	const struct tcphdr *tcp;
	int len;

	if (family == AF_INET) {
		if (f->eth.h_proto != htons(ETH_P_IP) || ip->protocol != IPPROTO_TCP)
			return -1;
		tcp = (const void *)(f->ip + ip->ihl * 4);
		len = ntohs(ip->tot_len) - ip->ihl * 4;
	} else {
		if (f->eth.h_proto != htons(ETH_P_IPV6) || ip6->ip6_nxt != IPPROTO_TCP)
			return -1;
		tcp = (const void *)(f->ip + sizeof(*ip6));
		len = ntohs(ip6->ip6_plen);
	}
	return len - tcp->doff * 4;
}

int tr_mirror_next(struct tr_mirror *m, int family)
{
	struct sockaddr_ll origin;
	struct frame frame;
	socklen_t size;
	ssize_t len;
	int bytes;

	do {
		size = sizeof(origin);
		len = recvfrom(m->rx, &frame, sizeof(frame), 0,
			       (struct sockaddr *)&origin, &size);
		if (len < 0)
			return tr_fail("no packet to mirror");
		bytes = payload(&frame, family);
	} while (origin.sll_pkttype != PACKET_OUTGOING || bytes < 0);

	tr_link_mac(frame.eth.h_source, m->to, TR_HOST_PEER);
	tr_link_mac(frame.eth.h_dest, m->to, TR_HOST_OTHER);
	if (send(m->tx, &frame, len, 0) != len)
		return tr_fail("mirror a packet");
	return bytes;
}
