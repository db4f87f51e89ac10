// SPDX-License-Identifier: GPL-2.0
/* Rules and filters around repair mode. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/membarrier.h>

#include "block.h"
#include "nft.h"
#include "repair.h"
#include "util.h"

static const char * const names[TR_BLOCK_COUNT] = {
	[TR_BLOCK_NONE] = "none",
	[TR_BLOCK_NFT_FIRST] = "nft-first",
	[TR_BLOCK_NFT_AFTER] = "nft-after",
	[TR_BLOCK_FILTER_FIRST] = "filter-first",
	[TR_BLOCK_FILTER_SYNC] = "filter-sync",
};

const char *tr_block_name(enum tr_block_mode mode)
{
	return names[mode];
}

int tr_block_asked(enum tr_block_mode *mode)
{
	const char *name = getenv("TCP_REPAIR_BLOCK");
	enum tr_block_mode i;

	*mode = TR_BLOCK_NONE;
	if (!name || !*name)
		return 0;
	for (i = TR_BLOCK_NONE; i < TR_BLOCK_COUNT; i++) {
		if (strcmp(name, names[i]))
			continue;
		*mode = i;
		return 0;
	}
	errno = 0;
	return tr_fail("TCP_REPAIR_BLOCK=%s: set %s, %s, %s, %s or %s", name, names[0],
		       names[1], names[2], names[3], names[4]);
}

static bool uses_nft(const struct tr_block *b)
{
	return b->mode == TR_BLOCK_NFT_FIRST || b->mode == TR_BLOCK_NFT_AFTER;
}

static bool uses_filter(const struct tr_block *b)
{
	return b->mode == TR_BLOCK_FILTER_FIRST || b->mode == TR_BLOCK_FILTER_SYNC;
}

int tr_block_open(struct tr_block *b, const struct tr_topo *t,
		  enum tr_block_mode mode)
{
	bool unknown;

	*b = (struct tr_block){ .mode = mode, .nft = -1 };
	if (!uses_nft(b))
		return 0;
	if (tr_enter(t, TR_SOURCE))
		return -1;
	b->nft = tr_nft_open();
	unknown = b->nft < 0 && errno == EPROTONOSUPPORT;
	if (tr_enter(t, TR_PEER))
		return -1;
	if (unknown) {
		tr_fail("%s needs CONFIG_NF_TABLES_INET", names[mode]);
		return 1;
	}
	return b->nft < 0 ? -1 : 0;
}

void tr_block_close(struct tr_block *b)
{
	if (b->nft >= 0)
		close(b->nft);
	b->nft = -1;
}

static int attach_filter(int fd)
{
	struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &drop_all };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		return tr_fail("setsockopt(SO_ATTACH_FILTER)");
	return 0;
}

static int put_up(struct tr_block *b, const int *fds, int count)
{
	long start = tr_now_us();
	int i;

	if (uses_nft(b) && tr_nft_drop_tcp(b->nft))
		return -1;
	for (i = 0; uses_filter(b) && i < count; i++) {
		if (attach_filter(fds[i]))
			return -1;
	}
	if (b->mode == TR_BLOCK_FILTER_SYNC &&
	    syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return tr_fail("membarrier(MEMBARRIER_CMD_GLOBAL)");
	b->rule_us = tr_now_us() - start;
	return 0;
}

int tr_block_repair(struct tr_block *b, const int *fds, int count)
{
	long start;
	int i;

	if (b->mode != TR_BLOCK_NFT_AFTER && put_up(b, fds, count))
		return -1;
	start = tr_now_us();
	for (i = 0; i < count; i++) {
		if (tr_freeze(fds[i]))
			return -1;
	}
	b->repair_us = tr_now_us() - start;
	return 0;
}

int tr_block_after(struct tr_block *b)
{
	return b->mode == TR_BLOCK_NFT_AFTER ? put_up(b, NULL, 0) : 0;
}

int tr_block_freeze(struct tr_block *b, const int *fds, int count)
{
	return tr_block_repair(b, fds, count) ? -1 : tr_block_after(b);
}

int tr_block_lift(struct tr_block *b, const int *fds, int count)
{
	int i, unused = 0;

	if (uses_nft(b) && tr_nft_remove(b->nft))
		return -1;
	for (i = 0; uses_filter(b) && i < count; i++) {
		if (setsockopt(fds[i], SOL_SOCKET, SO_DETACH_FILTER, &unused,
			       sizeof(unused)))
			return tr_fail("setsockopt(SO_DETACH_FILTER)");
	}
	return 0;
}
