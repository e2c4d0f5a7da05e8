/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For boot loaders: from an image to a kernel that can be entered, without
 * running any code of the image. Nothing is allocated and no state is kept; the
 * stub inside an image takes the same steps. docs/embedding.md has the whole of
 * it in a page of code.
 *
 *   bzb_load_open()       the image                   -> struct bzb_load
 *   bzb_load_plan()       what to set aside and where -> struct bzb_load_plan
 *   bzb_memory_choose()   one of all the places for that
 *   bzb_load_kernel()     decompress to there         -> struct bzb_kernel_elf
 *   bzb_load_slide()      how far to move in virtual memory
 *   bzb_load_move()       move                        -> struct bzb_entry
 *   bzb_load_params()     boot_params for the kernel
 *
 * The kernel is then entered at bzb_entry.address (Linux,
 * Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"):
 *
 *   - 64-bit mode, four levels of page tables (five only if the xloadflags of
 *     manifest.setup have BZB_XLF_5LEVEL_ENABLED); the kernel with its bss, boot_params
 *     and the command line are mapped to their physical addresses;
 *   - CS is 0x10, an execute/read segment, DS, ES and SS are 0x18, read/write,
 *     in a GDT that is mapped, too;
 *   - interrupts are off, the direction flag is clear;
 *   - %rdi and %rsi are the physical address of boot_params.
 */
#ifndef BZBOOT_LOAD_H
#define BZBOOT_LOAD_H

#include <bzboot/boot_params.h>
#include <bzboot/decode.h>
#include <bzboot/manifest.h>
#include <bzboot/memory.h>
#include <bzboot/relocs.h>

/* --- the image --- */

struct bzb_load {
	struct bzb_span image;		/* from RVA 0, without signatures */
	struct bzb_manifest manifest;
	struct bzb_span stream;		/* the payload, without trailer */
};

/**
 * bzb_load_open() - find the kernel in an image
 * @file: the bytes of the file, or SizeOfImage bytes in memory from RVA 0 on,
 *	which are the same; more may follow
 * @ret: what was found; untouched on error; refers to @file
 *
 * Nothing is decompressed. The manifest, the payload and the size after it are
 * held against each other.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, a PE image without .data: none of ours
 *	-BZB_ERR_BADSIZE, the payload states another size than the manifest
 *	what bzb_pe_parse() and bzb_manifest_parse() return: -BZB_ERR_BADMAGIC,
 *	-BZB_ERR_BADVERSION, -BZB_ERR_BADHEADER, -BZB_ERR_BADCODEC,
 *	-BZB_ERR_TRUNCATED
 */
int bzb_load_open(struct bzb_span file, struct bzb_load *ret);

/**
 * bzb_load_open_at() - the same, if it is known where the manifest is
 * @manifest: what begins with it
 * @image: RVA 0 of the image; as many bytes as the manifest says belong to it,
 *	but the headers may be unmapped
 * @ret: what was found; untouched on error; refers to @image
 *
 * returns: as bzb_load_open(), but for what bzb_pe_parse() returns
 */
int bzb_load_open_at(struct bzb_span manifest, const unsigned char *image,
		     struct bzb_load *ret);

/**
 * bzb_load_cmdline() - the command line that is in the image
 * @load: as opened
 *
 * Use it if there is no other. A loader that verifies signatures uses no other if
 * manifest.flags has BZB_MANIFEST_CMDLINE_DECIDED. It is at most BZB_CMDLINE_MAX
 * bytes long.
 *
 * returns: the text without its NUL, in the image, where a NUL follows it; a
 * size of 0 if there is none
 */
struct bzb_span bzb_load_cmdline(const struct bzb_load *load);

/**
 * bzb_load_initrd() - the initrd that is in the image
 * @load: as opened
 *
 * Use it if there is no other. A loader that verifies signatures uses no other if
 * manifest.flags has BZB_MANIFEST_INITRD_DECIDED.
 *
 * returns: its bytes, in the image; a size of 0 if there is none
 */
struct bzb_span bzb_load_initrd(const struct bzb_load *load);

/* --- where to --- */

struct bzb_load_plan {
	struct bzb_memory_request memory;
	uint64_t workspace;	/* of a decoder, from the start of memory */
	uint64_t kernel_size;	/* bytes of memory that are the kernel's, with
				   the gap; the memory after them is free again
				   once it is decompressed, and the gap once
				   the kernel runs */
	bool fixed;		/* it runs at memory.lowest only */
	bool identity;		/* it runs where it lies: virtual addresses are
				   physical ones, and move along */
	uint64_t slides;	/* virtual places, @memory.alignment apart, if
				   it has relocations; 1: where it is linked */
};

/**
 * bzb_load_plan() - plan the memory of a kernel
 * @load: as opened
 * @decoder: that will be used
 * @ret: the plan; untouched on error
 *
 * Not below the load address that the kernel prefers, like Linux's own stub,
 * nor in the first MiB: a loader that relocates nothing takes memory.lowest. A
 * kernel that runs where it lies may have 32-bit fields, so it stays below
 * 2 GiB; a fixed one has one place. Any other takes any address below 2^46 that
 * a pointer holds, so a 32-bit loader gets one below 4 GiB; a loader that cannot
 * map all of that lowers memory.highest.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, @decoder is not for this payload
 *	-BZB_ERR_BADHEADER, the manifest and @decoder ask for more memory than
 *	there are addresses
 */
int bzb_load_plan(const struct bzb_load *load,
		  const struct bzb_decoder *decoder, struct bzb_load_plan *ret);

/* --- loading and moving --- */

/**
 * bzb_load_kernel() - decompress a kernel to where it runs
 * @load: as opened; its image is not within @memory
 * @decoder: as of the plan
 * @memory: of any content, 64-byte aligned; written to. When the kernel is
 *	entered this has to be at a physical address that fits the plan
 * @size: bytes of @memory, at least plan.memory.size
 * @ret: the kernel at @memory; untouched on error
 *
 * Decompressing is loading: the segments end up where they belong, @memory plus
 * the gap standing for the load address. The checksums, the size and the ELF
 * are checked; what its segments have beyond their file bytes is zero.
 *
 * returns:
 *	0, on success; on error @memory has been written to, too
 *	-BZB_ERR_BADCODEC, @decoder is not for this payload
 *	-BZB_ERR_NOSPACE, @size is too small
 *	-BZB_ERR_BADDATA, -BZB_ERR_BADSIZE, the payload is corrupt
 *	-BZB_ERR_BADHEADER, the ELF is not the one the manifest describes, or
 *	as bzb_load_plan()
 *	what bzb_kernel_elf_parse() returns
 */
int bzb_load_kernel(const struct bzb_load *load,
		    const struct bzb_decoder *decoder, void *memory,
		    size_t size, struct bzb_kernel_elf *ret);

/**
 * bzb_load_parts() - count the parts that a kernel is decompressed in
 * @load: as opened
 *
 * Several processors replace bzb_load_kernel() by one call of bzb_load_part()
 * for each part, which all have to return 0, and one of bzb_load_clear(), in
 * any order and at the same time; and when all of them have returned,
 * bzb_load_finish().
 *
 * returns: the number, at least 1
 */
uint32_t bzb_load_parts(const struct bzb_load *load);

/**
 * bzb_load_part() - decompress a part of a kernel to where it runs
 * @load: as opened
 * @decoder: as of the plan
 * @number: of the part, below bzb_load_parts()
 * @memory: as of bzb_load_kernel(); at least plan.memory.size bytes
 * @workspace: of this call alone; 64-byte aligned
 * @workspace_size: at least decoder->workspace_size(@load->stream)
 *
 * Its bytes are held against their checksum first; nothing outside the part and
 * @workspace is written to.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is no such part
 *	-BZB_ERR_NOSPACE, @workspace is too small
 *	-BZB_ERR_BADDATA, -BZB_ERR_BADSIZE, the part is corrupt
 */
int bzb_load_part(const struct bzb_load *load,
		  const struct bzb_decoder *decoder, uint32_t number,
		  void *memory, void *workspace, size_t workspace_size);

/**
 * bzb_load_clear() - zero the memory of a kernel that no part is in
 * @load: as opened
 * @memory: as of bzb_load_kernel(); the memory after the ELF, up to the end of
 *	the kernel, is written to: most of a kernel's bss
 */
void bzb_load_clear(const struct bzb_load *load, void *memory);

/**
 * bzb_load_finish() - what is left to do when all parts are decompressed
 * @load: as opened
 * @memory: with all of the ELF in it, and after it cleared
 * @ret: the kernel at @memory; untouched on error
 *
 * returns: 0, -BZB_ERR_BADHEADER or what bzb_kernel_elf_parse() returns, as
 * bzb_load_kernel()
 */
int bzb_load_finish(const struct bzb_load *load, void *memory,
		    struct bzb_kernel_elf *ret);

/**
 * bzb_load_slide() - one of all the virtual places
 * @plan: of the kernel
 * @random: 64 random bits that say which
 *
 * returns: how far above its link address the kernel may run, bytes; 0 for a
 * kernel that runs where it lies
 */
uint64_t bzb_load_slide(const struct bzb_load_plan *plan, uint64_t random);

/* Where to enter a kernel. */
struct bzb_entry {
	uint64_t address;	/* physical */
	uint64_t slide;		/* bytes by which its virtual addresses moved */
	bool movable;		/* it says what moves: a kernel at a random
				   place is told so if this is set */
};

/**
 * bzb_load_move() - apply a kernel's relocations
 * @load: as opened
 * @kernel: as loaded
 * @memory: where that is; written to
 * @address: physical address of @memory, when the kernel is entered
 * @slide: of bzb_load_slide(), or 0 for the link address; not used if the
 *	kernel runs where it lies, or does not say what moves
 * @ret: where to enter; untouched on error
 *
 * To be done once, also if nothing has to be moved.
 *
 * returns:
 *	0, on success; on error the kernel cannot be entered
 *	-BZB_ERR_BADSEGMENT, an invalid @address or @slide
 *	-BZB_ERR_BADRELOC, the relocations are corrupt
 */
int bzb_load_move(const struct bzb_load *load, const struct bzb_kernel_elf *kernel,
		  void *memory, uint64_t address, uint64_t slide,
		  struct bzb_entry *ret);

/* --- boot_params --- */

/* The facts that a boot loader provides. All addresses are physical; zeros are fine. */
struct bzb_handoff {
	uint64_t cmdline;		/* NUL-terminated text; 0: none */
	struct bzb_range initrd;	/* a size of 0: none */
	uint64_t rsdp;			/* ACPI's root; 0: not known */
	const struct bzb_framebuffer *framebuffer;	/* NULL: none */
	const struct bzb_memory_range *map;	/* as of bzb_memory_sort() */
	size_t map_count;
	void *ext;			/* room for a long map, and */
	size_t ext_size;		/* its size and address: see */
	uint64_t ext_addr;		/* bzb_boot_params_set_e820() */
	unsigned char loader_type;	/* type_of_loader of boot.rst; 0: a
					   loader that has no number */
	bool kaslr;			/* addresses are random, and the kernel
					   is movable */
};

/**
 * bzb_load_params() - make boot_params
 * @load: as opened; the setup header is the one in the manifest
 * @known: the facts that the loader provides
 * @ret: written whole; untouched on error. Kernels expect it to be a page
 *
 * A loader that left a VGA in text mode fills in ret->screen_info afterwards.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the memory map is longer than boot_params and @ext
 */
int bzb_load_params(const struct bzb_load *load,
		    const struct bzb_handoff *known,
		    struct bzb_boot_params *ret);

#endif
