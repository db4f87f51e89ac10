/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_FLOW_H
#define TCP_REPAIR_FLOW_H

#include <stdbool.h>

#include "block.h"
#include "pattern.h"
#include "repair.h"
#include "sock.h"

#define TR_MAX_FLOWS 64

/* One direction of a connection: the pattern, from its start. */
struct tr_way {
	__u64 sent;
	bool shut;		/* the sender's side is closed */
	long last;		/* when a byte last came */
	struct tr_oracle oracle;
};

enum { TR_TO_HOST, TR_TO_PEER, TR_WAYS };

struct tr_flow {
	struct tr_conn conn;	/* conn.source is the target later */
	int old;		/* the source's socket after the handover, or -1 */
	struct tr_way way[TR_WAYS];
	struct tr_dump dump;
};

/* Connections that all move at once, with a stream in both directions each. */
struct tr_flows {
	int count;
	__u64 total;		/* bytes in each direction */
	bool frozen;		/* leave the migrating side alone */
	bool moved;		/* close each direction when all is sent */
	struct tr_flow flow[TR_MAX_FLOWS];
};

/* Set count and total, zero the rest. */
int tr_flows_open(struct tr_flows *f, const struct tr_topo *t);
void tr_flows_close(struct tr_flows *f);

/* Move bytes until `until` have come in all, or for so long. */
int tr_flows_run(struct tr_flows *f, __u64 until, long ms);
/* Bytes that have come so far, over all flows and directions. */
__u64 tr_flows_got(const struct tr_flows *f);

/* The steps of a migration, in between of which time may pass. */
int tr_flows_freeze(struct tr_flows *f, struct tr_block *b);
int tr_flows_dump(struct tr_flows *f);
int tr_flows_restore(struct tr_flows *f, struct tr_topo *t, int how);

/* Move the rest, until each stream has ended, one way or another. */
int tr_flows_finish(struct tr_flows *f);
/* Or class all of them as errors. */
void tr_flows_give_up(struct tr_flows *f);

#endif
