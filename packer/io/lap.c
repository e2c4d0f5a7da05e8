/* SPDX-License-Identifier: BSD-2-Clause */
#include "lap.h"

#include <stdio.h>
#include <sys/resource.h>

struct moment {
	double clock, cpu; /* seconds */
};

static bool is_on;
static struct moment start, last;

double lap_seconds(clockid_t id)
{
	struct timespec time = { 0 };

	clock_gettime(id, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct moment now(void)
{
	return (struct moment){ lap_seconds(CLOCK_MONOTONIC),
				lap_seconds(CLOCK_PROCESS_CPUTIME_ID) };
}

void lap_start(void)
{
	is_on = true;
	start = last = now();
}

bool lap_is_on(void)
{
	return is_on;
}

static void print(const char *step, struct moment from, struct moment to)
{
	fprintf(stderr, "bzboot: %s: %.3f s, %.3f s of CPU time", step, to.clock - from.clock,
		to.cpu - from.cpu);
}

void lap(const char *step)
{
	struct moment before = last;

	if (!is_on)
		return;
	last = now();
	print(step, before, last);
	fputc('\n', stderr);
}

/* getrusage(2): ru_maxrss is in KiB. */
void lap_end(void)
{
	struct rusage usage;

	if (!is_on || getrusage(RUSAGE_SELF, &usage))
		return;
	print("all", start, now());
	fprintf(stderr, ", at most %ld MiB of memory\n", usage.ru_maxrss / 1024);
}
