// SPDX-License-Identifier: GPL-2.0-only
/* Runs the agent's readers on files of the host: "job FILE", "reasons FILE" or "hist FILE". */
#include "drops.c"
#include "job.c"

void event_note(const char *fmt, ...)
{
	(void)fmt;
}

static void show_job(const char *file)
{
	struct job job = { .count = 0 };
	size_t i;
	int error, word;

	error = job_load(file, &job);
	if (error) {
		printf("error %d\n", error);
		return;
	}
	if (job.root)
		printf("root %s\n", job.root);
	if (job.console)
		printf("console\n");
	printf("quiet %u\n", job.quiet_ms);
	for (i = 0; i < job.count; i++) {
		printf("test %u %s", job.tests[i].timeout_ms, job.tests[i].cwd);
		for (word = 0; word < job.tests[i].envc; word++)
			printf(" {%s}", job.tests[i].env[word]);
		for (word = 0; word < job.tests[i].argc; word++)
			printf(" [%s]", job.tests[i].argv[word]);
		printf("\n");
	}
}

static void show_reasons(char *text)
{
	unsigned long number;
	char *name;

	while ((name = drops_next_reason(&text, &number)))
		printf("%lu %s\n", number, name);
}

static void show_hist(char *text)
{
	struct drops drops;
	int error;
	size_t i;

	error = parse_hist(text, &drops);
	if (error) {
		printf("error\n");
		return;
	}
	for (i = 0; i < drops.used; i++)
		printf("%u %llu\n", drops.counts[i].reason,
		       drops.counts[i].hits);
	printf("lost %llu\n", drops.lost);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "job"))
		show_job(argv[2]);
	else if (!strcmp(argv[1], "reasons"))
		show_reasons(read_file(argv[2], NULL));
	else
		show_hist(read_file(argv[2], NULL));
	return 0;
}
