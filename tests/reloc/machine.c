/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A position-independent program for another machine than x86-64, with each kind of field that its
 * linkers make. It is not run: tests/cli_relocate_machines.t compares its bytes.
 */
#include <stddef.h>
#include <stdint.h>

int exported = 1, second = 2;		  /* accessed through the GOT */
extern int missing __attribute__((weak)); /* 0, wherever the program is */

static int target;
static const char text[] = "text";

void start(void);

/* Runs of words, for RELR's bitmaps; the holes do not move */
#define SOME &target, text, NULL, (void *)start, &exported, &missing
const void *const words[] = { SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME,
			      SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME };

/* Fields at odd addresses, which RELR has no words for */
struct odd {
	char before;
	const void *field;
} __attribute__((packed));

const struct odd odd[] = { { 1, text + 1 }, { 2, NULL }, { 3, &odd[1] }, { 4, start } };

static const struct odd *const *volatile written;
static const struct odd *const list[] = { odd, odd + 1, odd + 3 };

void start(void)
{
	written = list;
	exported += second + target + text[1] + (&missing ? missing : 0);
	for (;;)
		second += words[exported] == written;
}
