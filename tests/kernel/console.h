/* SPDX-License-Identifier: BSD-2-Clause */
/* What the test kernel says: lines "TESTKERNEL key=value" on COM1. */
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

/* An empty line: what was on the console before may not have ended its own. */
void report_start(void);

void report_text(const char *key, const char *text);
void report_number(const char *key, uint64_t value);
void report_hex(const char *key, uint64_t value);

/* key=ok, or key=bad: and what @fault says, which counts as a failure. */
void verdict(const char *key, const char *fault);

/* How many verdicts were bad. */
unsigned int failures(void);

#endif
