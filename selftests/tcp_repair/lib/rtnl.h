/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_RTNL_H
#define TCP_REPAIR_RTNL_H

/*
 * The few rtnetlink requests that the tests need, each in the network namespace
 * of the caller. Addresses are text, as for inet_pton(3).
 */

#define TR_MAC_LEN 6

struct tr_link_end {
	const char *name;
	const unsigned char *mac;
};

/* A veth pair: one end here, its peer in the namespace behind peer_ns. */
int tr_veth_add(const struct tr_link_end *here, const struct tr_link_end *there,
		int peer_ns);
int tr_link_up(const char *dev);
int tr_link_down(const char *dev);
int tr_addr_add(int family, const char *dev, const char *addr, int prefix_len);
/* prefix_len 0 with dst NULL is the default route. */
int tr_route_replace(int family, const char *dst, int prefix_len,
		     const char *via, const char *dev);
/* A permanent neighbour; packets that wait for it leave before this returns. */
int tr_neigh_set(int family, const char *dev, const char *addr,
		 const unsigned char *mac);
/* TSO, GSO and GRO off: one segment is one packet. */
int tr_offloads_off(const char *dev);
/*
 * TSO and GSO on: a packet is up to 64 KiB of segments. GRO stays off, as it is
 * on a veth of its own accord: it would let a later packet overtake.
 */
int tr_offloads_on(const char *dev);

#endif
