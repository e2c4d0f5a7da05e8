/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot loader that is not EFI and uses <bzboot/load.h>. It is loaded by
 * Multiboot 1 (QEMU -kernel), Multiboot2 (GRUB) or PVH (QEMU -kernel, and Xen,
 * Cloud Hypervisor and Firecracker, which support only PVH). Its first module is an
 * image, the second an initrd; the text after "-- " on its command line is the
 * kernel's. It boots the kernel by itself, with the page of code in
 * docs/embedding.md, and reports on the serial line.
 *
 * By PVH, QEMU passes one module, -initrd. So without a second module, the bytes
 * after the image in the first are the initrd: cat kernel.efi initrd.img. The
 * image's headers give its end.
 */
#ifndef EMBED_H
#define EMBED_H

#include <bzboot/bzboot.h>

#define MAP_MAX 256
#define MODULES_MAX 2
#define CMDLINE_ROOM (BZB_CMDLINE_MAX + 256)

/* Bytes that entry.S maps, from 0 on; the same as in the page */
#define MAPPED ((uint64_t)4 << 30)

/* Facts from the protocol by which we were loaded */
struct told {
	const char *cmdline;
	struct bzb_range modules[MODULES_MAX];
	size_t module_count;
	struct bzb_memory_range map[MAP_MAX];
	size_t map_count;
	uint64_t rsdp; /* 0: not known */
};

/* --- told.c: refuses more than fits --- */

uint32_t load32(const unsigned char *at);
uint64_t load64(const unsigned char *at);

/**
 * told_cmdline() - store a copy of the command line
 */
void told_cmdline(struct told *told, const unsigned char *text);

/**
 * told_module() - add a module
 */
void told_module(struct told *told, uint64_t addr, uint64_t size);

/**
 * told_range() - add a range of the memory map
 * @entry: address, size, type; as in e820, and in all of the protocols
 */
void told_range(struct told *told, const unsigned char *entry);

/* --- pvh.c --- */

/* XEN_HVM_START_MAGIC_VALUE; entry.S passes it in place of Multiboot's numbers. */
#define PVH_MAGIC 0x336ec578

/**
 * pvh_read() - read PVH's start_info
 * @info: the start_info; not used afterwards
 * @ret: its facts
 */
void pvh_read(const unsigned char *info, struct told *ret);

/* --- multiboot.c --- */

/**
 * multiboot_read() - read Multiboot's information, of either version
 * @magic: selects the version
 * @info: the information; not used afterwards
 * @ret: its facts
 */
void multiboot_read(uint32_t magic, const unsigned char *info, struct told *ret);

/* --- machine.c --- */

/**
 * say() - print a line on the serial port: "EMBED KEY=0xVALUE"
 */
void say(const char *key, uint64_t value);

/**
 * refuse() - print the error, and stop
 * @what: the error in words
 * @err: the library's error; 0 for none
 */
_Noreturn void refuse(const char *what, int err);

/**
 * machine_random() - 64 random bits
 */
uint64_t machine_random(void);

/**
 * machine_prepare() - set up the environment that decoders for user space expect
 */
void machine_prepare(void);

#endif
