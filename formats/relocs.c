/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a payload ELF: SHT_RELR, and lists of numbers in ULEB128. */
#include <bzboot/relocs.h>

#define WORD 8u			/* bytes of a RELR entry, and of a field in it */
#define BITMAP_WORDS 63u	/* fields in one bitmap entry */

/* The loops below are inlined into one function per visitor. */
#define INLINE static inline __attribute__((always_inline))

/* --- bounds of fields -------------------------------------------------------------- */

/* The segment of the last field: fields ascend, so most of the time the next one is in the
 * same segment. */
struct place {
	const struct bzb_kernel_elf *kernel;
	uint64_t start, size; /* file bytes, from base */
};

static bool find_segment(struct place *place, uint64_t offset)
{
	const struct bzb_elf *elf = &place->kernel->elf;
	struct bzb_elf_place found;

	if (bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address + offset, &found))
		return false;
	place->start = found.segment.paddr - elf->load_address;
	place->size = found.segment.filesz;
	return found.distance < place->size;
}

INLINE bool is_here(const struct place *place, uint64_t offset, uint64_t size)
{
	return offset >= place->start && size <= place->size &&
	       offset - place->start <= place->size - size;
}

INLINE bool is_in_segment(struct place *place, uint64_t offset, uint64_t size)
{
	return is_here(place, offset, size) ||
	       (find_segment(place, offset) && is_here(place, offset, size));
}

/* --- .relr ------------------------------------------------------------------------ */

/* Visits each word that is set in a bitmap; bit 0 is the word at @field. */
INLINE int visit_words(uint64_t bitmap, uint64_t field, bzb_reloc_visit *visit, void *context)
{
	for (; bitmap; bitmap &= bitmap - 1) {
		int err = visit(context, BZB_RELOC_64, field + WORD * bzb_lowest_bit(bitmap));

		if (err)
			return err;
	}
	return 0;
}

/* The first test succeeds nearly always: the whole range of the bitmap is in the segment. */
INLINE bool are_in_segment(struct place *place, uint64_t bitmap, uint64_t field)
{
	if (is_here(place, field, BITMAP_WORDS * WORD))
		return true;
	for (; bitmap; bitmap &= bitmap - 1)
		if (!is_in_segment(place, field + WORD * bzb_lowest_bit(bitmap), WORD))
			return false;
	return true;
}

static bool is_relr(struct bzb_span relr)
{
	/* A bitmap needs an address before it. */
	return relr.size % WORD == 0 && !(relr.size && bzb_get64(relr.data) & 1);
}

/*
 * gABI: an even entry is the address of a field, and the next entry is for the words
 * after it; bit n of an odd entry, n from 1, is the n-th of the words. If @place is
 * NULL, fields are not checked. Otherwise they are in segments and ascend: a field
 * that is listed twice would move twice.
 */
INLINE int walk_relr(struct bzb_span relr, uint64_t base, struct place *place,
		     bzb_reloc_visit *visit, void *context)
{
	uint64_t next = 0, above = 0;

	if (!is_relr(relr))
		return -BZB_ERR_BADRELOC;
	for (size_t at = 0; at < relr.size; at += WORD) {
		uint64_t entry = bzb_get64(relr.data + at);
		uint64_t field = entry & 1 ? next : entry - base;
		uint64_t bitmap = entry & 1 ? entry >> 1 : 1;
		int err;

		next = field + (entry & 1 ? BITMAP_WORDS : 1) * WORD;
		if (!bitmap)
			continue;
		if (place && (field < above || !are_in_segment(place, bitmap, field)))
			return -BZB_ERR_BADRELOC;
		err = visit_words(bitmap, field, visit, context);
		if (err)
			return err;
		above = field + WORD * bzb_highest_bit(bitmap) + 1;
	}
	return 0;
}

int bzb_relr_walk(struct bzb_span relr, uint64_t base, bzb_reloc_visit *visit, void *context)
{
	return walk_relr(relr, base, NULL, visit, context);
}

/* --- .reld ------------------------------------------------------------------------ */

/* DWARF 5, 7.6. It is an error if a number does not end in @left, or has more than 64
 * bits. */
INLINE int read_uleb(struct bzb_span *left, uint64_t *ret)
{
	uint64_t value = 0;

	if (left->size && *left->data < 0x80) {
		*ret = *left->data++;
		left->size--;
		return 0;
	}
	for (unsigned int shift = 0; shift < 64 && left->size; shift += 7) {
		uint64_t byte = *left->data;

		left->data++;
		left->size--;
		if (shift == 63 && byte > 1)
			break;
		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -BZB_ERR_BADRELOC;
}

INLINE int walk_distances(struct bzb_span *left, enum bzb_reloc_kind kind, uint64_t count,
			  struct place *place, bzb_reloc_visit *visit, void *context)
{
	const uint64_t width = kind == BZB_RELOC_64 ? 8 : 4;
	uint64_t distance, field = 0;

	for (uint64_t i = 0; i < count; i++) {
		int err;

		if (read_uleb(left, &distance) || (i && !distance) || distance > UINT64_MAX - field)
			return -BZB_ERR_BADRELOC;
		field += distance;
		if (!is_in_segment(place, field, width))
			return -BZB_ERR_BADRELOC;
		err = visit(context, kind, field);
		if (err)
			return err;
	}
	return 0;
}

/* Reads the head of a list; @least is the end of the list before. */
static int open_candidates(const struct bzb_relocs *relocs, struct bzb_span *left,
			   struct place *place, uint64_t least, struct bzb_candidates *ret)
{
	const struct bzb_kernel_elf *kernel = place->kernel;
	uint64_t first, span, reach;
	struct bzb_span set, bytes;

	if (read_uleb(left, &first) || read_uleb(left, &span) || read_uleb(left, &reach) ||
	    bzb_slice(*left, 0, BZB_BYTE_SET_SIZE, &set) ||
	    bzb_slice(*left, set.size, left->size - set.size, left))
		return -BZB_ERR_BADRELOC;
	if (first < least || first < 1 || span > UINT32_MAX || reach > UINT32_MAX ||
	    !is_in_segment(place, first - 1, span + 1) ||
	    bzb_slice(kernel->elf.file, kernel->gap, first + span, &bytes))
		return -BZB_ERR_BADRELOC;
	bzb_candidates_start(ret,
			     &(struct bzb_candidate_rule){
				     .base = (uint32_t)relocs->base,
				     .reach = (uint32_t)reach,
				     .before = set.data,
			     },
			     bytes, (size_t)first);
	return 0;
}

INLINE int walk_candidates(const struct bzb_relocs *relocs, struct bzb_span *left, uint64_t count,
			   struct place *place, uint64_t *least, bzb_reloc_visit *visit,
			   void *context)
{
	struct bzb_candidates candidates;
	int err = open_candidates(relocs, left, place, *least, &candidates);

	for (uint64_t i = 0; i < count && !err; i++) {
		uint64_t skipped;
		size_t offset;

		if (read_uleb(left, &skipped) ||
		    !bzb_candidates_next(&candidates, skipped, &offset))
			return -BZB_ERR_BADRELOC;
		bzb_candidates_take(&candidates, offset);
		err = visit(context, BZB_RELOC_32, offset);
	}
	if (!err)
		*least = candidates.bytes.size + 1;
	return err;
}

INLINE int walk_reld(const struct bzb_relocs *relocs, struct place *place, bzb_reloc_visit *visit,
		     void *context)
{
	struct bzb_span left = relocs->reld;
	uint64_t kind, count, least = 0;
	int err = 0;

	while (left.size && !err) {
		if (read_uleb(&left, &kind) || read_uleb(&left, &count) || !kind)
			return -BZB_ERR_BADRELOC;
		if (kind < BZB_RELOC_KIND_COUNT) {
			err = walk_distances(&left, (enum bzb_reloc_kind)kind, count, place, visit,
					     context);
			least = UINT64_MAX;
		} else if (kind == BZB_RELD_CANDIDATES) {
			err = walk_candidates(relocs, &left, count, place, &least, visit, context);
		} else {
			return -BZB_ERR_BADRELOC;
		}
	}
	return err;
}

/* --- both ------------------------------------------------------------------------- */

INLINE int walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context)
{
	struct place place = { .kernel = &relocs->kernel };
	int err = walk_reld(relocs, &place, visit, context);

	return err ? err : walk_relr(relocs->relr, relocs->base, &place, visit, context);
}

int bzb_relocs_walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context)
{
	return walk(relocs, visit, context);
}

/* Marks the bytes of a field; @context has a bit for each byte of the kernel. */
static int take_bytes(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	unsigned char *taken = context;
	const uint64_t end = offset + (kind == BZB_RELOC_64 ? 8 : 4);

	for (; offset < end; offset++) {
		unsigned char bit = (unsigned char)(1u << offset % 8);

		if (taken[offset / 8] & bit)
			return -BZB_ERR_BADRELOC;
		taken[offset / 8] |= bit;
	}
	return 0;
}

int bzb_relocs_check(const struct bzb_relocs *relocs, void *scratch, size_t size)
{
	if (bzb_align_up(relocs->kernel.elf.memory_size, 8) / 8 > size)
		return -BZB_ERR_NOSPACE;
	memset(scratch, 0, size);
	return bzb_relocs_walk(relocs, take_bytes, scratch);
}

/* Finds a table in the gap: a table in a segment could change while it is applied. */
static int find_table(const struct bzb_kernel_elf *kernel, const char *name, uint32_t type,
		      struct bzb_span *ret)
{
	struct bzb_span gap = { kernel->elf.file.data, (size_t)kernel->gap };
	struct bzb_elf_section section;

	if (bzb_elf_find_section(&kernel->elf, name, &section)) {
		*ret = (struct bzb_span){ gap.data, 0 };
		return 0;
	}
	if (section.type != type || bzb_slice(gap, section.offset, section.size, ret))
		return -BZB_ERR_BADRELOC;
	return 0;
}

int bzb_relocs_find(const struct bzb_kernel_elf *kernel, struct bzb_relocs *ret)
{
	struct bzb_relocs relocs = {
		.kernel = *kernel,
		.base = kernel->elf.virtual_address,
	};
	int err;

	if ((err = find_table(kernel, BZB_RELR_SECTION, BZB_SHT_RELR, &relocs.relr)) ||
	    (err = find_table(kernel, BZB_RELD_SECTION, BZB_SHT_BZB_RELD, &relocs.reld)))
		return err;
	if (!relocs.relr.size && !relocs.reld.size)
		return -BZB_ERR_NOTFOUND;
	if (!is_relr(relocs.relr))
		return -BZB_ERR_BADRELOC;
	*ret = relocs;
	return 0;
}

struct mover {
	unsigned char *kernel; /* the byte at base */
	uint64_t slide;
};

INLINE int move_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const struct mover *m = context;
	unsigned char *field = m->kernel + offset;
	bzb_le32 *half = (bzb_le32 *)field;

	if (kind == BZB_RELOC_64)
		bzb_put64(field, bzb_get64(field) + m->slide);
	else
		*half = bzb_st32(kind == BZB_RELOC_32 ? bzb_ld32(*half) + (uint32_t)m->slide :
							bzb_ld32(*half) - (uint32_t)m->slide);
	return 0;
}

int bzb_relocs_apply(const struct bzb_relocs *relocs, void *memory, uint64_t slide)
{
	struct mover mover = {
		(unsigned char *)memory + relocs->kernel.gap,
		slide,
	};

	return walk(relocs, move_field, &mover);
}
