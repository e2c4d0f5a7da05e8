/* SPDX-License-Identifier: BSD-2-Clause */
/* Step 3: decompression, on all processors, which also move what they decompressed. */
#ifndef STUB_DECOMPRESS_H
#define STUB_DECOMPRESS_H

#include "boot.h"

/* The linker defines it: a stub has one decoder. */
#pragma GCC visibility push(hidden)
extern const struct bzb_decoder stub_decoder;
#pragma GCC visibility pop

/**
 * decompress() - step 3: decompress the kernel to its place
 * @boot: load, plan, memory, kaslr and seed are used; kernel and moves are set
 *
 * returns: STUB_OK or an error
 */
enum stub_error decompress(struct boot *boot);

#endif
