// SPDX-License-Identifier: GPL-2.0
/* Delay and loss by the queueing discipline netem, without tc. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netem.h"
#include "netlink.h"
#include "util.h"

#define LIMIT 100000	/* packets; none is lost for want of room */
#define PRNG_SEED 14	/* TCA_NETEM_PRNG_SEED, in headers since 6.6 */

int tr_netem_add(const char *dev, const struct tr_netem *netem)
{
	__u64 latency = netem->delay_us * 1000ULL;
	struct tc_netem_qopt qopt = { .limit = LIMIT };
	struct rtattr *options;
	struct tr_nl req;
	struct tcmsg *tc;
	int index;

	index = if_nametoindex(dev);
	if (!index)
		return tr_fail("no device %s", dev);
	qopt.loss = (__u64)netem->loss_ppm * 0xffffffffULL / 1000000;

	tc = tr_nl_start(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*tc));
	tc->tcm_ifindex = index;
	tc->tcm_parent = TC_H_ROOT;
	tr_nl_put(&req, TCA_KIND, "netem", sizeof("netem"));
	/* Not a plain nest: a structure comes first. */
	options = tr_nl_put(&req, TCA_OPTIONS, &qopt, sizeof(qopt));
	tr_nl_put(&req, TCA_NETEM_LATENCY64, &latency, sizeof(latency));
	tr_nl_put(&req, PRNG_SEED, &netem->seed, sizeof(netem->seed));
	tr_nl_end(&req, options);

	if (!tr_nl_request(&req))
		return 0;
	tr_fail("netem on %s%s", dev,
		errno == ENOENT ? ", needs CONFIG_NET_SCH_NETEM" : "");
	return errno == ENOENT ? 1 : -1;
}
