/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines like NAME=value, or NAME="value": os-release(5), and profiles of unified kernel images. */
#ifndef PACKER_OS_RELEASE_H
#define PACKER_OS_RELEASE_H

#include "io/blob.h"

/**
 * os_release_next() - the next line
 * @rest: moves on; not empty
 *
 * returns: the line, without its end
 */
struct bzb_span os_release_next(struct bzb_span *rest);

/**
 * os_release_assigns() - check whether a line is for a variable
 * @line: of os_release_next()
 * @name: of the variable
 */
bool os_release_assigns(struct bzb_span line, const char *name);

/**
 * os_release_value() - the value of a variable
 * @text: all lines
 * @name: of the variable
 *
 * returns: without quotes and their backslashes; of the last line for the variable, empty if there
 * is none
 */
struct blob os_release_value(struct bzb_span text, const char *name);

#endif
