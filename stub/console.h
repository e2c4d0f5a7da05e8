/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the stub, on the console of the entry. Quiet unless something is wrong. */
#ifndef STUB_CONSOLE_H
#define STUB_CONSOLE_H

#include "boot.h"

/**
 * boot_say() - print a line
 * @boot: has the console
 * @what: the text, without line end
 */
void boot_say(struct boot *boot, const char *what);

/* Room for the digits of a number. */
struct decimal {
	char text[21];			/* 2^64 has 20 */
};

/**
 * decimal() - the digits of a number
 * @number: any
 * @room: for them
 *
 * returns: text in @room
 */
const char *decimal(uint64_t number, struct decimal *room);

/**
 * boot_say_numbers() - print a line with numbers in it
 * @boot: has the console
 * @what: the text, without line end; each '%' is a number
 * @numbers: as many
 */
void boot_say_numbers(struct boot *boot, const char *what, const uint64_t *numbers);

/**
 * boot_fail() - print in one line what failed and what to do about it
 * @boot: has the console
 * @error: what to return
 * @what: the message: what failed and what to do
 *
 * returns: @error
 */
enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what);

/**
 * boot_keep() - remember a boot for boot_halt()
 * @boot: has the console; must outlive the last call of boot_halt()
 */
void boot_keep(struct boot *boot);

/**
 * boot_halt() - print in one line what failed and what to do about it, and halt this processor
 * @what: the message: what failed and what to do
 *
 * For code that cannot return an error. Silent before boot_keep(), and under EFI on all but the boot
 * processor, because no other may call the firmware: the boot processor reports the missing ones.
 */
_Noreturn void boot_halt(const char *what);

#endif
