/* SPDX-License-Identifier: BSD-2-Clause */
/* Properties of Linux's code, by the names of its symbols */
#ifndef PACKER_LINUX_EDGES_H
#define PACKER_LINUX_EDGES_H

#include <stdbool.h>

/**
 * linux_is_edge() - whether a symbol is where a part of the text begins or ends
 * @name: of a symbol, such as "_etext" and "__sched_text_start"
 *
 * The text is cut there. An edge does not move, and neither does the code behind it.
 */
bool linux_is_edge(const char *name);

/**
 * linux_is_fixed_behind() - whether the text behind an edge stays as a whole
 * @name: of a symbol, such as "__entry_text_start"
 */
bool linux_is_fixed_behind(const char *name);

/**
 * linux_is_hash() - whether a symbol names a hash of kCFI, with which the prefix of a function begins
 */
bool linux_is_hash(const char *name);

/**
 * linux_is_prefix() - whether a symbol names bytes that belong to the function behind them
 * @name: of a symbol, such as "__pfx_schedule": tracers and checks of calls use these bytes
 */
bool linux_is_prefix(const char *name);

/**
 * linux_is_cold() - whether a symbol names a part of a function that is seldom used
 * @name: of a symbol, such as "schedule.cold"
 */
bool linux_is_cold(const char *name);

/**
 * linux_is_label() - whether a symbol is a compiler's own label
 * @name: of a symbol, such as ".Ltmp0": of clang, one of each number in each file
 *
 * kallsyms does not have them.
 */
bool linux_is_label(const char *name);

/**
 * linux_is_returned_to() - whether a function is entered by a return to its first byte
 * @name: of a symbol, such as "ret_from_fork"
 *
 * The unwinder looks up the byte before an address that is returned to, here one before the
 * function: that byte must stay in front of it, and its entry in the ORC tables with it.
 */
bool linux_is_returned_to(const char *name);

#endif
