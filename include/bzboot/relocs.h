/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocations of a payload ELF: two sections in the gap.
 *
 * A table identifies a field by its virtual address in a kernel that has not moved:
 * base + its distance in physical memory from the load address, where base is
 * p_vaddr of the first PT_LOAD. (This agrees with p_vaddr for all segments but
 * Linux's per-CPU segment.) Moving the kernel by a slide adds the slide to the fields:
 *
 *   .relr  SHT_RELR      64-bit fields at even addresses: gABI, "Relocation"
 *   .reld  SHT_BZB_RELD  the others: lists of numbers in ULEB128 (DWARF 5,
 *                        section 7.6), and
 *
 *	list := kind count first distance...
 *	list := 4 count first span reach set skipped...
 *
 * In the first form, kind is enum bzb_reloc_kind; first is the distance of the
 * first field from base; every other number is the distance of a field from the
 * one before it, at least 1. In the second form, the fields have 32 bits and are
 * candidates (candidates.h) in the span bytes from first on; a skipped number is the
 * number of candidates between a field and the one before it; reach and set are the
 * rule for candidates. The span and the byte before it are in one segment. Lists of
 * the second form come first, and ascend. Lists follow each other to the end of the
 * section.
 *
 * Candidates are recognised by their values before anything is moved, so .reld is
 * applied before .relr, from its start to its end.
 */
#ifndef BZBOOT_RELOCS_H
#define BZBOOT_RELOCS_H

#include <bzboot/candidates.h>
#include <bzboot/kernel_elf.h>

#define BZB_SHT_RELR 19u
#define BZB_SHT_BZB_RELD 0x80627a62u	/* SHT_LOUSER + "bzb" */

#define BZB_RELR_SECTION ".relr"
#define BZB_RELD_SECTION ".reld"

/* The numbers are part of the image format. */
enum bzb_reloc_kind {
	BZB_RELOC_64 = 1,	  /* 64-bit field: add */
	BZB_RELOC_32 = 2,	  /* 32-bit field: add */
	BZB_RELOC_32_INVERSE = 3, /* 32-bit field: subtract */
	BZB_RELOC_KIND_COUNT
};

/* A list of the second form, all of whose fields are BZB_RELOC_32. */
#define BZB_RELD_CANDIDATES 4u

struct bzb_relocs {
	struct bzb_kernel_elf kernel;
	struct bzb_span relr, reld; /* each may be empty */
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

/* Called for each field; @offset is its distance from base. Returns 0 to continue. */
typedef int bzb_reloc_visit(void *context, enum bzb_reloc_kind kind, uint64_t offset);

/**
 * bzb_relocs_walk() - visit every field
 * @relocs: as found
 * @visit: called for each, list by list, in ascending order within a list
 * @context: for @visit
 *
 * Every field that is visited lies in the file bytes of a PT_LOAD.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, an invalid table, a field outside every segment, or
 *	fields that do not ascend
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
 * Call it once only: fields are recognised by their values.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, as bzb_relocs_walk(); some fields have been changed, but
 *	nothing outside fields
 */
int bzb_relocs_apply(const struct bzb_relocs *relocs, void *memory, uint64_t slide);

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

/**
 * bzb_reld_write() - encode a list of fields as distances
 * @kind: of all fields
 * @offsets: from base; ascending, no two equal
 * @count: of @offsets; an empty list takes no bytes
 * @to: the output; NULL to count only
 *
 * returns: bytes; never more than 10 per field and 11 for the list
 */
size_t bzb_reld_write(enum bzb_reloc_kind kind, const uint64_t *offsets, size_t count, void *to);

/**
 * bzb_reld_write_candidates() - encode a list of candidates
 * @rule: for them
 * @bytes: the kernel, from base
 * @offsets: from base; ascending; all are candidates of a search that starts at the
 *	first one
 * @count: of @offsets; an empty list takes no bytes
 * @to: the output; NULL to count only
 *
 * returns: bytes; never more than 10 per field and 41 + BZB_BYTE_SET_SIZE for
 * the list; 0 if one of @offsets is not a candidate
 */
size_t bzb_reld_write_candidates(const struct bzb_candidate_rule *rule, struct bzb_span bytes,
				 const uint64_t *offsets, size_t count, void *to);

#endif
