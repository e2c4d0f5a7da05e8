/* SPDX-License-Identifier: BSD-2-Clause */
/* bzboot info --budget */
#ifndef PACKER_COSTS_H
#define PACKER_COSTS_H

#include <stdbool.h>

#include "input/input.h"

/**
 * costs_show() - print what a file costs to boot
 * @input: all of it, not mapped
 * @fault: what is wrong with the file as a whole; NULL: nothing
 * @json: print JSON
 *
 * returns: an exit status
 */
int costs_show(const struct input *input, const struct why *fault, bool json);

#endif
