/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of the test kernel: lines "TESTKERNEL key=value" on COM1 */
#ifndef TESTKERNEL_CONSOLE_H
#define TESTKERNEL_CONSOLE_H

#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outl(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* Prints an empty line, because the last line on the console may be incomplete. */
void report_start(void);

void report_text(const char *key, const char *text);
void report_number(const char *key, uint64_t value);
void report_hex(const char *key, uint64_t value);

/* Prints key=ok; or key=bad and @fault, which counts as a failure. */
void verdict(const char *key, const char *fault);

/* The number of bad verdicts */
unsigned int failures(void);

#endif
