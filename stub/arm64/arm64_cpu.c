/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h for the processor: Arm Architecture Reference Manual (DDI 0487). */
#include "arch.h"

/* D12, the generic timer */
uint64_t arch_time_stamp(void)
{
	uint64_t count;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
	return count;
}

uint64_t arch_ticks_per_ms(void)
{
	uint64_t hertz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
	return hertz / 1000;
}

_Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("msr daifset, #15; wfi");
}

/* FEAT_RNG: ID_AA64ISAR0_EL1.RNDR */
static bool has_rndr(void)
{
	uint64_t features;

	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
	return features >> 60;
}

/* RNDR and RNDRRS, which is reseeded before each read; Z is set on failure. */
static bool rndr(uint64_t *ret)
{
	bool ok;

	__asm__ volatile("mrs %0, s3_3_c2_c4_0; cset %w1, ne" : "=r"(*ret), "=r"(ok) : : "cc");
	return ok;
}

static bool rndrrs(uint64_t *ret)
{
	bool ok;

	__asm__ volatile("mrs %0, s3_3_c2_c4_1; cset %w1, ne" : "=r"(*ret), "=r"(ok) : : "cc");
	return ok;
}

const struct arch_random_source arch_random_sources[] = {
	{ has_rndr, rndrrs },
	{ has_rndr, rndr },
	{ NULL, NULL },
};

/* C5.2.2, DAIF: I and F. AAPCS64 has no red zone; the canary of the libraries is a variable. */
void arch_enter_decoder(struct arch_saved *saved)
{
	__asm__ volatile("mrs %0, daif; msr daifset, #3" : "=r"(saved->words[0]) : : "memory");
}

void arch_leave_decoder(const struct arch_saved *saved)
{
	__asm__ volatile("msr daif, %0" : : "r"(saved->words[0]) : "memory");
}

/* B2.4.4, CTR_EL0 */
#define CTR_DATA_LINE_SHIFT 16 /* log2 of the words of the smallest data cache line */
#define CTR_DATA_LINE_MASK 15u
#define CTR_IDC ((uint64_t)1 << 28)	/* data need not be cleaned */
#define CTR_DIC ((uint64_t)1 << 29)	/* instructions need not be invalidated */

void arch_sync_code(struct bzb_range code)
{
	const uint64_t end = code.addr + code.size;
	uint64_t ctr, line;

	__asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
	line = (uint64_t)4 << (ctr >> CTR_DATA_LINE_SHIFT & CTR_DATA_LINE_MASK);
	if (!(ctr & CTR_IDC))
		for (uint64_t at = code.addr & -line; at < end; at += line)
			__asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb ish" : : : "memory");
	if (!(ctr & CTR_DIC))
		__asm__ volatile("ic ialluis; dsb ish" : : : "memory");
	__asm__ volatile("isb" : : : "memory");
}
