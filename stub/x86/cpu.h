/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processor, and what the decoders expect of it. They come from the distribution's
 * static libraries and are compiled for user space, which means
 *
 * - they read a stack protector's canary at %fs:0x28, so FS must point to a
 *   block of ours;
 * - they keep data below the stack pointer (the red zone), where an interrupt
 *   handler of the firmware, which runs on the same stack, would write: so
 *   interrupts are off meanwhile, and no firmware service is called.
 */
#ifndef STUB_CPU_H
#define STUB_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct cpu_state {
	uint64_t fs_base;
	uint64_t flags;
	unsigned char thread_block[64];	/* FS points here; the canary is in it */
};

#define MSR_FS_BASE 0xc0000100u

static inline void cpu_id(uint32_t leaf, uint32_t regs[4])
{
	__asm__("cpuid" : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
		: "a"(leaf), "c"(0));
}

/* CPUID 1, ECX bit 31: kept free for hypervisors to say that they are there */
static inline bool cpu_is_virtual(void)
{
	uint32_t regs[4];

	cpu_id(1, regs);
	return regs[2] & 1u << 31;
}

static inline uint64_t cpu_time_stamp(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
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

static inline _Noreturn void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

/* Intel SDM, volume 3, 11.4.4: IA32_APIC_BASE, bit 8; AMD has the same. */
static inline bool cpu_is_boot_processor(void)
{
	return cpu_read_msr(0x1b) & 1u << 8;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32)) : "memory");
}

static inline void cpu_enter_decoder(struct cpu_state *saved)
{
	for (unsigned int i = 0; i < sizeof(saved->thread_block); i++)
		saved->thread_block[i] = (unsigned char)(0x5a + i);
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(saved->flags) : : "memory");
	saved->fs_base = cpu_read_msr(MSR_FS_BASE);
	cpu_write_msr(MSR_FS_BASE, (uint64_t)(uintptr_t)saved->thread_block);
}

static inline void cpu_leave_decoder(const struct cpu_state *saved)
{
	cpu_write_msr(MSR_FS_BASE, saved->fs_base);
	__asm__ volatile("pushq %0; popfq" : : "r"(saved->flags) : "memory", "cc");
}

#endif
