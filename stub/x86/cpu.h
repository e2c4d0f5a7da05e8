/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that C does not have, and features of the processor. */
#ifndef STUB_CPU_H
#define STUB_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_FS_BASE 0xc0000100u

static inline void cpu_id(uint32_t leaf, uint32_t regs[4])
{
	__asm__("cpuid"
		: "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
		: "a"(leaf), "c"(0));
}

/* Intel SDM, CPUID 80000001h, EDX bit 26 */
static inline bool cpu_has_gigabyte_pages(void)
{
	uint32_t regs[4];

	cpu_id(0x80000000u, regs);
	if (regs[0] < 0x80000001u)
		return false;
	cpu_id(0x80000001u, regs);
	return regs[3] & 1u << 26;
}

/* Intel SDM, CPUID 7, ECX bit 16 */
static inline bool cpu_has_five_levels(void)
{
	uint32_t regs[4];

	cpu_id(0, regs);
	if (regs[0] < 7)
		return false;
	cpu_id(7, regs);
	return regs[2] & 1u << 16;
}

/* CR4.LA57 */
static inline bool cpu_uses_five_levels(void)
{
	uint64_t cr4;

	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	return cr4 & 1u << 12;
}

static inline void outb(uint8_t value, uint16_t port)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

#endif
