/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include "x86/cpu.h"
#include "console.h"

/* Intel SDM, CPUID 15h: the crystal's frequency and how many ticks it makes; all zero in
 * many processors, and under many hypervisors. */
static uint64_t ticks_per_ms_of_cpu(void)
{
	uint32_t regs[4];

	cpu_id(0, regs);
	if (regs[0] < 0x15)
		return 0;
	cpu_id(0x15, regs);
	return regs[0] ? (uint64_t)regs[2] * regs[1] / regs[0] / 1000 : 0;
}

void clock_start(struct boot *boot)
{
	boot->clock = (struct clock){ .start = cpu_time_stamp() };
}

uint64_t clock_us(struct boot *boot, uint64_t ticks)
{
	struct clock *clock = &boot->clock;

	if (!clock->ticks_per_ms)
		clock->ticks_per_ms = ticks_per_ms_of_cpu();
	if (!clock->ticks_per_ms && boot->platform->ticks_per_ms)
		clock->ticks_per_ms = boot->platform->ticks_per_ms(boot);
	if (!clock->ticks_per_ms)
		return 0;
	return ticks / clock->ticks_per_ms * 1000 +
	       ticks % clock->ticks_per_ms * 1000 / clock->ticks_per_ms;
}

void boot_phase(struct boot *boot, const char *name)
{
	uint64_t ticks;
	struct decimal room;

	boot->phase = name;
	if (!boot->options.debug)
		return;
	ticks = cpu_time_stamp() - boot->clock.start;
	boot->platform->print(boot, "bzboot: ");
	boot->platform->print(boot, decimal(clock_us(boot, ticks), &room));
	boot->platform->print(boot, boot->clock.ticks_per_ms ? " us: " : " (no clock): ");
	boot->platform->print(boot, name);
	boot->platform->print(boot, "\r\n");
}
