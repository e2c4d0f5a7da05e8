/* SPDX-License-Identifier: BSD-2-Clause */
/* bzboot info --budget, --map */
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

/**
 * costs_draw() - draw a file, and the memory that it takes when it is booted
 * @path: of the file
 * @input: as of costs_show()
 * @output: a file for the picture; NULL: characters on standard output
 *
 * A picture of a broken file would be wrong: there is none.
 *
 * returns: an exit status
 */
int costs_draw(const char *path, const struct input *input, const char *output);

#endif
