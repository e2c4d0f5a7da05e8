/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h for the processor: The RISC-V Instruction Set Manual. */
#include "arch.h"

/* Volume 1, "Zicntr" */
uint64_t arch_time_stamp(void)
{
	uint64_t count;

	__asm__ volatile("rdtime %0" : "=r"(count));
	return count;
}

/* Only the device tree and ACPI state it. */
uint64_t arch_ticks_per_ms(void)
{
	return 0;
}

/* Volume 2, sstatus.SIE: interrupts are on */
#define SSTATUS_SIE ((uint64_t)1 << 1)

_Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("csrc sstatus, %0; wfi" : : "r"(SSTATUS_SIE));
}

/* The seed of Zkr is for machine mode. */
const struct arch_random_source arch_random_sources[] = {
	{ NULL, NULL },
};

/* The psABI has no red zone, and the canary of the libraries is a variable. */
void arch_enter_decoder(struct arch_saved *saved)
{
	__asm__ volatile("csrrc %0, sstatus, %1"
			 : "=&r"(saved->words[0])
			 : "r"(SSTATUS_SIE)
			 : "memory");
}

void arch_leave_decoder(const struct arch_saved *saved)
{
	__asm__ volatile("csrs sstatus, %0" : : "r"(saved->words[0] & SSTATUS_SIE) : "memory");
}

/* Volume 1, "Zifencei": of this processor; the kernel does it for the others. */
void arch_sync_code(struct bzb_range code)
{
	(void)code;
	__asm__ volatile("fence.i" : : : "memory");
}
