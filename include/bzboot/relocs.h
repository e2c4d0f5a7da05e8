/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a payload ELF says what moves: two sections in the gap.
 *
 * A field is named by the virtual address it has when the kernel is not moved:
 * base + its distance in physical memory from the load address, base being
 * p_vaddr of the first PT_LOAD. (For all segments but Linux's per-CPU one that
 * is p_vaddr too.) Moving the kernel by a slide adds the slide to the fields:
 *
 *   .relr  SHT_RELR      64-bit fields at even addresses: gABI, "Relocation"
 *   .reld  SHT_BZB_RELD  the others: lists of distances in ULEB128 (DWARF 5,
 *                        section 7.6)
 *
 *	list := kind count first distance...
 *
 * kind is enum bzb_reloc_kind; first is the distance of the first field from
 * base, the others are those of a field from the one before it, at least 1.
 * Lists follow each other to the end of the section.
 */
#ifndef BZBOOT_RELOCS_H
#define BZBOOT_RELOCS_H

#include <bzboot/image.h>

#define BZB_SHT_RELR 19u
#define BZB_SHT_BZB_RELD 0x80627a62u	/* SHT_LOUSER + "bzb" */

#define BZB_RELR_SECTION ".relr"
#define BZB_RELD_SECTION ".reld"

/* The numbers are part of the image format. */
enum bzb_reloc_kind {
	BZB_RELOC_64 = 1,		/* 64-bit field: add */
	BZB_RELOC_32 = 2,		/* 32-bit field: add */
	BZB_RELOC_32_INVERSE = 3,	/* 32-bit field: subtract */
	BZB_RELOC_KIND_COUNT
};

struct bzb_relocs {
	struct bzb_span relr, reld;		/* either may be empty */
	uint64_t base;				/* virtual address of load_address */
	size_t count[BZB_RELOC_KIND_COUNT];	/* fields of each kind */
};

/**
 * bzb_slide_max() - how far a kernel may be moved in virtual memory
 * @virtual_address: of its first byte, when it is not moved
 * @memory_size: of the kernel, bytes
 *
 * Linux keeps 1 GiB of virtual addresses for its image, aligned to its size
 * (KERNEL_IMAGE_SIZE of kernels with KASLR): from where the kernel is linked,
 * it may move up to the end of that.
 *
 * returns: bytes
 */
static inline uint64_t bzb_slide_max(uint64_t virtual_address,
				     uint64_t memory_size)
{
	const uint64_t window = 1u << 30;
	uint64_t start = virtual_address % window;

	return memory_size < window - start ? window - start - memory_size : 0;
}

/**
 * bzb_relocs_parse() - find the relocations of a payload ELF and check them all
 * @image: as parsed
 * @ret: what was found; untouched on error; refers to the file
 *
 * Every field lies in the file bytes of a PT_LOAD; the fields of a list ascend.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, the file has no relocations: it cannot be moved
 *	-BZB_ERR_BADRELOC, a table that makes no sense, or a field outside
 *	every segment
 */
int bzb_relocs_parse(const struct bzb_image *image, struct bzb_relocs *ret);

/**
 * bzb_relocs_apply() - move a kernel in virtual memory
 * @image: the kernel; its file is in memory, at the start of @memory
 * @relocs: parsed from it; must not lie in a segment
 * @memory: image->memory_size bytes; written to
 * @slide: bytes by which the kernel will run above its link address
 *
 * To be done once. Nothing is checked again.
 */
void bzb_relocs_apply(const struct bzb_image *image,
		      const struct bzb_relocs *relocs, void *memory,
		      uint64_t slide);

/* Called for each field; @offset is its distance from base. Not 0: stop. */
typedef int bzb_reloc_visit(void *context, enum bzb_reloc_kind kind,
			    uint64_t offset);

/**
 * bzb_relocs_walk() - visit every field
 * @relocs: as parsed
 * @visit: called for each, list by list, ascending in a list
 * @context: for @visit
 *
 * returns: 0, or what @visit returned
 */
int bzb_relocs_walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit,
		    void *context);

/**
 * bzb_relr_write() - encode 64-bit fields as RELR
 * @base: virtual address of offset 0
 * @offsets: from base; even, ascending, no two alike
 * @count: of @offsets
 * @to: where to; NULL to count only
 *
 * returns: bytes; never more than 8 per field
 */
size_t bzb_relr_write(uint64_t base, const uint64_t *offsets, size_t count,
		      void *to);

/**
 * bzb_reld_write() - encode a list of fields as distances
 * @kind: of all
 * @offsets: from base; ascending, no two alike
 * @count: of @offsets; an empty list takes no bytes
 * @to: where to; NULL to count only
 *
 * returns: bytes; never more than 10 per field and 11 for the list
 */
size_t bzb_reld_write(enum bzb_reloc_kind kind, const uint64_t *offsets,
		      size_t count, void *to);

#endif
