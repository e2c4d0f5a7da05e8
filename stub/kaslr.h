/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KASLR: the kernel runs at random addresses.
 *
 * Physically it takes one of the places that the memory map has; virtually, one
 * of the multiples of its alignment in the window that kernels are linked for.
 */
#ifndef STUB_KASLR_H
#define STUB_KASLR_H

#include "boot.h"

/**
 * kaslr_decide() - whether addresses are to be random
 * @boot: cmdline is used; kaslr and seed are set
 *
 * Not if the command line says so. Without a source of random numbers they are
 * easier to guess, and a warning is printed.
 *
 * returns: STUB_OK
 */
enum stub_error kaslr_decide(struct boot *boot);

/**
 * kaslr_move() - step 4: apply the kernel's relocations
 * @boot: load, plan, kernel and memory are used; entry is set; kaslr is cleared if the kernel cannot move
 *
 * returns: STUB_OK, or why not
 */
enum stub_error kaslr_move(struct boot *boot);

#endif
