/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the stub, on the platform's console. There are none if all is well. */
#ifndef STUB_CONSOLE_H
#define STUB_CONSOLE_H

#include "boot.h"

/**
 * boot_say() - print a line
 * @boot: has the console
 * @what: the text, without line end
 */
void boot_say(struct boot *boot, const char *what);

/* Space for the digits of a number. */
struct decimal {
	char text[21]; /* 2^64 has 20 */
};

/**
 * decimal() - convert a number to a text
 * @number: any
 * @room: for the digits
 *
 * returns: text in @room
 */
const char *decimal(uint64_t number, struct decimal *room);

/**
 * boot_say_numbers() - print a line with numbers in it
 * @boot: has the console
 * @what: the text, without line end; each '%' is replaced by a number
 * @numbers: one for each '%'
 */
void boot_say_numbers(struct boot *boot, const char *what, const uint64_t *numbers);

/**
 * boot_fail() - print an error in one line
 * @boot: has the console
 * @error: the return value
 * @what: the message: the failure and its remedy
 *
 * returns: @error
 */
enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what);

/**
 * boot_keep() - store a boot for boot_halt()
 * @boot: has the console; must outlive the last call of boot_halt()
 */
void boot_keep(struct boot *boot);

/**
 * boot_halt() - print an error in one line, and halt this processor
 * @what: the message: the failure and its remedy
 *
 * For code that cannot return an error. Prints nothing before boot_keep() and, under EFI, on other
 * processors than the boot processor, because they must not call the firmware: the boot processor
 * reports that they are missing.
 */
_Noreturn void boot_halt(const char *what);

#endif
