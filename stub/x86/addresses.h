/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that the assembler, the linker scripts and C agree on. A stub is
 * linked at 0, so that an address in it is an RVA and a file offset of the image:
 *
 *   0x0000  headers, written by the packer
 *   0x026c  .setup   16-bit code, room for the kernel's version text
 *   0x2000  .text    PM: 32-bit entry, 64-bit entry at 0x2200, the stub
 *           .data    manifest first; in whole pages, with what would be bss
 */
#ifndef STUB_ADDRESSES_H
#define STUB_ADDRESSES_H

#define SETUP_CODE_RVA 0x26c

/* (setup_sects + 1) * 512 with setup_sects = 15: U-Boot wants at least 15 to
 * print the version, OVMF 7, and .text starts on a page. */
#define TEXT_RVA 0x2000

/* What the packer may put after the 16-bit code: a version text < 128 bytes,
 * 16-aligned. */
#define SETUP_ROOM 256

/*
 * The stack outside EFI, where no firmware runs on it. liblzma needs most, 1,848 bytes as Debian
 * builds it (tests/t_decoders.c prints the use of each decoder and holds it against this number):
 * another build may take two thirds more. Of the calls that lead there, loader_main() takes 1,568
 * bytes, with struct boot and struct interrupts, and the others take 500 (gcc -fstack-usage): 270
 * are to spare. With both, .data fits two pages but for xz.
 */
#define DECODER_STACK_SIZE 0xc00
#define CALLERS_STACK_SIZE 0x980
#define STACK_SIZE (DECODER_STACK_SIZE + CALLERS_STACK_SIZE)

/* Pages for tables (paging.h): as many tables if the image lies on a page boundary, else one less. */
#define PAGE_TABLES 5

/* Selectors in our GDT: where boot.rst wants the kernel's, and one of our own. */
#define SELECTOR_CODE64 0x10
#define SELECTOR_DATA 0x18
#define SELECTOR_CODE32 0x20
#define GDT_SIZE 0x28

#endif
