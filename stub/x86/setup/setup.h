/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16-bit setup code, which a BIOS boot loader starts. It asks the BIOS about
 * the machine, writes the answers into boot_params and enters the 32-bit code
 * (Linux, Documentation/arch/x86/boot.rst and zero-page.rst).
 *
 * Code, data, the setup header and the stack are in one segment; a pointer is an
 * offset in that segment. It prints nothing if all is well.
 */
#ifndef SETUP_SETUP_H
#define SETUP_SETUP_H

/* Offsets in the setup header, for the assembler. */
#define HEADER_LOADFLAGS (0x211 - 0x1f1)
#define HEADER_HEAP_END_PTR (0x224 - 0x1f1)
#define CAN_USE_HEAP 0x80

/* The last bytes of the setup code: if they are there, all of it was loaded. */
#define SETUP_SIGNATURE 0x5a627a42

/* The least size of the stack, which BIOSes use, too; the same as in Linux. */
#define STACK_MIN 1024

/* sizeof(struct bios_regs) */
#define BIOS_REGS_SIZE 36

/* boot.rst: __BOOT_CS and __BOOT_DS. */
#define GDT_CODE 0x10
#define GDT_DATA 0x18
#define GDT_TSS 0x20

#ifndef __ASSEMBLER__

#include "zero_page.h"

/* In start.S and setup.lds. */
extern const struct setup_header header; /* both in place, as written by the loader */
extern const struct old_cmdline old_cmdline;
_Noreturn void halt(void);
_Noreturn void enter_protected_mode(uint32_t entry, uint32_t zero_page);

/* The steps of setup_main(), in order, and the fields that each fills in. */

/* cpu_check.c: nothing; does not return if the CPU has no 64-bit mode */
void check_cpu(void);

/* firmware.c: nothing; tells the BIOS that we will run in 64-bit mode */
void announce_long_mode(void);

/* e820.c: e820_table, e820_entries, alt_mem_k, screen_info.ext_mem_k */
void detect_memory(struct zero_page *zp);

/* firmware.c: kbd_status; sets the fastest repeat rate */
void init_keyboard(struct zero_page *zp);

/* firmware.c: ist_info */
void query_speedstep(struct zero_page *zp);

/* disks.c: eddbuf, edd_mbr_sig_buffer and their counts; the command line may disable it */
void query_disks(struct zero_page *zp);

/* video.c: screen_info, edid_info; sets the mode that header.vid_mode asks for */
void set_video(struct zero_page *zp);

/* a20.c: nothing; does not return if odd megabytes cannot be addressed */
void enable_a20(void);

#endif
#endif
