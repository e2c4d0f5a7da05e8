/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses for the assembler, the linker scripts and C. A stub is linked at 0, so
 * that an address in it is an RVA and a file offset of the image:
 *
 *   0x0000  headers, written by the packer
 *   0x026c  .setup   16-bit code, space for the kernel's version text
 *   0x2000  .text    PM: 32-bit entry, 64-bit entry at 0x2200, the stub
 *           .efi     the code that only EFI runs; other entries have page tables there
 *           .data    manifest first; with the bss and, last, the stack outside EFI
 */
#ifndef STUB_ADDRESSES_H
#define STUB_ADDRESSES_H

#define SETUP_CODE_RVA 0x26c

/* (setup_sects + 1) * 512 with setup_sects = 15: U-Boot requires at least 15 to
 * print the version, OVMF requires 7, and .text starts on a page boundary. */
#define TEXT_RVA 0x2000

/* Space after the 16-bit code for the packer: a version text < 128 bytes,
 * 16-aligned. */
#define SETUP_ROOM 256

/*
 * The stack outside EFI, where no firmware runs on it. Of the decoders, liblzma needs most: 1,768
 * bytes in Debian's build (tests/t_decoders.c prints the use of each decoder and compares it with
 * this number). Another build may need six tenths more. Of the callers, loader_main() needs 1,600
 * bytes, with struct boot and struct interrupts, and the others need 920, with struct parts (gcc
 * -fstack-usage): 70 are to spare. With these sizes .data fits in two pages.
 */
#define DECODER_STACK_SIZE 0xb20
#define CALLERS_STACK_SIZE 0xa20
#define STACK_SIZE (DECODER_STACK_SIZE + CALLERS_STACK_SIZE)

/* Pages for tables (paging.h): one less is usable if the image is not on a page boundary. */
#define PAGE_TABLES 5
#define PAGE_SIZE 4096

/* Selectors in our GDT: those of boot.rst for the kernel, and one of our own. */
#define SELECTOR_CODE64 0x10
#define SELECTOR_DATA 0x18
#define SELECTOR_CODE32 0x20
#define GDT_SIZE 0x28

#endif
