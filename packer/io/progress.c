/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "lap.h"
#include "terminal.h"

#define BAR_MAX 40u
/* Columns beside a bar: the text after it, and an empty last column, where a terminal may wrap. */
#define BESIDE 26u
#define LINE_SIZE 160
#define REDRAW_NS 200000000L

static struct progress {
	bool is_on, ends;
	const char *what;
	double start;	 /* of the step; seconds */
	double reported; /* when @done was told */
	double done;	 /* shares of one */
	unsigned int rounds, round;
	double of_round;
	pthread_t drawer;
} progress;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static double now(void)
{
	return lap_seconds(CLOCK_MONOTONIC);
}

struct guess {
	double share; /* of one */
	double left;  /* seconds; 0: not known */
};

/* After a report it goes on at the same speed, and ever slower: parts of a kernel take different times,
 * and each is reported when all of it is done. */
static struct guess guess_at(double time)
{
	const double taken = progress.reported - progress.start, rest = 1 - progress.done;
	struct guess guess = { progress.done, 0 };
	double speed, more;

	if (progress.done <= 0 || rest <= 0 || taken <= 0)
		return guess;
	speed = progress.done / taken;
	more = speed * (time - progress.reported);
	guess.share = progress.done + rest * more / (rest + more);
	if (time - progress.start > 1)
		guess.left = (1 - guess.share) / speed;
	return guess;
}

static void print_left(char *to, size_t size, double left)
{
	if (left <= 0)
		*to = '\0';
	else if (left < 100)
		snprintf(to, size, ", %.0f s left", left + 0.5);
	else
		snprintf(to, size, ", %.0f min left", left / 60 + 0.5);
}

static void print_bar(char *to, size_t size, double share, unsigned int room)
{
	const unsigned int width = room < BAR_MAX ? room : BAR_MAX;
	const unsigned int filled = (unsigned int)(share * width);
	size_t used = (size_t)snprintf(to, size, "[");

	for (unsigned int i = 0; i < width; i++)
		used += (size_t)snprintf(to + used, size - used, "%c", i < filled ? '#' : '.');
	snprintf(to + used, size - used, "] ");
}

static void draw(void)
{
	const unsigned int columns = terminal_width(STDERR_FILENO);
	const struct guess guess = guess_at(now());
	char line[LINE_SIZE], bar[BAR_MAX + 4] = "", left[32];
	int room = (int)columns - snprintf(line, sizeof(line), "bzboot: %s ", progress.what) -
		   (int)BESIDE;

	print_left(left, sizeof(left), guess.left);
	if (room > 4)
		print_bar(bar, sizeof(bar), guess.share, (unsigned int)room);
	snprintf(line, sizeof(line), "bzboot: %s %s%3u %%%s", progress.what, bar,
		 (unsigned int)(100 * guess.share), left);
	/* CR; EL, erase to the end of the line (ECMA-48, 8.3.41) */
	fprintf(stderr, "\r%.*s\033[K", (int)columns - 1, line);
	fflush(stderr);
}

static void wait_a_little(void)
{
	struct timespec until = { 0 };

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += REDRAW_NS;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&wake, &lock, &until);
}

static void *draw_always(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!progress.ends) {
		draw();
		wait_a_little();
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

void progress_start(const char *what, unsigned int rounds)
{
	if (diag_is_quiet() || lap_is_on() || !terminal_is_capable(STDERR_FILENO))
		return;
	progress = (struct progress){ .what = what, .rounds = rounds, .start = now() };
	progress.is_on = !pthread_create(&progress.drawer, NULL, draw_always, NULL);
}

void progress_show(size_t done, size_t total)
{
	const double of_round = (double)done / (double)total;

	if (!progress.is_on)
		return;
	pthread_mutex_lock(&lock);
	progress.round += of_round < progress.of_round;
	progress.of_round = of_round;
	progress.done = (progress.round + of_round) / progress.rounds;
	progress.reported = now();
	pthread_mutex_unlock(&lock);
}

void progress_end(void)
{
	if (!progress.is_on)
		return;
	pthread_mutex_lock(&lock);
	progress.ends = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(progress.drawer, NULL);
	progress.is_on = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
