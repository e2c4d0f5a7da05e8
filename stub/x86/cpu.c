/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h for the processor. */
#include "arch.h"

#include "addresses.h"
#include "cpu.h"

/* By an instruction, because pointers in memory may not be relocated yet. */
unsigned char *arch_image(void)
{
	uintptr_t text;

	__asm__("leaq entry32(%%rip), %0" : "=r"(text));
	return (unsigned char *)(text - TEXT_RVA);
}

uint64_t arch_time_stamp(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Intel SDM, CPUID 15h: the crystal's frequency, and the ratio of the counter to it; all zero in
 * many processors and under many hypervisors. */
uint64_t arch_ticks_per_ms(void)
{
	uint32_t regs[4];

	cpu_id(0, regs);
	if (regs[0] < 0x15)
		return 0;
	cpu_id(0x15, regs);
	return regs[0] ? (uint64_t)regs[2] * regs[1] / regs[0] / 1000 : 0;
}

/* CPUID 1, ECX bit 31: reserved for hypervisors, which set it */
bool arch_is_virtual(void)
{
	uint32_t regs[4];

	cpu_id(1, regs);
	return regs[2] & 1u << 31;
}

/* Intel SDM, volume 3, 11.4.4: IA32_APIC_BASE, bit 8; AMD has the same. */
bool arch_is_boot_processor(void)
{
	return cpu_read_msr(0x1b) & 1u << 8;
}

_Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/*
 * Code that is compiled for user space
 *
 * - reads a stack protector's canary at %fs:0x28, so FS has to point to a block of ours;
 * - has data below the stack pointer (the red zone), which an interrupt handler of the firmware
 *   would overwrite, because it runs on the same stack.
 *
 * The words of struct arch_saved. The last eight are the block that FS points to, with the canary.
 */
enum { SAVED_FS_BASE, SAVED_FLAGS, THREAD_BLOCK };

void arch_enter_decoder(struct arch_saved *saved)
{
	unsigned char *block = (unsigned char *)&saved->words[THREAD_BLOCK];
	const size_t size = sizeof(saved->words) - THREAD_BLOCK * sizeof(saved->words[0]);

	for (size_t i = 0; i < size; i++)
		block[i] = (unsigned char)(0x5a + i);
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(saved->words[SAVED_FLAGS]) : : "memory");
	saved->words[SAVED_FS_BASE] = cpu_read_msr(MSR_FS_BASE);
	cpu_write_msr(MSR_FS_BASE, (uintptr_t)block);
}

void arch_leave_decoder(const struct arch_saved *saved)
{
	cpu_write_msr(MSR_FS_BASE, saved->words[SAVED_FS_BASE]);
	__asm__ volatile("pushq %0; popfq" : : "r"(saved->words[SAVED_FLAGS]) : "memory", "cc");
}
