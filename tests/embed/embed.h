/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot loader that is not EFI, on top of <bzboot/load.h>: loaded by Multiboot 1
 * (QEMU -kernel) or 2 (GRUB), it takes its first module for an image, the second
 * for an initrd, what follows "-- " on its command line for the kernel's, and
 * boots the kernel by itself. What it does it says on the serial line.
 */
#ifndef EMBED_H
#define EMBED_H

#include <bzboot/bzboot.h>

#define MAP_MAX 256
#define MODULES_MAX 2

/* What whoever loaded us says. */
struct told {
	const char *cmdline;
	struct bzb_range modules[MODULES_MAX];
	size_t module_count;
	struct bzb_memory_range map[MAP_MAX];
	size_t map_count;
};

/* --- multiboot.c --- */

/**
 * multiboot_read() - what Multiboot says, of either version
 * @magic: which of them
 * @info: what it says; it is not used any more afterwards
 * @ret: the same, understood; the command line is a copy
 */
void multiboot_read(uint32_t magic, const unsigned char *info, struct told *ret);

/* --- machine.c --- */

/**
 * say() - a line for the serial port: "EMBED KEY=0xVALUE"
 */
void say(const char *key, uint64_t value);

/**
 * refuse() - say what is wrong, and stop
 * @what: in words
 * @err: of the library; 0 for none
 */
_Noreturn void refuse(const char *what, int err);

/**
 * machine_random() - 64 random bits
 */
uint64_t machine_random(void);

/**
 * machine_prepare() - what decoders that were made for user space expect
 */
void machine_prepare(void);

/* --- entry.S --- */

_Noreturn void enter_kernel(uint64_t address, struct bzb_boot_params *params);

#endif
