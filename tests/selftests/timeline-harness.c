// SPDX-License-Identifier: GPL-2.0-only
/* Prints the timeline of a trace on standard input: PORT FULL-CPUS. */
#include <stdio.h>
#include <stdlib.h>

#include "timeline.h"

int main(int argc, char **argv)
{
	static char trace[1 << 22];

	trace[fread(trace, 1, sizeof(trace) - 1, stdin)] = '\0';
	if (argc != 3)
		return 2;
	tr_timeline_print(trace, atoi(argv[1]), strtoull(argv[2], NULL, 0));
	return 0;
}
