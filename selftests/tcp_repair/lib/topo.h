/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_TOPO_H
#define TCP_REPAIR_TOPO_H

#include <stdbool.h>
#include <sys/socket.h>

#include <linux/types.h>

#include "netem.h"

/*
 * Three network namespaces, a migration in small:
 *
 *	          peer (its own address on lo)
 *	         /    \
 *	   link 0      link 1
 *	       /        \
 *	  source        target (both own the migrating address, on lo)
 *
 * The peer's one route to the migrating address decides who gets its packets:
 * replacing it is the switch of a migration. A test without a migration uses
 * the same, the target then just stays idle. Everything is gone once the
 * process and its sockets are.
 */
enum tr_ns { TR_PEER, TR_SOURCE, TR_TARGET, TR_NS_COUNT };

struct tr_topo {
	int family;		/* of the connection: AF_INET or AF_INET6 */
	int home;		/* namespace to go back to, -1 if not opened */
	int ns[TR_NS_COUNT];
	int marker_tx[TR_NS_COUNT];	/* peer's end, one for each link */
	int marker_rx[TR_NS_COUNT];
	__u32 markers;	/* markers sent so far */
	int holds;		/* holds so far, each needs an address */
	int released;		/* of those, the oldest ones first */
	enum tr_ns held;	/* whose packets are held */
};

/*
 * Build it, with the calling thread in the peer's namespace afterwards.
 * Returns 0, -1 for a failure, and 1 when this cannot run here: tr_error() is
 * then the reason to give to SKIP().
 */
int tr_topo_open(struct tr_topo *t, int family);
void tr_topo_close(struct tr_topo *t);

/*
 * What a test may change right after, on every device: offloads on; receive
 * packet steering to all CPUs; a bad network in both directions, with a return
 * of 1 where the kernel cannot. With the last, tr_hold() and tr_flush() are of
 * no use: markers get lost as well.
 */
int tr_topo_offloads(const struct tr_topo *t);
int tr_topo_rps(const struct tr_topo *t);
int tr_topo_netem(const struct tr_topo *t, const struct tr_netem *netem);

/* Move the calling thread: where a socket is made is where it lives. */
int tr_enter(const struct tr_topo *t, enum tr_ns ns);

/* The addresses of the connection; the port is 0. */
socklen_t tr_migrating_addr(const struct tr_topo *t, struct sockaddr_storage *ss);
socklen_t tr_peer_addr(const struct tr_topo *t, struct sockaddr_storage *ss);

/* Send the peer's packets for the migrating address to this namespace. */
int tr_path(struct tr_topo *t, enum tr_ns to);

/*
 * Let nothing of the peer arrive at this namespace, and lose nothing either.
 * The route goes through a neighbour yet unresolved, where packets queue up,
 * until the release. On return all earlier packets have been delivered. The
 * kernel gives up on a neighbour after about three seconds: hold for less.
 */
int tr_hold(struct tr_topo *t, enum tr_ns to);
int tr_release(struct tr_topo *t);
/*
 * A hold on top of a hold keeps later packets apart from earlier ones, all for
 * one namespace. tr_release() lets go all of them in their order, this only the
 * packets of the oldest.
 */
int tr_release_oldest(struct tr_topo *t);

/*
 * Return once every packet that the peer sent on this link before the call has
 * been through the receiver's stack.
 */
int tr_flush(struct tr_topo *t, enum tr_ns to);

#endif
