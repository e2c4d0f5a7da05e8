/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the programs that measure: errors, time, files, memory. */
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>

#include <bzboot/bzboot.h>

#define ROOM ((size_t)256 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

static inline void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

static inline void check(int err)
{
	if (err)
		fail(bzb_strerror(err));
}

/* CPU time of this process, which excludes other processes. */
static inline double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ROOM bytes that have been touched, in pages of 2 MiB if the host has them, like the firmware's
 * identity map */
static inline unsigned char *make_room(void)
{
	unsigned char *room = aligned_alloc(HUGE_PAGE, ROOM);

	if (!room)
		fail("no memory");
	madvise(room, ROOM, MADV_HUGEPAGE);
	memset(room, 0xb5, ROOM);
	return room;
}

static inline struct bzb_span read_file(const char *path)
{
	unsigned char *bytes = malloc(ROOM);
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!bytes || !f || !(size = fread(bytes, 1, ROOM, f)))
		fail("cannot read a file");
	fclose(f);
	return (struct bzb_span){ bytes, size };
}

#endif
