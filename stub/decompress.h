/* SPDX-License-Identifier: BSD-2-Clause */
/* Step 3: decompressing, by as many processors as there are. */
#ifndef STUB_DECOMPRESS_H
#define STUB_DECOMPRESS_H

#include "boot.h"

/* The linker's choice: an image carries one decoder. */
#pragma GCC visibility push(hidden)
extern const struct bzb_decoder stub_decoder;
#pragma GCC visibility pop

/**
 * decompress() - step 3: the kernel, at its place
 * @boot: load, plan and memory are used, kernel is set
 *
 * returns: STUB_OK, or why not
 */
enum stub_error decompress(struct boot *boot);

#endif
