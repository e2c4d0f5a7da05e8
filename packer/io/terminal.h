/* SPDX-License-Identifier: BSD-2-Clause */
/* The abilities of a terminal. */
#ifndef PACKER_TERMINAL_H
#define PACKER_TERMINAL_H

#include <stdbool.h>

/**
 * terminal_is_capable() - whether a file is a terminal that can do more than print text
 * @fd: of the file
 *
 * returns: false also for TERM=dumb
 */
bool terminal_is_capable(int fd);

/**
 * terminal_width() - the columns of a terminal
 * @fd: of it
 *
 * returns: 80 if it does not say
 */
unsigned int terminal_width(int fd);

#endif
