/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a long step is, and the time that is left: one line on standard error, if that is a terminal,
 * erased at the end. With --quiet or --verbose there is none.
 */
#ifndef PACKER_PROGRESS_H
#define PACKER_PROGRESS_H

#include <stddef.h>

/**
 * progress_start() - begin a step
 * @what: the step, a few words; must stay until progress_end()
 * @rounds: how often it goes from nothing to all, in about the same time
 *
 * A thread draws the line, several times a second.
 */
void progress_start(const char *what, unsigned int rounds);

/**
 * progress_show() - tell how far the step is
 * @done: the amount done; less than before: another round
 * @total: the amount of all
 *
 * Any thread may call it, after progress_start() and before progress_end().
 */
void progress_show(size_t done, size_t total);

/**
 * progress_end() - end the step, whether all is done or not
 */
void progress_end(void);

#endif
