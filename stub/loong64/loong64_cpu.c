/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arch.h for the processor: LoongArch Reference Manual, volume 1. */
#include "arch.h"

/* 2.2.10.4: the stable counter */
uint64_t arch_time_stamp(void)
{
	uint64_t count;

	__asm__ volatile("rdtime.d %0, $zero" : "=r"(count));
	return count;
}

/* 2.2.10.5, CPUCFG words 4 and 5: the crystal's frequency, and the ratio of the counter to it */
uint64_t arch_ticks_per_ms(void)
{
	uint64_t hertz, ratio, multiplier, divisor;

	__asm__("cpucfg %0, %1" : "=r"(hertz) : "r"(4));
	__asm__("cpucfg %0, %1" : "=r"(ratio) : "r"(5));
	multiplier = ratio & 0xffff;
	divisor = ratio >> 16 & 0xffff;
	return multiplier && divisor ? (hertz & 0xffffffff) * multiplier / divisor / 1000 : 0;
}

/* 7.4.1, CRMD.IE: interrupts are on */
#define CRMD 0x0
#define CRMD_IE ((uint64_t)1 << 2)

/* @value: the new CRMD.IE; other bits are ignored. Returns all of the old CRMD. */
static uint64_t exchange_ie(uint64_t value)
{
	__asm__ volatile("csrxchg %0, %1, %2" : "+r"(value) : "r"(CRMD_IE), "i"(CRMD) : "memory");
	return value;
}

_Noreturn void arch_halt(void)
{
	exchange_ie(0);
	for (;;)
		__asm__ volatile("idle 0");
}

const struct arch_random_source arch_random_sources[] = {
	{ NULL, NULL },
};

/* 7.4.3, EUEN: Debian's static libraries use vectors of 128 bits, which firmware leaves off, and of
 * which its interrupts save 64 bits. There is no red zone, and the canary is a variable. */
#define EUEN 0x2
#define EUEN_SXE ((uint64_t)1 << 1)

static uint64_t exchange_euen(uint64_t value)
{
	__asm__ volatile("csrwr %0, %1" : "+r"(value) : "i"(EUEN) : "memory");
	return value;
}

static uint64_t read_euen(void)
{
	uint64_t value;

	__asm__ volatile("csrrd %0, %1" : "=r"(value) : "i"(EUEN));
	return value;
}

void arch_enter_decoder(struct arch_saved *saved)
{
	saved->words[0] = exchange_ie(0);
	saved->words[1] = read_euen();
	exchange_euen(saved->words[1] | EUEN_SXE);
}

void arch_leave_decoder(const struct arch_saved *saved)
{
	exchange_euen(saved->words[1]);
	exchange_ie(saved->words[0]);
}

/* 2.2.8.2: hardware keeps the caches coherent, and the barrier ends what has been fetched. */
void arch_sync_code(struct bzb_range code)
{
	(void)code;
	__asm__ volatile("ibar 0" : : : "memory");
}
