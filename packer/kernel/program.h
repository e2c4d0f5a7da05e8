/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs for an operating system that are linked like a kernel: static ones, such as busybox. */
#ifndef PACKER_PROGRAM_H
#define PACKER_PROGRAM_H

#include <bzboot/elf.h>

/**
 * program_mark() - why an ELF looks like a program
 * @elf: any
 *
 * Only the notes that compilers and C libraries put into programs are reliable. A kernel may also
 * be at 0x400000, and have PT_GNU_STACK, PT_TLS or ELFOSABI_GNU, as programs have.
 *
 * returns: the mark, a noun with its article, static; NULL if there is none, or if the virtual
 * addresses are not the physical ones
 */
const char *program_mark(const struct bzb_elf *elf);

#endif
