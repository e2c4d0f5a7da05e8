/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel in an ELF whose file layout is not its memory layout: a vmlinux, a
 * position-independent executable, the ELF in a vmlinuz. Its segments are copied to
 * their places. These tables may list its fields that move; the first one that the
 * kernel has is used, because each is complete:
 *
 *   BZB_VMLINUX_SECTIONS  sections .relr and .crel: <bzboot/relocs.h>
 *   BZB_VMLINUX_TABLE     after the ELF: <bzboot/kernel_relocs.h>
 *   BZB_VMLINUX_RELA      sections of a linker's --emit-relocs: <bzboot/rela.h>
 *   BZB_VMLINUX_DYNAMIC   PT_DYNAMIC: <bzboot/dynamic.h>
 *
 * A kernel for another machine than x86-64 has BZB_VMLINUX_SECTIONS or
 * BZB_VMLINUX_DYNAMIC; the other two are for x86-64 only, and bytes after the ELF have no
 * meaning. But a Linux for these machines has none, whatever is in its file: it applies its
 * relocations itself, to wherever it is loaded, and twice would be wrong.
 */
#ifndef BZBOOT_VMLINUX_H
#define BZBOOT_VMLINUX_H

#include <bzboot/dynamic.h>
#include <bzboot/kernel_relocs.h>
#include <bzboot/rela.h>
#include <bzboot/relocs.h>

enum bzb_vmlinux_source {
	BZB_VMLINUX_NONE, /* no field moves */
	BZB_VMLINUX_SECTIONS,
	BZB_VMLINUX_TABLE,
	BZB_VMLINUX_RELA,
	BZB_VMLINUX_DYNAMIC,
};

struct bzb_vmlinux {
	struct bzb_elf elf;
	uint32_t alignment; /* of the kernel in memory: BZB_KERNEL_GAP_UNIT, or the
			       largest that a segment needs */
	enum bzb_vmlinux_source source;
	struct bzb_relocs relocs;	/* of BZB_VMLINUX_SECTIONS */
	struct bzb_kernel_relocs table; /* of BZB_VMLINUX_TABLE */
	struct bzb_dynamic dynamic;	/* of BZB_VMLINUX_DYNAMIC */
};

/**
 * bzb_vmlinux_is_image() - find out whether the memory of a kernel is a Linux "Image"
 * @elf: as parsed
 *
 * Linux for another machine than x86-64 begins with the header of its Image
 * (Documentation/arch/arm64/booting.rst, riscv/boot-image-header.rst, loongarch/booting.rst).
 *
 * returns: true if it is; false for x86-64
 */
bool bzb_vmlinux_is_image(const struct bzb_elf *elf);

/**
 * bzb_vmlinux_parse() - read a kernel in any ELF
 * @file: the whole file: bytes after the ELF, unless all are zero, are taken for the
 *	kernel's table
 * @ret: the result; untouched on error; refers to @file
 *
 * A segment needs the alignment p_align, unless p_vaddr and p_paddr have less in
 * common (Linux's per-CPU segment).
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADSEGMENT, an alignment that is not a power of two, or is more
 *	than 1 GiB
 *	any error of bzb_elf_parse()
 *	any error of bzb_relocs_find_in_file(), any error of bzb_kernel_relocs_parse()
 *	and bzb_dynamic_find() that says more than that there are no relocations
 */
int bzb_vmlinux_parse(struct bzb_span file, struct bzb_vmlinux *ret);

/**
 * bzb_vmlinux_is_fixed() - find out whether a kernel runs at its load address only
 * @vmlinux: as parsed
 *
 * An ELF has no field for that. A kernel is not fixed if it has relocations, is an
 * ET_DYN or an Image. Another one is, unless its virtual addresses differ from its physical ones
 * and it is a Linux (it has the text "Linux version" and a number) or has the note
 * XEN_ELFNOTE_PHYS32_RELOC (Xen, include/public/elfnote.h).
 *
 * returns: true if it is fixed
 */
bool bzb_vmlinux_is_fixed(const struct bzb_vmlinux *vmlinux);

/**
 * bzb_vmlinux_load() - copy the segments of a kernel to their places
 * @vmlinux: as parsed; its file is not within @memory
 * @memory: of any content, for the load address; elf.memory_size bytes are written
 *
 * All bytes that are in no segment's file bytes are zero afterwards, and fields whose
 * value is in PT_DYNAMIC have it.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, as bzb_dynamic_write()
 */
int bzb_vmlinux_load(const struct bzb_vmlinux *vmlinux, void *memory);

/**
 * bzb_vmlinux_walk() - visit every field that moves
 * @vmlinux: as parsed
 * @visit: called for each; the field lies within elf.memory_size bytes
 * @context: for @visit
 *
 * returns:
 *	0, on success, also if the kernel has no relocations
 *	-BZB_ERR_BADRELOC, an invalid table, or a field outside the kernel
 *	the return value of @visit, if it was not 0
 */
int bzb_vmlinux_walk(const struct bzb_vmlinux *vmlinux, bzb_reloc_visit *visit, void *context);

/**
 * bzb_vmlinux_move() - move a kernel in virtual memory
 * @vmlinux: as parsed
 * @memory: as of bzb_vmlinux_load()
 * @slide: bytes from the link address to the address that the kernel will run at
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, it has no relocations
 *	-BZB_ERR_BADRELOC, as bzb_vmlinux_walk(); some fields have been changed, but
 *	nothing outside fields
 */
int bzb_vmlinux_move(const struct bzb_vmlinux *vmlinux, void *memory, uint64_t slide);

#endif
