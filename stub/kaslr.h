/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the kernel goes, by chance.
 *
 * Physically it takes one of the places that the memory map has; virtually, one
 * of the multiples of its alignment in the window that kernels are linked for.
 * Both are the kernel's own affair if it is linked to run where it lies (virtual
 * address == physical address): then one follows from the other.
 */
#ifndef STUB_KASLR_H
#define STUB_KASLR_H

#include "boot.h"

/**
 * kaslr_decide() - whether addresses are to be random
 * @boot: cmdline is used; kaslr and seed are set
 *
 * Not if the command line says so, nor without a source of random numbers,
 * which is said on the console.
 */
void kaslr_decide(struct boot *boot);

/**
 * kaslr_is_identity() - whether a kernel is linked to run where it lies
 * @manifest: of its image
 *
 * returns: true if its virtual addresses are physical addresses
 */
bool kaslr_is_identity(const struct bzb_manifest *manifest);

/**
 * kaslr_move() - step 4: apply the kernel's relocations
 * @boot: kernel and memory are used; kaslr is cleared if the kernel cannot move
 *
 * returns: STUB_OK, or why not
 */
enum stub_error kaslr_move(struct boot *boot);

#endif
