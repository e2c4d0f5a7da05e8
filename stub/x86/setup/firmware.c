/* SPDX-License-Identifier: BSD-2-Clause */
/* Short calls of the BIOS, and helpers for all calls. */
#include "bios.h"
#include "ports.h"

void bios_regs(struct bios_regs *regs, uint32_t eax)
{
	memset(regs, 0, sizeof(*regs));
	regs->eax = eax;
	regs->es = our_segment();
}

uint16_t bios_video(uint16_t ax, uint16_t bx, uint16_t cx)
{
	struct bios_regs regs;

	bios_regs(&regs, ax);
	regs.bx = bx;
	regs.cx = cx;
	bios_call(BIOS_VIDEO, &regs);
	return regs.ax;
}

void announce_long_mode(void)
{
	struct bios_regs regs;

	bios_regs(&regs, 0xec00); /* AMD64: detect target operating mode */
	regs.bx = 2;		  /* 64-bit mode only */
	bios_call(BIOS_SYSTEM, &regs);
}

void init_keyboard(struct zero_page *zp)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x0200); /* shift flags; bit 5 is Num Lock */
	bios_call(BIOS_KEYBOARD, &regs);
	zp->kbd_status = regs.al;
	bios_regs(&regs, 0x0305); /* typematic rate: BX = 0, fastest */
	bios_call(BIOS_KEYBOARD, &regs);
}

void query_speedstep(struct zero_page *zp)
{
	struct bios_regs regs;

	bios_regs(&regs, 0xe980); /* Intel SpeedStep: its interface */
	regs.edx = 0x47534943;	  /* "GSIC" */
	bios_call(BIOS_SYSTEM, &regs);
	zp->ist_info = (struct ist_info){ regs.eax, regs.ebx, regs.ecx, regs.edx };
}
