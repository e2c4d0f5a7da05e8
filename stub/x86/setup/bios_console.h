/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the setup code. */
#ifndef SETUP_BIOS_CONSOLE_H
#define SETUP_BIOS_CONSOLE_H

/**
 * print() - say something on the screen
 * @text: "\n" begins a new line
 */
void print(const char *text);

/**
 * complain() - print what is wrong and what to do
 * @text: "what failed: what to do"
 *
 * On the screen, and on the serial port that the command line names.
 */
void complain(const char *text);

/**
 * fail() - complain() and stop
 * @text: as above
 */
_Noreturn void fail(const char *text);

#endif
