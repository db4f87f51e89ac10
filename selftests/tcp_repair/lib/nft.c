// SPDX-License-Identifier: GPL-2.0
/* An nf_tables rule by netlink, without nft. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink.h"
#include "nft.h"
#include "util.h"

#define TABLE "tcp_repair"
#define CHAIN "input"
#define MAX_PARTS 5

/* A transaction: what is between begin and end happens all at once. */
struct batch {
	struct tr_nl part[MAX_PARTS];
	int parts;
	int answers;
};

static struct tr_nl *add(struct batch *b, int type, int flags, int family, int res_id)
{
	struct tr_nl *msg = &b->part[b->parts++];
	struct nfgenmsg *gen;

	gen = tr_nl_start(msg, type, flags, sizeof(*gen));
	gen->nfgen_family = family;
	gen->version = NFNETLINK_V0;
	gen->res_id = htons(res_id);
	return msg;
}

static void add_mark(struct batch *b, int type)
{
	struct tr_nl *msg = add(b, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	msg->head.nlmsg_flags &= ~NLM_F_ACK;
}

static struct tr_nl *add_command(struct batch *b, int command, int flags)
{
	b->answers++;
	return add(b, NFNL_SUBSYS_NFTABLES << 8 | command, flags, NFPROTO_INET, 0);
}

static void put_text(struct tr_nl *msg, int type, const char *text)
{
	tr_nl_put(msg, type, text, strlen(text) + 1);
}

static void put_be32(struct tr_nl *msg, int type, __u32 value)
{
	value = htonl(value);
	tr_nl_put(msg, type, &value, sizeof(value));
}

static struct rtattr *start_nest(struct tr_nl *msg, int type)
{
	return tr_nl_put(msg, type | NLA_F_NESTED, NULL, 0);
}

/* An expression's attributes follow; both nests end with it. */
static struct rtattr *start_expr(struct tr_nl *msg, const char *name,
				 struct rtattr **data)
{
	struct rtattr *elem = start_nest(msg, NFTA_LIST_ELEM);

	put_text(msg, NFTA_EXPR_NAME, name);
	*data = start_nest(msg, NFTA_EXPR_DATA);
	return elem;
}

static void end_expr(struct tr_nl *msg, struct rtattr *elem, struct rtattr *data)
{
	tr_nl_end(msg, data);
	tr_nl_end(msg, elem);
}

/* meta l4proto tcp drop */
static void put_drop_tcp(struct tr_nl *msg)
{
	struct rtattr *elem, *data, *value, *verdict;
	__u8 proto = IPPROTO_TCP;

	elem = start_expr(msg, "meta", &data);
	put_be32(msg, NFTA_META_KEY, NFT_META_L4PROTO);
	put_be32(msg, NFTA_META_DREG, NFT_REG_1);
	end_expr(msg, elem, data);

	elem = start_expr(msg, "cmp", &data);
	put_be32(msg, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(msg, NFTA_CMP_OP, NFT_CMP_EQ);
	value = start_nest(msg, NFTA_CMP_DATA);
	tr_nl_put(msg, NFTA_DATA_VALUE, &proto, sizeof(proto));
	tr_nl_end(msg, value);
	end_expr(msg, elem, data);

	elem = start_expr(msg, "immediate", &data);
	put_be32(msg, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = start_nest(msg, NFTA_IMMEDIATE_DATA);
	verdict = start_nest(msg, NFTA_DATA_VERDICT);
	put_be32(msg, NFTA_VERDICT_CODE, NF_DROP);
	tr_nl_end(msg, verdict);
	tr_nl_end(msg, value);
	end_expr(msg, elem, data);
}

static int commit(int fd, struct batch *b)
{
	struct iovec iov[MAX_PARTS];
	int i;

	for (i = 0; i < b->parts; i++) {
		iov[i].iov_base = &b->part[i];
		iov[i].iov_len = NLMSG_ALIGN(b->part[i].head.nlmsg_len);
	}
	if (writev(fd, iov, b->parts) < 0)
		return -1;
	/* One for each command. A refusal of the whole comes alone. */
	for (i = 0; i < b->answers; i++) {
		if (tr_nl_answer(fd))
			return -1;
	}
	return 0;
}

int tr_nft_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	return fd < 0 ? tr_fail("netlink socket for nf_tables") : fd;
}

int tr_nft_drop_tcp(int fd)
{
	struct rtattr *nest;
	struct batch b = {};
	struct tr_nl *msg;

	add_mark(&b, NFNL_MSG_BATCH_BEGIN);
	msg = add_command(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	put_text(msg, NFTA_TABLE_NAME, TABLE);

	msg = add_command(&b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	put_text(msg, NFTA_CHAIN_TABLE, TABLE);
	put_text(msg, NFTA_CHAIN_NAME, CHAIN);
	nest = start_nest(msg, NFTA_CHAIN_HOOK);
	put_be32(msg, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
	put_be32(msg, NFTA_HOOK_PRIORITY, 0);
	tr_nl_end(msg, nest);
	put_text(msg, NFTA_CHAIN_TYPE, "filter");

	msg = add_command(&b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	put_text(msg, NFTA_RULE_TABLE, TABLE);
	put_text(msg, NFTA_RULE_CHAIN, CHAIN);
	nest = start_nest(msg, NFTA_RULE_EXPRESSIONS);
	put_drop_tcp(msg);
	tr_nl_end(msg, nest);
	add_mark(&b, NFNL_MSG_BATCH_END);

	return commit(fd, &b) ? tr_fail("add an nf_tables rule") : 0;
}

int tr_nft_remove(int fd)
{
	struct batch b = {};
	struct tr_nl *msg;

	add_mark(&b, NFNL_MSG_BATCH_BEGIN);
	msg = add_command(&b, NFT_MSG_DELTABLE, 0);
	put_text(msg, NFTA_TABLE_NAME, TABLE);
	add_mark(&b, NFNL_MSG_BATCH_END);

	return commit(fd, &b) ? tr_fail("remove an nf_tables rule") : 0;
}
