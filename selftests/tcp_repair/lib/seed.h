/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_SEED_H
#define TCP_REPAIR_SEED_H

#include <linux/types.h>

/*
 * Random choices that can be made again. The environment's TCP_REPAIR_SEED is
 * the first seed; without it, the time is.
 */
struct tr_random {
	__u64 state;
};

int tr_seed(__u64 *seed);
/* A number from 0 to max. */
unsigned int tr_random(struct tr_random *r, unsigned int max);

/* Limit of TCP_REPAIR_BUDGET: tests have a time limit of their own. */
#define TR_MAX_BUDGET_S 3000
/* For how long a test goes on: TCP_REPAIR_BUDGET in seconds, or else this. */
int tr_budget_ms(long other_ms, long *budget_ms);

#endif
