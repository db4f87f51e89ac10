// SPDX-License-Identifier: GPL-2.0
/* TCP segments in somebody else's name, through a raw socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcp.h>

#include "forge.h"
#include "util.h"

#define HOPS 64

struct packet {
	union {
		struct iphdr v4;
		struct ip6_hdr v6;
	} ip;
	struct tcphdr tcp;
};

static __u32 sum16(__u32 sum, const void *data, size_t len)
{
	const unsigned char *in = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += in[i] << 8 | in[i + 1];
	return sum;
}

/* Addresses, protocol and length count as well: the pseudo header. */
static __u16 checksum(const void *addrs, size_t addrs_len, const struct tcphdr *tcp)
{
	__u32 sum = IPPROTO_TCP + sizeof(*tcp);

	sum = sum16(sum, addrs, addrs_len);
	sum = sum16(sum, tcp, sizeof(*tcp));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static size_t put_ip4(const struct tr_segment *s, struct packet *p, size_t tcp_len)
{
	const struct sockaddr_in *from = (const void *)s->from;
	const struct sockaddr_in *to = (const void *)s->to;

	/* The kernel adds the identification and the header's checksum. */
	p->ip.v4 = (struct iphdr){
		.version = 4, .ihl = sizeof(p->ip.v4) / 4, .ttl = HOPS,
		.protocol = IPPROTO_TCP,
		.tot_len = htons(sizeof(p->ip.v4) + tcp_len),
		.saddr = from->sin_addr.s_addr, .daddr = to->sin_addr.s_addr,
	};
	p->tcp.check = checksum(&p->ip.v4.saddr, 2 * sizeof(p->ip.v4.saddr), &p->tcp);
	return sizeof(p->ip.v4);
}

static size_t put_ip6(const struct tr_segment *s, struct packet *p, size_t tcp_len)
{
	const struct sockaddr_in6 *from = (const void *)s->from;
	const struct sockaddr_in6 *to = (const void *)s->to;

	memset(&p->ip.v6, 0, sizeof(p->ip.v6));
	p->ip.v6.ip6_vfc = 6 << 4;
	p->ip.v6.ip6_plen = htons(tcp_len);
	p->ip.v6.ip6_nxt = IPPROTO_TCP;
	p->ip.v6.ip6_hlim = HOPS;
	p->ip.v6.ip6_src = from->sin6_addr;
	p->ip.v6.ip6_dst = to->sin6_addr;
	p->tcp.check = checksum(&p->ip.v6.ip6_src, 2 * sizeof(p->ip.v6.ip6_src), &p->tcp);
	return sizeof(p->ip.v6);
}

static int send_raw(const struct tr_segment *s, const struct iovec *parts)
{
	struct sockaddr_storage to = *s->to;
	struct msghdr msg = {
		.msg_name = &to, .msg_iov = (struct iovec *)parts, .msg_iovlen = 2,
		.msg_namelen = sizeof(struct sockaddr_in),
	};
	int fd, ret = 0;

	if (to.ss_family == AF_INET6) {
		/* A port would be taken for another protocol's number. */
		((struct sockaddr_in6 *)&to)->sin6_port = 0;
		msg.msg_namelen = sizeof(struct sockaddr_in6);
	}
	fd = socket(to.ss_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return tr_fail("raw socket");
	if (sendmsg(fd, &msg, 0) < 0)
		ret = tr_fail("send a forged segment");
	close(fd);
	return ret;
}

int tr_forge(const struct tr_segment *s)
{
	/* Ports are in the same place in both families. */
	const struct sockaddr_in *from = (const void *)s->from;
	const struct sockaddr_in *to = (const void *)s->to;
	struct packet p = {
		.tcp = {
			.source = from->sin_port, .dest = to->sin_port,
			.seq = htonl(s->seq), .ack_seq = htonl(s->ack),
			.doff = sizeof(p.tcp) / 4, .window = htons(s->window),
			.fin = !!(s->flags & TR_FIN), .ack = !!(s->flags & TR_ACK),
		},
	};
	struct iovec parts[2] = {
		{ .iov_base = &p.ip },
		{ .iov_base = &p.tcp, .iov_len = sizeof(p.tcp) },
	};

	parts[0].iov_len = s->to->ss_family == AF_INET ?
			   put_ip4(s, &p, sizeof(p.tcp)) :
			   put_ip6(s, &p, sizeof(p.tcp));
	return send_raw(s, parts);
}
