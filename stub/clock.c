/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include "console.h"

void clock_start(struct boot *boot)
{
	boot->clock = (struct clock){ .start = arch_time_stamp() };
}

uint64_t clock_us(struct boot *boot, uint64_t ticks)
{
	struct clock *clock = &boot->clock;

	if (!clock->ticks_per_ms)
		clock->ticks_per_ms = arch_ticks_per_ms();
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
	ticks = arch_time_stamp() - boot->clock.start;
	boot->platform->print(boot, "bzboot: ");
	boot->platform->print(boot, decimal(clock_us(boot, ticks), &room));
	boot->platform->print(boot, boot->clock.ticks_per_ms ? " us: " : " (no clock): ");
	boot->platform->print(boot, name);
	boot->platform->print(boot, "\r\n");
}
