/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot loader that is not EFI, on top of <bzboot/load.h>: loaded by Multiboot 1
 * (QEMU -kernel), Multiboot2 (GRUB) or PVH (QEMU -kernel, and what knows only
 * that: Xen, Cloud Hypervisor, Firecracker), it takes its first module for an
 * image, the second for an initrd, what follows "-- " on its command line for the
 * kernel's, and boots the kernel by itself, by the page of code in
 * docs/embedding.md. What it does it says on the serial line.
 *
 * QEMU hands over one module by PVH, -initrd. So if there is no second, what
 * follows the image in the first is the initrd: cat kernel.efi initrd.img. Where
 * an image ends its headers say.
 */
#ifndef EMBED_H
#define EMBED_H

#include <bzboot/bzboot.h>

#define MAP_MAX 256
#define MODULES_MAX 2
#define CMDLINE_ROOM (BZB_CMDLINE_MAX + 256)

/* What entry.S maps, from 0 on; as in the page. */
#define MAPPED ((uint64_t)4 << 30)

/* What whoever loaded us says. */
struct told {
	const char *cmdline;
	struct bzb_range modules[MODULES_MAX];
	size_t module_count;
	struct bzb_memory_range map[MAP_MAX];
	size_t map_count;
	uint64_t rsdp;			/* 0: not known */
};

/* --- told.c: more than there is room for is refused --- */

uint32_t load32(const unsigned char *at);
uint64_t load64(const unsigned char *at);

/**
 * told_cmdline() - note a copy of the command line
 */
void told_cmdline(struct told *told, const unsigned char *text);

/**
 * told_module() - note one more module
 */
void told_module(struct told *told, uint64_t addr, uint64_t size);

/**
 * told_range() - note one more range of the memory map
 * @entry: address, size, type; as in e820, and so in all the protocols
 */
void told_range(struct told *told, const unsigned char *entry);

/* --- pvh.c --- */

/* XEN_HVM_START_MAGIC_VALUE; entry.S says it in place of Multiboot's numbers. */
#define PVH_MAGIC 0x336ec578

/**
 * pvh_read() - what a PVH loader says
 * @info: the start_info; it is not used any more afterwards
 * @ret: the same, understood
 */
void pvh_read(const unsigned char *info, struct told *ret);

/* --- multiboot.c --- */

/**
 * multiboot_read() - what Multiboot says, of either version
 * @magic: which of them
 * @info: what it says; it is not used any more afterwards
 * @ret: the same, understood
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

#endif
