// SPDX-License-Identifier: GPL-2.0
/* Seeds and budgets from the environment. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "seed.h"
#include "util.h"

static int from_env(const char *name, unsigned long long max, unsigned long long *value)
{
	const char *text = getenv(name);
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || *value > max) {
		errno = 0;
		return tr_fail("%s=%s: set a number up to %llu", name, text, max);
	}
	return 0;
}

int tr_seed(__u64 *seed)
{
	unsigned long long value = time(NULL);

	if (getenv("TCP_REPAIR_SEED") && from_env("TCP_REPAIR_SEED", ~0ULL, &value))
		return -1;
	*seed = value;
	return 0;
}

/* splitmix64: any seed will do, neighbours too. */
unsigned int tr_random(struct tr_random *r, unsigned int max)
{
	__u64 x = r->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x % (max + 1ULL);
}

int tr_budget_ms(long other_ms, long *budget_ms)
{
	unsigned long long value;

	*budget_ms = other_ms;
	if (!getenv("TCP_REPAIR_BUDGET"))
		return 0;
	if (from_env("TCP_REPAIR_BUDGET", TR_MAX_BUDGET_S, &value))
		return -1;
	*budget_ms = value * 1000;
	return 0;
}
