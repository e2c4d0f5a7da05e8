/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that the code shows: fields that bzb_shuffle_next_call() finds in a kernel that may have
 * been relocated, so that the unit table need not list them.
 */
#ifndef PACKER_SHUFFLE_CALLS_H
#define PACKER_SHUFFLE_CALLS_H

#include "shuffle_plan.h"
#include "vmlinux_elf.h"

/**
 * shuffle_calls_find() - find ranges of code in which each call is a field
 * @vmlinux: the kernel, with .text
 * @plan: finished but for this; gets ranges, and loses the fields that are found in them
 *
 * A byte that looks like a call, and is no field that is found by its value, is in no range, unless it
 * never changes. Nor is a byte that looks like one when the kernel has been relocated by a multiple
 * of 2 MiB.
 */
void shuffle_calls_find(const struct vmlinux *vmlinux, struct shuffle_plan *plan);

#endif
