/* SPDX-License-Identifier: BSD-2-Clause */
#include "setup.h"
#include "ports.h"
#include "setup_cmdline.h"

#define OLD_CMDLINE_SEGMENT 0x9000

static struct zero_page zero_page;

/* boot.rst, "The Kernel Command Line": the protocol before 2.02. The text may be in the bytes that
 * an old kernel would have moved to OLD_CMDLINE_SEGMENT; those are still in our segment. */
static uint32_t find_old_cmdline(const struct setup_header *hdr)
{
	uint32_t segment = OLD_CMDLINE_SEGMENT;

	if (old_cmdline.magic != OLD_CMDLINE_MAGIC)
		return 0;
	if (old_cmdline.offset < hdr->setup_move_size)
		segment = our_segment();
	return (segment << 4) + old_cmdline.offset;
}

/* A command line above 1 MiB is not copied: real mode cannot read it. The kernel can. */
static void copy_cmdline(uint32_t from)
{
	if (!from || from > 0xf0000)
		return;
	for (unsigned int i = 0; i < BZB_CMDLINE_MAX; i++) {
		cmdline[i] = (char)far_read8((uint16_t)(from >> 4), (from & 0xf) + i);
		if (!cmdline[i])
			break;
	}
}

static void copy_header(struct setup_header *hdr)
{
	*hdr = header;
	if (!hdr->cmd_line_ptr)
		hdr->cmd_line_ptr = find_old_cmdline(hdr);
	copy_cmdline(hdr->cmd_line_ptr);
}

/* Turns interrupts off. A loader that replaces the BIOS has a hook for that (boot.rst, "Advanced
 * Boot Loader Hooks"). */
static void stop_interrupts(const struct setup_header *hdr)
{
	if (hdr->realmode_swtch) {
		__asm__ volatile("lcallw *%0"
				 :
				 : "m"(hdr->realmode_swtch)
				 : "eax", "ebx", "ecx", "edx", "memory", "cc");
		return;
	}
	__asm__ volatile("cli");
	out8(0x70, 0x80); /* CMOS index: bit 7 is "no NMI" */
	io_delay();
}

static void reset_fpu(void)
{
	out8(0xf0, 0);
	io_delay();
	out8(0xf1, 0);
	io_delay();
}

static void mask_interrupts(void)
{
	out8(0xa1, 0xff);
	io_delay();
	out8(0x21, 0xfb); /* all but the cascade to the other PIC */
	io_delay();
}

_Noreturn void setup_main(void);

void setup_main(void)
{
	struct zero_page *zp = &zero_page;

	copy_header(&zp->hdr);
	check_cpu();
	announce_long_mode();
	detect_memory(zp);
	init_keyboard(zp);
	query_speedstep(zp);
	query_disks(zp);
	set_video(zp);
	stop_interrupts(&zp->hdr);
	enable_a20();
	reset_fpu();
	mask_interrupts();
	enter_protected_mode(zp->hdr.code32_start, linear(zp));
}
