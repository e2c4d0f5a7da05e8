/* SPDX-License-Identifier: BSD-2-Clause */
/* The alignment of a kernel's segments: p_align (gABI, "Program Header"). */
#ifndef PACKER_ALIGNMENT_H
#define PACKER_ALIGNMENT_H

#include <bzboot/elf.h>

#include "io/diag.h"

/**
 * alignment_of_segment() - the alignment that a segment can keep in physical memory
 * @load: a PT_LOAD whose p_align is 0 or a power of two
 *
 * It is p_align, unless its virtual and its physical address differ in less than that: Linux's
 * per-CPU segment has a virtual address of its own, 0, and is aligned there, not where it is
 * loaded.
 *
 * returns: bytes, a power of two; 0 if p_align is 0
 */
uint64_t alignment_of_segment(const struct bzb_elf_segment *load);

/**
 * alignment_of_kernel() - the largest alignment of all segments
 * @elf: the kernel
 * @ret: bytes, a power of two, at most 1 GiB; untouched on error
 * @why: which p_align is invalid, or too large
 *
 * returns: 0, or -1 on error
 */
int alignment_of_kernel(const struct bzb_elf *elf, uint32_t *ret, struct why *why);

#endif
