/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KASLR: the kernel runs at random addresses.
 *
 * Its physical address is one of the places that the memory map has. Its virtual
 * address is a multiple of its alignment in the range that kernels are linked for.
 */
#ifndef STUB_KASLR_H
#define STUB_KASLR_H

#include "boot.h"

/**
 * kaslr_collect() - make a seed
 * @boot: has the sources
 * @seed: zeros; set
 *
 * returns: false if neither processor nor firmware has random numbers: then it is easier to guess
 */
bool kaslr_collect(struct boot *boot, struct seed *seed);

/**
 * kaslr_decide() - make the seed of random addresses, unless there is "nokaslr"
 * @boot: options are used; kaslr and seed are set
 *
 * Without a source of random numbers the addresses are easier to guess, and a
 * warning is printed.
 *
 * returns: STUB_OK
 */
enum stub_error kaslr_decide(struct boot *boot);

/**
 * kaslr_slide() - compute the slide, if the kernel can move
 * @boot: plan, kaslr and seed are used
 *
 * returns: as bzb_load_slide()
 */
uint64_t kaslr_slide(const struct boot *boot);

/**
 * kaslr_move() - step 4: apply the kernel's relocations, or those that step 3 has left
 * @boot: load, plan, kernel, memory and moves are used; entry is set; kaslr is cleared if the
 *	kernel cannot move
 *
 * returns: STUB_OK or an error
 */
enum stub_error kaslr_move(struct boot *boot);

#endif
