/* SPDX-License-Identifier: BSD-2-Clause */
/* How a payload ELF says what moves: SHT_RELR, and distances as ULEB128. */
#include <bzboot/relocs.h>

#define WORD 8u			/* bytes of a RELR entry, and of what it moves */
#define BITMAP_WORDS 63u	/* fields that one bitmap entry speaks of */

/* The loops below are written once, and made into one function per visitor. */
#define INLINE static inline __attribute__((always_inline))

static uint64_t load64(const void *p)
{
	return bzb_ld64(*(const bzb_le64 *)p);
}

static void store64(void *p, uint64_t value)
{
	*(bzb_le64 *)p = bzb_st64(value);
}

/*
 * gABI: an even entry is the address of a field, and the next one speaks of the
 * words behind it; bit n of an odd entry, n from 1, is the n-th of the words.
 */
INLINE int walk_relr(struct bzb_span relr, uint64_t base,
		     bzb_reloc_visit *visit, void *context)
{
	uint64_t next = 0;

	for (size_t at = 0; at < relr.size; at += WORD) {
		uint64_t entry = load64(relr.data + at);
		uint64_t field = next;
		int err;

		if (!(entry & 1)) {
			next = entry - base + WORD;
			err = visit(context, BZB_RELOC_64, entry - base);
			if (err)
				return err;
			continue;
		}
		next += BITMAP_WORDS * WORD;
		while (entry >>= 1) {
			if (entry & 1) {
				err = visit(context, BZB_RELOC_64, field);
				if (err)
					return err;
			}
			field += WORD;
		}
	}
	return 0;
}

/* DWARF 5, 7.6. A number that has no end in @left, or more than 64 bits, is an
 * error. */
INLINE int read_uleb(struct bzb_span *left, uint64_t *ret)
{
	uint64_t value = 0;

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

INLINE int walk_reld(struct bzb_span reld, bzb_reloc_visit *visit,
		     void *context)
{
	uint64_t kind, count, distance, field;
	int err;

	while (reld.size) {
		if (read_uleb(&reld, &kind) || read_uleb(&reld, &count) || !kind ||
		    kind >= BZB_RELOC_KIND_COUNT)
			return -BZB_ERR_BADRELOC;
		field = 0;
		for (uint64_t i = 0; i < count; i++) {
			if (read_uleb(&reld, &distance) || (i && !distance) ||
			    distance > UINT64_MAX - field)
				return -BZB_ERR_BADRELOC;
			field += distance;
			err = visit(context, (enum bzb_reloc_kind)kind, field);
			if (err)
				return err;
		}
	}
	return 0;
}

INLINE int walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit,
		void *context)
{
	int err = walk_relr(relocs->relr, relocs->base, visit, context);

	return err ? err : walk_reld(relocs->reld, visit, context);
}

int bzb_relocs_walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit,
		    void *context)
{
	return walk(relocs, visit, context);
}

/* The segment that the last field was in: fields ascend, so mostly the next one
 * is there too. */
struct checker {
	const struct bzb_image *image;
	struct bzb_relocs *relocs;
	uint64_t start, size;		/* file bytes, from base */
	uint64_t above;			/* where the next field of .relr may be */
};

static bool find_segment(struct checker *c, uint64_t offset)
{
	const struct bzb_elf *elf = &c->image->elf;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		uint64_t start = s.paddr - elf->load_address;

		if (s.type != BZB_PT_LOAD || offset < start || offset - start >= s.filesz)
			continue;
		c->start = start;
		c->size = s.filesz;
		return true;
	}
	return false;
}

INLINE int check_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	struct checker *c = context;
	uint64_t width = kind == BZB_RELOC_64 ? 8 : 4;

	if ((offset < c->start || offset - c->start >= c->size) &&
	    !find_segment(c, offset))
		return -BZB_ERR_BADRELOC;
	if (c->size - (offset - c->start) < width)
		return -BZB_ERR_BADRELOC;
	c->relocs->count[kind]++;
	return 0;
}

/* Lists of distances ascend by themselves, RELR does not: a field that is named
 * twice would move twice. */
INLINE int check_relr_field(void *context, enum bzb_reloc_kind kind,
			    uint64_t offset)
{
	struct checker *c = context;

	if (offset < c->above)
		return -BZB_ERR_BADRELOC;
	c->above = offset + 1;
	return check_field(c, kind, offset);
}

/* The bytes of a section in the gap: what is applied must not be what moves. */
static int find_table(const struct bzb_image *image, const char *name,
		      uint32_t type, struct bzb_span *ret)
{
	struct bzb_span gap = { image->elf.file.data, (size_t)image->gap };
	struct bzb_elf_section section;

	if (bzb_elf_find_section(&image->elf, name, &section)) {
		*ret = (struct bzb_span){ gap.data, 0 };
		return 0;
	}
	if (section.type != type || bzb_slice(gap, section.offset, section.size, ret))
		return -BZB_ERR_BADRELOC;
	return 0;
}

int bzb_relocs_parse(const struct bzb_image *image, struct bzb_relocs *ret)
{
	struct bzb_relocs relocs = { .base = image->virtual_address };
	struct checker checker = { .image = image, .relocs = &relocs };
	int err;

	if ((err = find_table(image, BZB_RELR_SECTION, BZB_SHT_RELR,
			      &relocs.relr)) ||
	    (err = find_table(image, BZB_RELD_SECTION, BZB_SHT_BZB_RELD,
			      &relocs.reld)))
		return err;
	if (!relocs.relr.size && !relocs.reld.size)
		return -BZB_ERR_NOTFOUND;
	/* A bitmap needs an address in front of it. */
	if (relocs.relr.size % WORD ||
	    (relocs.relr.size && load64(relocs.relr.data) & 1))
		return -BZB_ERR_BADRELOC;
	if ((err = walk_relr(relocs.relr, relocs.base, check_relr_field,
			     &checker)) ||
	    (err = walk_reld(relocs.reld, check_field, &checker)))
		return err;
	*ret = relocs;
	return 0;
}

struct mover {
	unsigned char *kernel;		/* where base is in memory */
	uint64_t slide;
};

INLINE int move_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const struct mover *m = context;
	unsigned char *field = m->kernel + offset;
	bzb_le32 *half = (bzb_le32 *)field;

	if (kind == BZB_RELOC_64)
		store64(field, load64(field) + m->slide);
	else
		*half = bzb_st32(kind == BZB_RELOC_32 ?
					 bzb_ld32(*half) + (uint32_t)m->slide :
					 bzb_ld32(*half) - (uint32_t)m->slide);
	return 0;
}

void bzb_relocs_apply(const struct bzb_image *image,
		      const struct bzb_relocs *relocs, void *memory,
		      uint64_t slide)
{
	struct mover mover = { (unsigned char *)memory + image->gap, slide };

	walk(relocs, move_field, &mover);
}

static void put64(unsigned char *to, size_t at, uint64_t value)
{
	if (to)
		store64(to + at, value);
}

/* The bitmap of the fields in @offsets that lie in the BITMAP_WORDS words from
 * @next on; *used counts them. */
static uint64_t relr_bitmap(uint64_t next, const uint64_t *offsets,
			    size_t count, size_t *used)
{
	uint64_t bitmap = 0;

	for (*used = 0; *used < count; ++*used) {
		uint64_t distance = offsets[*used] - next;

		if (distance % WORD || distance / WORD >= BITMAP_WORDS)
			break;
		bitmap |= 1ull << distance / WORD;
	}
	return bitmap;
}

size_t bzb_relr_write(uint64_t base, const uint64_t *offsets, size_t count,
		      void *to)
{
	size_t size = 0;

	for (size_t i = 0; i < count;) {
		uint64_t next = offsets[i] + WORD;

		put64(to, size, base + offsets[i++]);
		size += WORD;
		for (;; next += BITMAP_WORDS * WORD) {
			size_t used;
			uint64_t bitmap = relr_bitmap(next, offsets + i,
						      count - i, &used);

			if (!bitmap)
				break;
			put64(to, size, bitmap << 1 | 1);
			size += WORD;
			i += used;
		}
	}
	return size;
}

static size_t write_uleb(unsigned char *to, size_t at, uint64_t value)
{
	do {
		unsigned char byte = (unsigned char)(value & 0x7f);

		value >>= 7;
		if (to)
			to[at] = (unsigned char)(byte | (value ? 0x80 : 0));
		at++;
	} while (value);
	return at;
}

size_t bzb_reld_write(enum bzb_reloc_kind kind, const uint64_t *offsets,
		      size_t count, void *to)
{
	uint64_t last = 0;
	size_t size;

	if (!count)
		return 0;
	size = write_uleb(to, 0, kind);
	size = write_uleb(to, size, count);
	for (size_t i = 0; i < count; i++) {
		size = write_uleb(to, size, offsets[i] - last);
		last = offsets[i];
	}
	return size;
}
