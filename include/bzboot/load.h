/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For boot loaders: from a file to a kernel that can be entered, without running code
 * of the file. The functions allocate nothing and keep no state; the stub inside an
 * image calls them, too. docs/embedding.md shows a complete loader in one page of
 * code. The file is an image of bzboot, or a foreign kernel, which another program
 * made: see bzb_load_open_foreign().
 *
 *   bzb_load_open()       find the kernel in the file  -> struct bzb_load
 *   bzb_load_plan()       plan its memory              -> struct bzb_load_plan
 *   bzb_memory_choose()   choose a place for that memory
 *   bzb_load_kernel()     decompress to that place     -> struct bzb_kernel_elf
 *   bzb_load_slide()      choose a slide
 *   bzb_load_move()       apply the relocations        -> struct bzb_entry
 *   bzb_load_shuffle()    if wanted, put its functions in another order
 *   bzb_load_params()     make boot_params for the kernel
 *
 * The kernel is then entered at bzb_entry.address (Linux,
 * Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"):
 *
 *   - 64-bit mode, four levels of page tables (five only if the xloadflags of
 *     manifest.setup have BZB_XLF_5LEVEL_ENABLED); the kernel with its bss, boot_params
 *     and the command line are mapped to their physical addresses;
 *   - CS is 0x10, an execute/read segment; DS, ES and SS are 0x18, read/write
 *     segments; the GDT is mapped, too;
 *   - interrupts are off, the direction flag is clear;
 *   - %rdi and %rsi are the physical address of boot_params.
 */
#ifndef BZBOOT_LOAD_H
#define BZBOOT_LOAD_H

#include <bzboot/boot_params.h>
#include <bzboot/decode.h>
#include <bzboot/manifest.h>
#include <bzboot/memory.h>
#include <bzboot/pe.h>
#include <bzboot/relocs.h>
#include <bzboot/shuffle.h>

/* --- the image --- */

/* One more flag of manifest.flags, which no file has: all fields of the kernel have 64 bits, so an
 * ELF for another machine than x86-64. */
#define BZB_LOAD_WIDE 0x80u

struct bzb_load {
	struct bzb_span image; /* from RVA 0, without signatures; of a foreign
				  kernel, the file */
	struct bzb_manifest manifest;
	struct bzb_span stream;		    /* the payload, without trailer */
	const struct bzb_load_steps *steps; /* of a foreign kernel; otherwise NULL */
};

/* The steps that differ for foreign kernels. A program that opens only images of
 * bzboot, by bzb_load_open_at(), links none of their code. */
struct bzb_load_steps {
	/* As bzb_load_finish(). @elf: the decompressed ELF */
	int (*finish)(const struct bzb_load *load, struct bzb_span elf, void *memory,
		      struct bzb_kernel_elf *ret);
	/* Moves all fields. -BZB_ERR_NOTFOUND: there are no relocations */
	int (*move)(const struct bzb_kernel_elf *kernel, void *memory, uint64_t slide);
};

/**
 * bzb_load_open() - find the kernel in a file
 * @file: the bytes of the file or, which is the same for an image of bzboot,
 *	SizeOfImage bytes in memory from RVA 0 on; more bytes may follow an image
 * @ret: the result; untouched on error; refers to @file
 *
 * Nothing is decompressed. The manifest, the payload and the size after the payload
 * are compared with each other. A file that is not an image of bzboot is opened by
 * bzb_load_open_foreign().
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, a PE image that holds no kernel
 *	-BZB_ERR_BADSIZE, the payload and the manifest state different sizes
 *	-BZB_ERR_BADTYPE, a kernel for another machine than x86-64, which only EFI starts
 *	any error of bzb_pe_parse() and bzb_manifest_parse(): -BZB_ERR_BADMAGIC,
 *	-BZB_ERR_BADVERSION, -BZB_ERR_BADHEADER, -BZB_ERR_BADCODEC,
 *	-BZB_ERR_TRUNCATED
 *	any error of bzb_load_open_foreign()
 */
int bzb_load_open(struct bzb_span file, struct bzb_load *ret);

/**
 * bzb_load_open_foreign() - find the kernel in a file that bzboot did not make
 * @file: the bytes of the file. More may follow a bzImage and a zboot image; an ELF is
 *	the whole file: see bzb_vmlinux_parse()
 * @ret: the result; untouched on error; refers to @file
 *
 * All later steps are the same as for an image of bzboot. There is no manifest, so
 * @ret->manifest has the same facts from other sources. The kernel is
 *
 *   an ELF       a vmlinux or a position-independent executable, of any layout. All
 *                facts are its own (bzboot/vmlinux.h). Nothing is decompressed; the
 *                decoder of the plan is the one for BZB_CODEC_NONE
 *   a bzImage    of Linux for x86-64, boot protocol 2.12 or later: the setup header
 *                has alignment, load address (pref_address), memory (init_size, which
 *                may be larger than the kernel), whether it is fixed
 *                (relocatable_kernel). The virtual address is Linux's: 2 GiB below
 *                the end plus the load address. bzb_load_finish() compares all that
 *                with the ELF
 *   an ELF of one's own for the machine that the library is compiled for, if that is
 *                arm64, riscv64 or loong64: as an ELF above, with the relocations of its
 *                psABI (bzboot/reloc_types.h). A Linux for these machines is refused,
 *                because it is not entered like an ELF and relocates itself:
 *                bzb_vmlinux_is_image(). There are no boot_params
 *   a zboot image  for x86-64, of an ELF. Its headers do not describe the kernel, so
 *                that is linked to 16 MiB, virtually as Linux, and has at most 64 MiB
 *                of memory more than its ELF has bytes
 *
 * There is one part, without a checksum, and neither a command line nor an initrd.
 * The kernel has no gap.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, none of these
 *	-BZB_ERR_BADSIZE, a file of 4 GiB or more
 *	-BZB_ERR_BADVERSION, a bzImage of an older boot protocol
 *	-BZB_ERR_BADMACHINE, a bzImage or a zboot image that is not for x86-64
 *	-BZB_ERR_BADTYPE, an ELF of Linux for a machine that is not x86-64
 *	-BZB_ERR_BADHEADER, kernel_alignment is not a power of two, or init_size is 0
 *	any error of bzb_vmlinux_parse(), bzb_bzimage_parse(), bzb_zboot_parse(),
 *	bzb_pe_parse() and bzb_payload_parse()
 */
int bzb_load_open_foreign(struct bzb_span file, struct bzb_load *ret);

/**
 * bzb_load_open_at() - find the kernel in an image whose manifest is known
 * @manifest: bytes that begin with the manifest
 * @image: RVA 0 of the image; manifest.image_size bytes, of which the headers may
 *	be unmapped
 * @ret: the result; untouched on error; refers to @image
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADSIZE, as bzb_load_open()
 *	any error of bzb_manifest_parse()
 */
int bzb_load_open_at(struct bzb_span manifest, const unsigned char *image, struct bzb_load *ret);

/**
 * bzb_load_cmdline() - get the command line in the image
 * @load: as opened
 *
 * It is a default: use it if there is no other. If manifest.flags has
 * BZB_MANIFEST_CMDLINE_DECIDED, a loader that verifies signatures uses no other. It
 * is at most BZB_CMDLINE_MAX bytes long.
 *
 * returns: the text, in the image, where a NUL follows it; a size of 0 if there
 * is none
 */
struct bzb_span bzb_load_cmdline(const struct bzb_load *load);

/**
 * bzb_load_initrd() - get the initrd in the image
 * @load: as opened
 *
 * It is a default: use it if there is no other. If manifest.flags has
 * BZB_MANIFEST_INITRD_DECIDED, a loader that verifies signatures uses no other.
 *
 * returns: its bytes, in the image; a size of 0 if there is none
 */
struct bzb_span bzb_load_initrd(const struct bzb_load *load);

/* --- planning --- */

struct bzb_load_plan {
	struct bzb_memory_request memory;
	uint64_t workspace;   /* offset of the decoder's workspace in the memory,
				 within the kernel's bss as far as it fits; the
				 shuffle works there, too: it is the larger of both */
	uint64_t kernel_size; /* bytes of the kernel with the gap; the memory
				 after them is free once the kernel is
				 moved and shuffled, and the gap once it runs */
	bool fixed;	      /* the kernel runs at memory.lowest only */
	bool identity;	      /* virtual addresses are equal to physical
				 addresses, and move with them */
	uint64_t slides;      /* number of slides, memory.alignment apart, if
				 the kernel has relocations; 1: the link
				 address only */
};

/**
 * bzb_load_plan() - plan the memory of a kernel
 * @load: as opened
 * @decoder: the one that will be used
 * @ret: the plan; untouched on error
 *
 * The memory is neither below the load address that the kernel prefers, as in
 * Linux's own stub, nor in the first MiB: a loader that relocates nothing uses
 * memory.lowest. A kernel of x86-64 with @ret->identity may have 32-bit fields, so it stays
 * below 2 GiB; one with @ret->fixed has one place. Any other has any address below
 * 2^46 that a pointer can hold, so a 32-bit loader gets one below 4 GiB; a loader
 * that cannot map all of that lowers memory.highest.
 *
 * The ELF of a foreign kernel is decompressed to memory of its own, after the kernel:
 * its segments are then copied to their places.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, @decoder is not for this payload
 *	-BZB_ERR_BADHEADER, the kernel and the workspace need more memory than
 *	there are addresses
 */
int bzb_load_plan(const struct bzb_load *load, const struct bzb_decoder *decoder,
		  struct bzb_load_plan *ret);

/* --- loading and moving --- */

/**
 * bzb_load_kernel() - decompress a kernel to its place
 * @load: as opened; its image is not within @memory
 * @decoder: as of the plan
 * @memory: of any content, 64-byte aligned; written to. When the kernel is
 *	entered, it has to be at a physical address that fits the plan
 * @size: bytes of @memory, at least plan.memory.size
 * @ret: the kernel at @memory; untouched on error
 *
 * Every segment is in its place afterwards, with the load address at @memory plus the
 * gap: of an image of bzboot, decompressing is loading. The checksums, the size and the
 * ELF are checked; the memory of segments beyond their file bytes is zero. Symbols are
 * not loaded; of a codec without parts, they are decompressed, too. Of a foreign kernel,
 * @ret refers to its file or to the memory after the kernel, until bzb_load_move() has
 * returned.
 *
 * returns:
 *	0, on success; @memory is written to on error, too
 *	-BZB_ERR_BADCODEC, @decoder is not for this payload
 *	-BZB_ERR_NOSPACE, @size is too small
 *	-BZB_ERR_BADDATA, -BZB_ERR_BADSIZE, the payload is corrupt
 *	-BZB_ERR_BADHEADER, the manifest or the setup header describes another
 *	ELF, or as bzb_load_plan()
 *	any error of bzb_kernel_elf_parse(), and of a foreign kernel any error of
 *	bzb_vmlinux_parse()
 */
int bzb_load_kernel(const struct bzb_load *load, const struct bzb_decoder *decoder, void *memory,
		    size_t size, struct bzb_kernel_elf *ret);

/**
 * bzb_load_parts() - count the parts of a payload that are loaded
 * @load: as opened
 *
 * Parts after them hold symbols and debug data, which are not loaded: manifest.symbols_size.
 *
 * To decompress on several processors, replace bzb_load_kernel() by one call of
 * bzb_load_part() for each part, all of which have to return 0, and one call of
 * bzb_load_clear(), in any order and at the same time. When all have returned, call
 * bzb_load_finish().
 *
 * returns: the number, at least 1
 */
uint32_t bzb_load_parts(const struct bzb_load *load);

/**
 * bzb_load_part() - decompress a part of a kernel to its place
 * @load: as opened
 * @decoder: as of the plan
 * @number: of the part, below bzb_load_parts()
 * @memory: as of bzb_load_kernel(); at least plan.memory.size bytes
 * @workspace: of this call alone; 64-byte aligned
 * @workspace_size: at least decoder->workspace_size(@load->stream)
 *
 * The checksum of the part is verified first. Only the part and @workspace are
 * written to.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is no such part
 *	-BZB_ERR_NOSPACE, @workspace is too small
 *	-BZB_ERR_BADDATA, -BZB_ERR_BADSIZE, the part is corrupt
 */
int bzb_load_part(const struct bzb_load *load, const struct bzb_decoder *decoder, uint32_t number,
		  void *memory, void *workspace, size_t workspace_size);

/**
 * bzb_load_clear() - zero the memory of a kernel after its parts
 * @load: as opened
 * @plan: of the kernel
 * @memory: as of bzb_load_kernel(); written to from the end of the parts to the
 *	workspace, or to the end of the kernel. Of a foreign kernel, nothing is
 */
void bzb_load_clear(const struct bzb_load *load, const struct bzb_load_plan *plan, void *memory);

/**
 * bzb_load_finish() - parse a kernel and clear the rest of its bss
 * @load: as opened
 * @plan: of the kernel
 * @memory: has all parts that are loaded, and is zero after them up to the workspace
 * @ret: the kernel at @memory; untouched on error
 *
 * The segments of a foreign kernel are copied to their places.
 *
 * returns: 0, -BZB_ERR_BADHEADER or any error of bzb_kernel_elf_parse() and
 * bzb_vmlinux_parse(), as bzb_load_kernel()
 */
int bzb_load_finish(const struct bzb_load *load, const struct bzb_load_plan *plan, void *memory,
		    struct bzb_kernel_elf *ret);

/**
 * bzb_load_slide() - choose a slide
 * @plan: of the kernel
 * @random: 64 random bits, for the choice
 *
 * returns: the slide, bytes; 0 if plan->identity
 */
uint64_t bzb_load_slide(const struct bzb_load_plan *plan, uint64_t random);

/* The entry of a kernel. */
struct bzb_entry {
	uint64_t address; /* physical */
	uint64_t slide;	  /* bytes by which its virtual addresses moved */
	bool movable;	  /* it has relocations: if this is set and its
			     addresses are random, set bzb_handoff.kaslr */
};

/**
 * bzb_load_move() - apply a kernel's relocations
 * @load: as opened
 * @kernel: as loaded
 * @memory: that it is loaded in; written to
 * @address: physical address of @memory when the kernel is entered
 * @slide: of bzb_load_slide(), or 0 for the link address; not used if
 *	plan->identity, or if the kernel has no relocations
 * @ret: the entry; untouched on error
 *
 * Call it exactly once, also for a kernel that does not move.
 *
 * returns:
 *	0, on success; on error the kernel cannot be entered
 *	-BZB_ERR_BADSEGMENT, an invalid @address or @slide
 *	-BZB_ERR_BADRELOC, the relocations are corrupt
 */
int bzb_load_move(const struct bzb_load *load, const struct bzb_kernel_elf *kernel, void *memory,
		  uint64_t address, uint64_t slide, struct bzb_entry *ret);

/* --- shuffling --- */

/**
 * bzb_load_find_units() - find the unit table in an ELF
 * @elf: as parsed
 * @place: a part of @elf->file that the table has to be in
 * @size: bytes of the kernel that the table may be about, from its load address
 * @ret: the table; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, the ELF has none
 *	-BZB_ERR_TRUNCATED, it is not in @place
 *	any error of bzb_shuffle_open()
 */
int bzb_load_find_units(const struct bzb_elf *elf, struct bzb_span place, uint64_t size,
			struct bzb_shuffle *ret);

/**
 * bzb_load_units() - find the unit table of a kernel
 * @load: as opened
 * @kernel: as loaded
 * @ret: the table, in the gap; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, the kernel has none, or @load is a foreign kernel
 *	-BZB_ERR_NOSPACE, it needs more memory than manifest.shuffle_size
 *	-BZB_ERR_TRUNCATED, it is not in the gap, so it might change while it is in use
 *	any error of bzb_load_find_units()
 */
int bzb_load_units(const struct bzb_load *load, const struct bzb_kernel_elf *kernel,
		   struct bzb_shuffle *ret);

/**
 * bzb_load_shuffle() - put the functions of a kernel in another order
 * @load: as opened
 * @plan: of the kernel
 * @kernel: as loaded
 * @memory: that the kernel is in, moved; written to
 * @slide: of bzb_load_move()
 * @seed: BZB_SHUFFLE_SEED_SIZE bytes, which have to be as hard to guess as the order; one seed
 *	gives one order
 *
 * The workspace of the plan is used, and is zero afterwards: nothing in memory tells the order
 * but the kernel itself. A kernel that is not shuffled runs as well.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, as bzb_load_units(): nothing has changed
 *	-BZB_ERR_BADTABLE, -BZB_ERR_BADUNITS: the table is not of this kernel, which has not
 *	changed
 *	any error of bzb_load_units()
 */
int bzb_load_shuffle(const struct bzb_load *load, const struct bzb_load_plan *plan,
		     const struct bzb_kernel_elf *kernel, void *memory, uint64_t slide,
		     const unsigned char *seed);

/* --- moving parts by themselves --- */

/* The fields of a kernel by its parts. */
struct bzb_load_moves {
	struct bzb_relocs relocs;
	uint64_t slide;
	size_t count; /* of pieces */
	struct bzb_relocs_piece pieces[BZB_RELOCS_PIECES(BZB_PARTS_MAX - 1)];
};

/**
 * bzb_load_split() - find the fields of each part of a kernel
 * @load: as opened
 * @memory: of which the first part is complete; the others may be written to
 * @address: as of bzb_load_move()
 * @slide: as of bzb_load_move()
 * @moves: the result; written to on error, too
 *
 * This replaces bzb_load_move() where several processors decompress a kernel: call
 * bzb_load_move_part() for each part, in any order and at the same time, and at the end
 * bzb_load_move_rest(). The resulting bytes are the same. It takes half the time of
 * bzb_load_move(), which is lost with only one processor. On every error, call
 * bzb_load_move(): it does not need the parts, and returns the error if it remains.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is nothing to move: no relocations or no slide; or the
 *	first part does not hold the relocations; or a foreign kernel
 *	-BZB_ERR_NOSPACE, the relocations are in more pieces than @moves has
 *	-BZB_ERR_BADSEGMENT, -BZB_ERR_BADRELOC, as bzb_load_move()
 *	-BZB_ERR_BADHEADER or any error of bzb_kernel_elf_parse(), as bzb_load_finish()
 */
int bzb_load_split(const struct bzb_load *load, const void *memory, uint64_t address,
		   uint64_t slide, struct bzb_load_moves *moves);

/**
 * bzb_load_move_part() - move the fields in a part
 * @moves: of bzb_load_split()
 * @number: of the part, below bzb_load_parts()
 * @memory: of which the part is complete; the part is written to
 *
 * Call it exactly once for each part. Fields that cross the border of two parts are
 * left to bzb_load_move_rest().
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, the relocations in the memory have changed
 */
int bzb_load_move_part(const struct bzb_load_moves *moves, uint32_t number, void *memory);

/**
 * bzb_load_move_rest() - move the fields that cross the borders of parts
 * @load: as opened
 * @kernel: as loaded
 * @moves: of bzb_load_split()
 * @memory: in which all parts have moved; written to
 * @address: as of bzb_load_split()
 * @ret: the entry; untouched on error
 *
 * Call it exactly once.
 *
 * returns: as bzb_load_move_part()
 */
int bzb_load_move_rest(const struct bzb_load *load, const struct bzb_kernel_elf *kernel,
		       const struct bzb_load_moves *moves, void *memory, uint64_t address,
		       struct bzb_entry *ret);

/* --- a kernel that is an EFI application --- */

/**
 * bzb_load_application() - find a kernel that is an EFI application in its memory
 * @manifest: of its image, with BZB_MANIFEST_APPLICATION
 * @memory: that the payload has been decompressed to, at least up to the end of the kernel
 * @machine: BZB_PE_MACHINE_* of the machine that it is for
 * @ret: its headers; untouched on error. @ret->file is the application and what follows it
 *
 * It begins where the payload does. If the payload is an ELF, it begins after the gap, with
 * the first segment.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMACHINE, it is for another machine
 *	-BZB_ERR_BADHEADER, its entry point is not in it
 *	-BZB_ERR_TRUNCATED, it does not lie within @memory
 *	any error of bzb_pe_parse()
 */
int bzb_load_application(const struct bzb_manifest *manifest, struct bzb_span memory,
			 uint16_t machine, struct bzb_pe *ret);

/* --- boot_params --- */

/* A boot loader's part of boot_params. All addresses are physical; 0 is valid everywhere. */
struct bzb_handoff {
	uint64_t cmdline;			   /* NUL-terminated text; 0: none */
	struct bzb_range initrd;		   /* a size of 0: none */
	uint64_t rsdp;				   /* ACPI's root; 0: not known */
	const struct bzb_framebuffer *framebuffer; /* NULL: none */
	const struct bzb_memory_range *map;	   /* as of bzb_memory_sort() */
	size_t map_count;
	void *ext;		   /* space for a long map, with */
	size_t ext_size;	   /* its size and address: see */
	uint64_t ext_addr;	   /* bzb_boot_params_set_e820() */
	unsigned char loader_type; /* type_of_loader of boot.rst; 0: the
				      loader has no number */
	bool kaslr;		   /* addresses are random, and the kernel
				      is movable */
};

/**
 * bzb_load_params() - make boot_params
 * @load: as opened; the setup header is the one in the manifest
 * @known: the loader's part
 * @ret: written whole; untouched on error. Kernels expect a whole page
 *
 * A loader that left a VGA in text mode fills in ret->screen_info afterwards.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the memory map does not fit in boot_params and known->ext
 */
int bzb_load_params(const struct bzb_load *load, const struct bzb_handoff *known,
		    struct bzb_boot_params *ret);

#endif
