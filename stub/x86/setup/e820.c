/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map, by the three services that BIOSes have had for it. */
#include "bios.h"

#define SMAP 0x534d4150u			/* "SMAP" */
#define E820_SIZE 20u				/* the size to request: without ACPI's attributes */
#define E801_BELOW_16M (15u * 1024)		/* KiB from 1 to 16 MiB */

/* The longer form of ACPI 3.0: it is not requested, but a BIOS may write it. */
struct e820_buffer {
	struct e820_entry entry;
	uint32_t attributes;
};

static struct e820_buffer buffer;

/*
 * INT 15h AX=E820h, as BIOSes really behave. Some change only a part of the buffer
 * from one entry to the next, so there is one buffer, which nothing else writes to.
 * Some end the list with the carry flag instead of EBX = 0, and then do not return
 * "SMAP". Some stop returning "SMAP" in the middle of the list, and then none of the
 * entries is reliable.
 */
static void detect_e820(struct zero_page *zp)
{
	struct bios_regs regs;
	unsigned int count = 0;
	uint32_t next = 0;

	buffer.attributes = 1; /* valid */
	do {
		bios_regs(&regs, 0xe820);
		regs.ebx = next;
		regs.ecx = E820_SIZE;
		regs.edx = SMAP;
		regs.edi = near(&buffer);
		bios_call(BIOS_SYSTEM, &regs);
		if (bios_failed(&regs))
			break;
		if (regs.eax != SMAP) {
			count = 0;
			break;
		}
		zp->e820_table[count++] = buffer.entry;
		next = regs.ebx;
	} while (next && count < BZB_E820_MAX);
	zp->e820_entries = (uint8_t)count;
}

/* AX, BX: the memory; CX, DX: the configured memory, or 0. AX and CX count KiB from 1 to 16 MiB,
 * BX and DX count units of 64 KiB above. */
static void detect_e801(struct zero_page *zp)
{
	struct bios_regs regs;
	uint32_t low, high;

	bios_regs(&regs, 0xe801);
	bios_call(BIOS_SYSTEM, &regs);
	if (bios_failed(&regs))
		return;
	low = regs.ax;
	high = regs.bx;
	if (regs.cx || regs.dx) {
		low = regs.cx;
		high = regs.dx;
	}
	if (low > E801_BELOW_16M)
		return;
	/* If there is a hole below 16 MiB, one number cannot express the memory above it. */
	if (low == E801_BELOW_16M)
		low += high << 6;
	zp->alt_mem_k = low;
}

static void detect_88(struct zero_page *zp)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x8800); /* KiB above 1 MiB */
	bios_call(BIOS_SYSTEM, &regs);
	zp->screen_info.ext_mem_k = regs.ax;
}

void detect_memory(struct zero_page *zp)
{
	detect_e820(zp);
	detect_e801(zp);
	detect_88(zp);
}
