/* SPDX-License-Identifier: BSD-2-Clause */
/* Warnings about the command line that goes into an image. */
#ifndef PACKER_CMDLINE_DOUBTS_H
#define PACKER_CMDLINE_DOUBTS_H

#include <stdbool.h>

#include <bzboot/bytes.h>

#include "io/diag.h"

struct cmdline {
	struct bzb_span text; /* without NUL; empty: none */
	bool has_initrd;      /* an initrd is packed, too */
	uint32_t size_max;    /* bytes that the kernel takes; 0: not known */
};

/**
 * cmdline_doubts() - warn of words in a command line that are probably a mistake
 * @cmdline: as it is in the image
 * @output: the name of the image
 *
 * Prints a line for each of these: a word that a boot loader adds; a word that names a file of
 * another machine; characters that do not belong in parameters; too many bytes.
 */
void cmdline_doubts(const struct cmdline *cmdline, const char *output);

#endif
