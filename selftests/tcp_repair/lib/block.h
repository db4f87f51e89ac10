/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_BLOCK_H
#define TCP_REPAIR_BLOCK_H

#include "topo.h"

/*
 * Keeping segments away from a socket in repair mode, without help of the
 * kernel's TCP. The environment's TCP_REPAIR_BLOCK names the way:
 *
 * - nft-first, nft-after: an nf_tables rule that drops TCP on input, installed
 *   before TCP_REPAIR is set, or after.
 * - filter-first: a socket filter that drops everything, before TCP_REPAIR. Any
 *   owner of the socket may attach one.
 * - filter-sync: the same, with membarrier(MEMBARRIER_CMD_GLOBAL) in between.
 *
 * A packet that is past the hook or the old filter when the new one appears is
 * not ordered against TCP_REPAIR: it may still be on its way to the socket lock.
 * All of that way is one RCU read-side section, so filter-sync closes the gap:
 * after the grace period the packet is either processed or in the backlog, and
 * TCP_REPAIR takes the socket lock and leaves with the backlog empty.
 */
enum tr_block_mode {
	TR_BLOCK_NONE,
	TR_BLOCK_NFT_FIRST,
	TR_BLOCK_NFT_AFTER,
	TR_BLOCK_FILTER_FIRST,
	TR_BLOCK_FILTER_SYNC,
	TR_BLOCK_COUNT,
};

struct tr_block {
	enum tr_block_mode mode;
	int nft;	/* netlink socket in the source's namespace; -1: none */
	/* How long it took at the last freeze. */
	long rule_us;
	long repair_us;
};

/* The mode's name in the environment; "none" for none. */
const char *tr_block_name(enum tr_block_mode mode);
/* The mode that the environment asks for. */
int tr_block_asked(enum tr_block_mode *mode);

/* 1 when this cannot be done here: tr_error() is the reason for SKIP(). */
int tr_block_open(struct tr_block *b, const struct tr_topo *t,
		  enum tr_block_mode mode);
void tr_block_close(struct tr_block *b);

/* Freeze sockets of the source, and keep segments away from them. */
int tr_block_freeze(struct tr_block *b, const int *fds, int count);
/* The same in two steps: TCP_REPAIR and what comes before; what comes after. */
int tr_block_repair(struct tr_block *b, const int *fds, int count);
int tr_block_after(struct tr_block *b);
/* Let segments through again. */
int tr_block_lift(struct tr_block *b, const int *fds, int count);

#endif
