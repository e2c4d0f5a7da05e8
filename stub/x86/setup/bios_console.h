/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the setup code. */
#ifndef SETUP_BIOS_CONSOLE_H
#define SETUP_BIOS_CONSOLE_H

/**
 * print() - print on the screen
 * @text: "\n" begins a new line
 */
void print(const char *text);

/**
 * complain() - print an error
 * @text: the failure, a colon and the remedy
 *
 * The text goes to the screen, and to the serial port that the command line names.
 */
void complain(const char *text);

/**
 * fail() - print an error and halt
 * @text: as for complain()
 */
_Noreturn void fail(const char *text);

#endif
