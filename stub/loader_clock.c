/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the time stamp counter is, by the timer that PCs have (Intel 8254, channel 2). */
#include "cpu.h"
#include "loader.h"

#define TIMER_HZ 1193182u
#define TICKS (TIMER_HZ / 1000)		/* of a millisecond */

enum {
	TIMER_CHANNEL_2 = 0x42,
	TIMER_MODE = 0x43,
	TIMER_MODE_ONCE = 0xb0,		/* channel 2, both bytes, mode 0: high at the end */
	PORT_B = 0x61,			/* bit 0: its gate; bit 1: the speaker; bit 5: its output */
};

#define TRIES 1000000			/* where there is no such timer */

uint64_t loader_ticks_per_ms(struct boot *boot)
{
	uint64_t begin;

	(void)boot;
	outb((uint8_t)((inb(PORT_B) & ~2) | 1), PORT_B);
	outb(TIMER_MODE_ONCE, TIMER_MODE);
	outb(TICKS & 0xff, TIMER_CHANNEL_2);
	outb(TICKS >> 8, TIMER_CHANNEL_2);
	begin = cpu_time_stamp();
	for (int i = 0; i < TRIES; i++)
		if (inb(PORT_B) & 0x20)
			return cpu_time_stamp() - begin;
	return 0;
}
