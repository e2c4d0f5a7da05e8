/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub says, on whatever console the entry has. Quiet unless something is wrong. */
#ifndef STUB_CONSOLE_H
#define STUB_CONSOLE_H

#include "boot.h"

/**
 * boot_say() - print a line
 * @boot: has the console
 * @what: the text, without line end
 */
void boot_say(struct boot *boot, const char *what);

/**
 * boot_fail() - say in one line what failed and what to do about it
 * @boot: has the console
 * @error: what to return
 * @what: failed, and what to do
 *
 * returns: @error
 */
enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what);

#endif
