/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial line, random numbers, and the environment of code for user space */
#include "embed.h"

#define COM1 0x3f8
#define LINE_STATUS 5
#define TRANSMITTER_EMPTY 0x20

#define MSR_FS_BASE 0xc0000100u
#define CPUID_RDRAND (1u << 30)		/* 1 %ecx */

static void out(uint16_t port, unsigned char value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static unsigned char in(uint16_t port)
{
	unsigned char value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(in(COM1 + LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		out(COM1, (unsigned char)*text);
	}
}

void say(const char *key, uint64_t value)
{
	char digits[17];

	for (int i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	digits[16] = '\0';
	print("EMBED ");
	print(key);
	print("=0x");
	print(digits);
	print("\r\n");
}

_Noreturn void refuse(const char *what, int err)
{
	print("EMBED refused=");
	print(what);
	if (err) {
		print(": ");
		print(bzb_strerror(err));
	}
	print("\r\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}

static uint64_t time_stamp(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Good enough for tests that addresses differ; a real loader needs better ones. */
uint64_t machine_random(void)
{
	uint32_t a = 1, b, c = 0, d;
	uint64_t number = 0;

	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (c & CPUID_RDRAND)
		__asm__ volatile("1: rdrand %0; jnc 1b" : "=r"(number) : : "cc");
	/* The golden ratio spreads neighbouring numbers. */
	return number ^ time_stamp() * 0x9e3779b97f4a7c15u;
}

/* The canary of the stack protector is at %fs:0x28. */
void machine_prepare(void)
{
	static unsigned char thread_block[64];
	uint64_t addr = (uintptr_t)thread_block;

	__asm__ volatile("wrmsr"
			 :
			 : "c"(MSR_FS_BASE), "a"((uint32_t)addr), "d"((uint32_t)(addr >> 32))
			 : "memory");
}

_Noreturn void bzb_stack_overwritten(void)
{
	refuse("the stack has been overwritten", 0);
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
