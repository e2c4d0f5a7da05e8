/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The A20 gate: while it is closed, address bit 20 is 0, so that every odd megabyte
 * is the same as the one below it. It is open on any machine of this century. There
 * are three ways to open it, which are tried until one works.
 */
#include "bios.h"
#include "bios_console.h"
#include "ports.h"

/* FFFF:TEST + 10h is 0000:TEST with bit 20 set. 0000:TEST is the unused vector of INT 80h. */
#define TEST_OFFSET 0x200u

enum {
	KBC_DATA = 0x60,
	KBC_COMMAND = 0x64,
	KBC_STATUS = 0x64,
	STATUS_OUTPUT_FULL = 1,
	STATUS_INPUT_FULL = 2,
	NO_KBC = 0xff,

	KBC_WRITE_OUTPUT_PORT = 0xd1,
	OUTPUT_PORT_A20 = 0xdf,
	KBC_PULSE_NOTHING = 0xff, /* USB controllers that imitate a KBC need it */

	PORT_A = 0x92,
	PORT_A_RESET = 1,
	PORT_A_A20 = 2,

	TRIES = 8,
	SHORT_WAIT = 32,     /* in units of io_delay() */
	LONG_WAIT = 1 << 20, /* a second */
	KBC_WAIT = 100000,
};

/* Waits until addresses with bit 20 differ from those without; false if they never do. */
static bool is_open(unsigned int wait)
{
	uint16_t saved = far_read16(0, TEST_OFFSET), value = saved;
	bool open;

	do {
		far_write16(0, TEST_OFFSET, ++value);
		io_delay();
		open = far_read16(0xffff, TEST_OFFSET + 0x10) != value;
	} while (!open && --wait);
	far_write16(0, TEST_OFFSET, saved);
	return open;
}

static void ask_bios(void)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x2401); /* enable A20 gate */
	bios_call(BIOS_SYSTEM, &regs);
}

/* Discards the output of the keyboard controller, and waits until it accepts input. */
static void drain_kbc(void)
{
	uint8_t status;

	for (unsigned int i = 0; i < KBC_WAIT; i++) {
		io_delay();
		status = in8(KBC_STATUS);
		if (status == NO_KBC)
			return;
		if (status & STATUS_OUTPUT_FULL)
			in8(KBC_DATA);
		else if (!(status & STATUS_INPUT_FULL))
			return;
	}
}

static void ask_kbc(void)
{
	drain_kbc();
	out8(KBC_COMMAND, KBC_WRITE_OUTPUT_PORT);
	drain_kbc();
	out8(KBC_DATA, OUTPUT_PORT_A20);
	drain_kbc();
	out8(KBC_COMMAND, KBC_PULSE_NOTHING);
	drain_kbc();
}

static void ask_port_a(void)
{
	out8(PORT_A, (uint8_t)((in8(PORT_A) | PORT_A_A20) & ~PORT_A_RESET));
}

void enable_a20(void)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		if (is_open(SHORT_WAIT))
			return;
		ask_bios();
		if (is_open(SHORT_WAIT))
			return;
		ask_kbc();
		if (is_open(LONG_WAIT))
			return;
		ask_port_a();
		if (is_open(LONG_WAIT))
			return;
	}
	fail("the A20 gate does not open: enable it in the BIOS setup");
}
