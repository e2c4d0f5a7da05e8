/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks of a PC: a timer (Intel 8254), and the time of day (Motorola MC146818). */
#include "x86/cpu.h"
#include "loader.h"

#define TIMER_HZ 1193182u
#define TICKS (TIMER_HZ / 1000)		/* of a millisecond */

enum {
	TIMER_CHANNEL_0 = 0x40,
	TIMER_CHANNEL_2 = 0x42,
	TIMER_MODE = 0x43,
	TIMER_MODE_LATCH = 0x00, /* channel 0: its count is to be read */
	TIMER_MODE_ONCE = 0xb0,	 /* channel 2, both bytes, mode 0: high at the end */
	PORT_B = 0x61,		 /* bit 0: its gate; bit 1: the speaker; bit 5: its output */
	CLOCK_INDEX = 0x70,
	CLOCK_DATA = 0x71,
	CLOCK_REGISTERS = 10, /* seconds to years */
};

#define TRIES 1000000			/* the limit if there is no such timer */

uint64_t loader_ticks_per_ms(struct boot *boot)
{
	uint64_t begin;

	if (boot->guest.no_io)
		return 0;
	outb((uint8_t)((inb(PORT_B) & ~2) | 1), PORT_B);
	outb(TIMER_MODE_ONCE, TIMER_MODE);
	outb(TICKS & 0xff, TIMER_CHANNEL_2);
	outb(TICKS >> 8, TIMER_CHANNEL_2);
	begin = arch_time_stamp();
	for (int i = 0; i < TRIES; i++)
		if (inb(PORT_B) & 0x20)
			return arch_time_stamp() - begin;
	return 0;
}

#define READINGS 64

/* Even if there is no such timer or clock, the time that a read takes varies. */
void loader_stir_clocks(struct boot *boot, struct seed *seed)
{
	unsigned char bytes[READINGS * 2 + CLOCK_REGISTERS], *at = bytes;

	if (boot->guest.no_io)
		return;
	for (int i = 0; i < READINGS; i++) {
		outb(TIMER_MODE_LATCH, TIMER_MODE);
		*at++ = inb(TIMER_CHANNEL_0);
		*at++ = inb(TIMER_CHANNEL_0);
		random_stir_time(seed);
	}
	for (uint8_t i = 0; i < CLOCK_REGISTERS; i++) {
		outb(i, CLOCK_INDEX);
		*at++ = inb(CLOCK_DATA);
	}
	random_stir(seed, (struct bzb_span){ bytes, sizeof(bytes) });
}
