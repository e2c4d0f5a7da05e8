/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocations of a payload ELF: two sections in the gap.
 *
 *   .relr  SHT_RELR   64-bit fields at even addresses: gABI, "Relocation"
 *   .crel  SHT_CREL   the others, with the types of the psABI
 *
 * Both identify a field by its virtual address in a kernel that has not moved:
 * base + its distance in physical memory from the load address, where base is
 * p_vaddr of the first PT_LOAD. (This agrees with p_vaddr for all segments but
 * Linux's per-CPU segment.) Moving the kernel by a slide changes each field as
 * its formula in the psABI, table "Relocation Types", changes if P and the
 * symbols that move are higher by the slide:
 *
 *	R_X86_64_64, _32, _32S	S + A		+ slide	  S moves
 *	R_X86_64_PC32		S + A - P	- slide	  S is absolute
 *
 * In an ELF for another machine, .crel has the types of <bzboot/reloc_types.h>. All are
 * 64-bit fields:
 *
 *	R_*_RELATIVE		B + A		+ slide
 *	any with a symbol	S, S + A	+ slide	  S moves
 *
 * The addends are in the fields.
 */
#ifndef BZBOOT_RELOCS_H
#define BZBOOT_RELOCS_H

#include <bzboot/kernel_elf.h>
#include <bzboot/reloc_types.h>

#define BZB_RELR_SECTION ".relr"
#define BZB_CREL_SECTION ".crel"

#define BZB_SHT_RELR 19u

/*
 * Compact relocations, as the gABI's mailing list has them ("CREL", 2024). Their
 * section type has no final number: this is the one of LLVM 19 and FreeBSD.
 *
 *	header := ULEB128: count * 8 + has addends * 4 + shift
 *	entry  := one byte: low bits of the distance from the entry before,
 *		  above flags: bit 0: a symbol follows, bit 1: a type, bit 2, if
 *		  the header says that there are addends: an addend; bit 7: the
 *		  other bits of the distance follow, ULEB128
 *		  symbol, type, addend: SLEB128, differences from the entry before
 *
 * Distances are shifted left by shift. DWARF 5, 7.6, has ULEB128 and SLEB128.
 */
#define BZB_SHT_CREL 0x40000014u

enum {
	BZB_CREL_SYMBOL = 1, /* flags of an entry */
	BZB_CREL_TYPE = 2,
	BZB_CREL_ADDEND = 4,
	BZB_CREL_HAS_ADDENDS = 4, /* of the header */
};

/* The symbols of a payload ELF. */
enum {
	BZB_SYMBOL_KERNEL = 1,	 /* base; moves */
	BZB_SYMBOL_ABSOLUTE = 2, /* 0 */
	BZB_SYMBOL_COUNT
};

enum bzb_reloc_kind {
	BZB_RELOC_NONE = 0,	  /* does not move */
	BZB_RELOC_64 = 1,	  /* 64-bit field: add */
	BZB_RELOC_32 = 2,	  /* 32-bit field: add */
	BZB_RELOC_32_INVERSE = 3, /* 32-bit field: subtract */
	BZB_RELOC_KIND_COUNT
};

struct bzb_relocs {
	struct bzb_kernel_elf kernel;
	struct bzb_span relr, crel; /* each may be empty */
	struct bzb_span symbols;    /* that .crel refers to */
	uint64_t base;		    /* virtual address of load_address */
};

/**
 * bzb_slide_max() - compute the greatest slide of a kernel
 * @virtual_address: of its first byte: the link address
 * @memory_size: of the kernel, bytes
 *
 * Linux reserves 1 GiB of virtual addresses for the kernel, aligned to 1 GiB
 * (KERNEL_IMAGE_SIZE of kernels with KASLR). The kernel may move from its link
 * address up to the end of that range.
 *
 * returns: bytes
 */
static inline uint64_t bzb_slide_max(uint64_t virtual_address, uint64_t memory_size)
{
	const uint64_t window = 1u << 30;
	uint64_t start = virtual_address % window;

	return memory_size < window - start ? window - start - memory_size : 0;
}

/**
 * bzb_relocs_find() - find the relocations of a payload ELF
 * @kernel: as parsed
 * @ret: the result; untouched on error; refers to the file
 *
 * The fields are not checked yet.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, the file has no relocations: it cannot be moved
 *	-BZB_ERR_BADRELOC, an invalid table
 */
int bzb_relocs_find(const struct bzb_kernel_elf *kernel, struct bzb_relocs *ret);

/**
 * bzb_relocs_find_in_file() - find the same tables in any ELF
 * @elf: as parsed; its file is not the memory that the kernel is moved in
 * @ret: the result; untouched on error; refers to the file. For bzb_relocs_walk() and
 *	bzb_relocs_check() only
 *
 * The tables may be anywhere in the file.
 *
 * returns: as bzb_relocs_find()
 */
int bzb_relocs_find_in_file(const struct bzb_elf *elf, struct bzb_relocs *ret);

/* Called for each field; @offset is its distance from base. Returns 0 to continue. */
typedef int bzb_reloc_visit(void *context, enum bzb_reloc_kind kind, uint64_t offset);

/**
 * bzb_relocs_walk() - visit every field
 * @relocs: as found
 * @visit: called for each: first those of .crel, ascending until the type or
 *	the symbol changes; then those of .relr, ascending
 * @context: for @visit
 *
 * Every field that is visited lies in the file bytes of a PT_LOAD.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, an invalid table, a type that is not above, a field
 *	outside every segment, or fields that do not ascend
 *	the return value of @visit, if it was not 0
 */
int bzb_relocs_walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context);

/**
 * bzb_relocs_check() - check that no fields overlap
 * @relocs: as found
 * @scratch: written to
 * @size: bytes of @scratch: at least an eighth of relocs->kernel.elf.memory_size,
 *	rounded up
 *
 * A byte in two fields would be changed twice; kernels have no such fields.
 * bzb_relocs_apply() does not check this: the packer does, and an image has
 * checksums. The check takes the time of one walk.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @size is too small
 *	-BZB_ERR_BADRELOC, fields overlap, or as bzb_relocs_walk()
 */
int bzb_relocs_check(const struct bzb_relocs *relocs, void *scratch, size_t size);

/**
 * bzb_relocs_apply() - move a kernel in virtual memory
 * @relocs: as found in it
 * @memory: of the payload ELF; written to
 * @slide: bytes from the link address to the address that the kernel will run at
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, as bzb_relocs_walk(); some fields have been changed, but
 *	nothing outside fields
 */
int bzb_relocs_apply(const struct bzb_relocs *relocs, void *memory, uint64_t slide);

/* --- moving on several processors --- */

/* Entries of a table whose fields are in one range of the kernel. Its members but the
 * range are for bzb_relocs_apply_piece(). */
struct bzb_relocs_piece {
	uint32_t range;
	uint32_t at, count; /* of the entries: bytes into the table; their number */
	bool of_relr;	    /* the table */
	enum bzb_reloc_kind kind;
	uint64_t start, end; /* of the range, from base */
	uint64_t next;	     /* the state of a walk before the entries */
	uint64_t symbol, type;
};

/* The most pieces of a kernel that bzboot packed, with this number of borders: .relr and three
 * kinds in .crel, for each range and each border. */
#define BZB_RELOCS_PIECES(borders) (4 * (2 * (size_t)(borders) + 1))

/**
 * bzb_relocs_split() - sort the fields by ranges of the kernel
 * @relocs: as found
 * @borders: where the parts of the kernel meet, bytes from base; ascending
 * @count: of @borders
 * @pieces: the result
 * @room: in @pieces, number of them; BZB_RELOCS_PIECES() of them are enough for the
 *	tables that bzboot writes
 * @ret: number of @pieces; untouched on error
 *
 * Nothing is moved. Range 2 * n has the fields that are in part n, and nothing of
 * another part; range 2 * n + 1 those that begin in the last 7 bytes of part n, before
 * border n. Each field is in one piece, so several processors can apply them, in any
 * order: to the same bytes as bzb_relocs_apply(), if no fields overlap.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, more pieces; use bzb_relocs_apply()
 *	-BZB_ERR_BADRELOC, as bzb_relocs_walk()
 */
int bzb_relocs_split(const struct bzb_relocs *relocs, const uint64_t *borders, uint32_t count,
		     struct bzb_relocs_piece *pieces, size_t room, size_t *ret);

/**
 * bzb_relocs_apply_piece() - move the fields of a piece
 * @relocs: that were split; the tables have not changed
 * @piece: of them; each is to be applied once
 * @memory: of the payload ELF; the range of the piece is complete
 * @slide: as of bzb_relocs_apply()
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, the tables have changed
 */
int bzb_relocs_apply_piece(const struct bzb_relocs *relocs, const struct bzb_relocs_piece *piece,
			   void *memory, uint64_t slide);

/* The context of bzb_reloc_move(). */
struct bzb_mover {
	unsigned char *kernel; /* the byte at base; written to */
	uint64_t slide;
};

/**
 * bzb_reloc_move() - move a field: a bzb_reloc_visit
 * @mover: a struct bzb_mover
 * @kind: of the field
 * @offset: of the field
 *
 * returns: 0
 */
int bzb_reloc_move(void *mover, enum bzb_reloc_kind kind, uint64_t offset);

/* --- making tables --- */

/**
 * bzb_relr_walk() - visit every field of a RELR table
 * @relr: the table
 * @base: virtual address of offset 0
 * @visit: called for each; no field has been checked
 * @context: for @visit
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, @relr does not consist of whole entries, or does not
 *	begin with an address; @visit was not called
 *	the return value of @visit, if it was not 0
 */
int bzb_relr_walk(struct bzb_span relr, uint64_t base, bzb_reloc_visit *visit, void *context);

/**
 * bzb_relr_write() - encode 64-bit fields as RELR
 * @base: virtual address of offset 0
 * @offsets: from base; even, ascending, no two equal
 * @count: of @offsets
 * @to: the output; NULL to count only
 *
 * returns: bytes; never more than 8 per field
 */
size_t bzb_relr_write(uint64_t base, const uint64_t *offsets, size_t count, void *to);

/* Fields of one kind, all that .crel has of it. */
struct bzb_crel_list {
	enum bzb_reloc_kind kind; /* not BZB_RELOC_NONE */
	const uint64_t *offsets;  /* from base; ascending, no two alike */
	size_t count;
};

/**
 * bzb_crel_write() - encode fields as CREL
 * @base: virtual address of offset 0
 * @lists: one after the other
 * @count: of @lists
 * @to: where to; NULL to count only
 *
 * returns: bytes; never more than 12 per field, 4 per list and 10; 0 if there
 * are no fields
 */
size_t bzb_crel_write(uint64_t base, const struct bzb_crel_list *lists, size_t count, void *to);

/* The string table of the symbols. */
#define BZB_SYMBOL_NAMES "\0kernel\0absolute"

/**
 * bzb_symbols_write() - make the symbols of a payload ELF
 * @base: virtual address of the kernel
 * @section: of the kernel, any
 * @to: BZB_SYMBOL_COUNT symbols
 */
void bzb_symbols_write(uint64_t base, uint16_t section, struct bzb_elf_sym *to);

#endif
