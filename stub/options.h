/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub reads from the kernel's command line. Runs on the host too. */
#ifndef STUB_OPTIONS_H
#define STUB_OPTIONS_H

#include <bzboot/env.h>

struct options {
	bool nokaslr;		/* "nokaslr": neither address is random */
	bool fixed_memory;	/* "mem=", "memmap=", "hugepages=": what the memory
				   map says is not the last word on what is free,
				   so the physical address is not random */
};

/**
 * options_parse() - read a command line
 * @cmdline: NUL-terminated
 *
 * Words are separated by blanks; quotes keep them together. Behind "--" words
 * are for init.
 *
 * returns: what it says
 */
struct options options_parse(const char *cmdline);

#endif
