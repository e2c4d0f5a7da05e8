/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a payload ELF: SHT_RELR and SHT_CREL. */
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
	return size <= place->size && offset - place->start <= place->size - size;
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

/* --- .crel ------------------------------------------------------------------------ */

/* The last of ten bytes has bit 63 and its extension: 0, or this. */
enum { LAST_UNSIGNED = 0x01, LAST_SIGNED = 0x7f };

/* DWARF 5, 7.6. It is an error if a number does not end in @left, or has more than 64
 * bits. Sets *bits to the number of bits that the bytes had room for. */
static int read_leb(struct bzb_span *left, uint64_t last, uint64_t *ret, unsigned int *bits)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && left->size; shift += 7) {
		uint64_t byte = *left->data++;

		left->size--;
		if (shift == 63 && byte && byte != last)
			break;
		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			*bits = shift + 7;
			return 0;
		}
	}
	return -BZB_ERR_BADRELOC;
}

INLINE int read_uleb(struct bzb_span *left, uint64_t *ret)
{
	unsigned int bits;

	if (left->size && *left->data < 0x80) {
		*ret = *left->data++;
		left->size--;
		return 0;
	}
	return read_leb(left, LAST_UNSIGNED, ret, &bits);
}

/* Adds a difference, which may be negative. */
static int add_sleb(struct bzb_span *left, uint64_t *to)
{
	unsigned int bits;
	uint64_t value;

	if (read_leb(left, LAST_SIGNED, &value, &bits))
		return -BZB_ERR_BADRELOC;
	if (bits < 64 && value >> (bits - 1))
		value |= ~(uint64_t)0 << bits;
	*to += value;
	return 0;
}

/* The state of a walk through .crel. */
struct crel {
	const struct bzb_relocs *relocs;
	struct bzb_span left;
	uint64_t count; /* of the entries that are left */
	unsigned int flag_bits, shift;
	uint64_t distance, symbol, type, addend; /* of the last entry */
	enum bzb_reloc_kind kind;
	uint64_t least; /* where the next field of the kind may begin */
};

static int open_crel(const struct bzb_relocs *relocs, struct crel *ret)
{
	uint64_t header = 0;

	*ret = (struct crel){ .relocs = relocs, .left = relocs->crel };
	if (relocs->crel.size && read_uleb(&ret->left, &header))
		return -BZB_ERR_BADRELOC;
	ret->count = header >> 3;
	ret->flag_bits = header & BZB_CREL_HAS_ADDENDS ? 3 : 2;
	ret->shift = header & 3;
	return 0;
}

static bool symbol_moves(struct bzb_span symbols, uint64_t number, bool *ret)
{
	struct bzb_elf_sym symbol;
	struct bzb_span bytes;

	if (number > UINT32_MAX ||
	    bzb_slice(symbols, number * sizeof(symbol), sizeof(symbol), &bytes))
		return false;
	memcpy(&symbol, bytes.data, sizeof(symbol));
	*ret = bzb_ld16(symbol.st_shndx) != BZB_SHN_UNDEF &&
	       bzb_ld16(symbol.st_shndx) != BZB_SHN_ABS;
	return true;
}

static const struct {
	uint8_t type, against_moving, against_absolute;
} kinds[] = {
	{ BZB_R_X86_64_NONE, BZB_RELOC_NONE, BZB_RELOC_NONE },
	{ BZB_R_X86_64_64, BZB_RELOC_64, BZB_RELOC_NONE },
	{ BZB_R_X86_64_32, BZB_RELOC_32, BZB_RELOC_NONE },
	{ BZB_R_X86_64_32S, BZB_RELOC_32, BZB_RELOC_NONE },
	{ BZB_R_X86_64_PC32, BZB_RELOC_NONE, BZB_RELOC_32_INVERSE },
};

static int find_kind(struct crel *crel)
{
	bool moves;

	if (!symbol_moves(crel->relocs->symbols, crel->symbol, &moves))
		return -BZB_ERR_BADRELOC;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type != crel->type)
			continue;
		crel->kind = (enum bzb_reloc_kind)(moves ? kinds[i].against_moving :
							   kinds[i].against_absolute);
		crel->least = 0;
		return 0;
	}
	return -BZB_ERR_BADRELOC;
}

static int read_changes(struct crel *crel, unsigned int flags)
{
	if ((flags & BZB_CREL_SYMBOL && add_sleb(&crel->left, &crel->symbol)) ||
	    (flags & BZB_CREL_TYPE && add_sleb(&crel->left, &crel->type)) ||
	    (flags & BZB_CREL_ADDEND && add_sleb(&crel->left, &crel->addend)))
		return -BZB_ERR_BADRELOC;
	return flags & (BZB_CREL_SYMBOL | BZB_CREL_TYPE) ? find_kind(crel) : 0;
}

static int next_entry(struct crel *crel)
{
	unsigned int byte, flags;

	if (!crel->left.size)
		return -BZB_ERR_BADRELOC;
	byte = *crel->left.data++;
	crel->left.size--;
	crel->distance += (byte & 0x7f) >> crel->flag_bits;
	if (byte & 0x80) {
		uint64_t more;

		if (read_uleb(&crel->left, &more))
			return -BZB_ERR_BADRELOC;
		crel->distance += more << (7 - crel->flag_bits);
	}
	flags = byte & ((1u << crel->flag_bits) - 1);
	return flags ? read_changes(crel, flags) : 0;
}

INLINE int visit_entry(struct crel *crel, struct place *place, bzb_reloc_visit *visit,
		       void *context)
{
	const uint64_t width = crel->kind == BZB_RELOC_64 ? 8 : 4;
	const uint64_t field = (crel->distance << crel->shift) - crel->relocs->base;

	crel->count--;
	if (crel->kind == BZB_RELOC_NONE)
		return 0;
	if (field < crel->least || !is_in_segment(place, field, width))
		return -BZB_ERR_BADRELOC;
	crel->least = field + width;
	return visit(context, crel->kind, field);
}

/* An entry without flags in one byte, or in two: which bits say so, and the distance. */
#define BYTES_MASK 0x8083u
#define ONE_BYTE_MASK 0x83u
#define TWO_BYTES 0x80u
#define LOW_DISTANCE(entry) (((entry)&0x7cu) >> 2)

/*
 * Most entries have no flags and one or two bytes, in a table without addends and shift: this visits
 * a run of such entries of one kind, and stops before any other.
 */
INLINE int walk_run(struct crel *crel, const struct place *place, enum bzb_reloc_kind kind,
		    bzb_reloc_visit *visit, void *context)
{
	const uint64_t width = kind == BZB_RELOC_64 ? 8 : 4;
	const uint64_t start = crel->distance - crel->relocs->base - place->start;
	const uint64_t room = place->size - width;
	const unsigned char *at = crel->left.data;
	uint64_t left = crel->left.size / 2 < crel->count ? crel->left.size / 2 : crel->count;
	uint64_t offset = start;
	int err = 0;

	crel->count -= left;
	for (; left && !err; left--) {
		const uint64_t entry = bzb_get16(at);
		uint64_t step = LOW_DISTANCE(entry);
		size_t size = 1;

		if (entry & ONE_BYTE_MASK) {
			if ((entry & BYTES_MASK) != TWO_BYTES)
				break;
			step += entry >> 8 << 5;
			size = 2;
		}
		if (step < width || offset + step > room)
			break;
		offset += step;
		at += size;
		err = visit(context, kind, place->start + offset);
	}
	crel->count += left;
	crel->left.size -= (size_t)(at - crel->left.data);
	crel->left.data = at;
	crel->distance += offset - start;
	crel->least = place->start + offset + width;
	return err;
}

INLINE int walk_fast(struct crel *crel, const struct place *place, bzb_reloc_visit *visit,
		     void *context)
{
	if (crel->flag_bits != 2 || crel->shift)
		return 0;
	switch (crel->kind) {
	case BZB_RELOC_64:
		return walk_run(crel, place, BZB_RELOC_64, visit, context);
	case BZB_RELOC_32:
		return walk_run(crel, place, BZB_RELOC_32, visit, context);
	case BZB_RELOC_32_INVERSE:
		return walk_run(crel, place, BZB_RELOC_32_INVERSE, visit, context);
	default:
		return 0;
	}
}

INLINE int walk_crel(const struct bzb_relocs *relocs, struct place *place, bzb_reloc_visit *visit,
		     void *context)
{
	struct crel crel;
	int err = open_crel(relocs, &crel);

	while (!err && crel.count) {
		err = next_entry(&crel);
		if (!err)
			err = visit_entry(&crel, place, visit, context);
		if (!err)
			err = walk_fast(&crel, place, visit, context);
	}
	return err || !crel.left.size ? err : -BZB_ERR_BADRELOC;
}

/* --- both ------------------------------------------------------------------------- */

INLINE int walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context)
{
	struct place place = { .kernel = &relocs->kernel };
	int err = walk_crel(relocs, &place, visit, context);

	return err ? err : walk_relr(relocs->relr, relocs->base, &place, visit, context);
}

int bzb_relocs_walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context)
{
	return walk(relocs, visit, context);
}

/* Marks the bytes of a field; @context has a bit for each byte of the kernel. */
INLINE int mark_bytes(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	unsigned char *bits = (unsigned char *)context + offset / 8;
	unsigned int mask = (kind == BZB_RELOC_64 ? 0xffu : 0xfu) << offset % 8;

	if (*bits & mask || (mask > 0xff && bits[1] & mask >> 8))
		return -BZB_ERR_BADRELOC;
	*bits |= (unsigned char)mask;
	if (mask > 0xff)
		bits[1] |= (unsigned char)(mask >> 8);
	return 0;
}

int bzb_relocs_check(const struct bzb_relocs *relocs, void *scratch, size_t size)
{
	if (bzb_align_up(relocs->kernel.elf.memory_size, 8) / 8 > size)
		return -BZB_ERR_NOSPACE;
	memset(scratch, 0, size);
	return walk(relocs, mark_bytes, scratch);
}

/* --- finding them ----------------------------------------------------------------- */

static int read_table(struct bzb_span bytes, const struct bzb_elf_section *section, uint32_t type,
		      struct bzb_span *ret)
{
	return section->type != type || bzb_slice(bytes, section->offset, section->size, ret) ?
		       -BZB_ERR_BADRELOC :
		       0;
}

static int find_relr(struct bzb_relocs *relocs, struct bzb_span bytes)
{
	struct bzb_elf_section section;

	if (bzb_elf_find_section(&relocs->kernel.elf, BZB_RELR_SECTION, &section))
		return 0;
	if (read_table(bytes, &section, BZB_SHT_RELR, &relocs->relr))
		return -BZB_ERR_BADRELOC;
	return is_relr(relocs->relr) ? 0 : -BZB_ERR_BADRELOC;
}

static int find_crel(struct bzb_relocs *relocs, struct bzb_span bytes)
{
	const struct bzb_elf *elf = &relocs->kernel.elf;
	struct bzb_elf_section section, symbols;
	uint32_t type;

	if (bzb_elf_find_section(elf, BZB_CREL_SECTION, &section))
		return 0;
	if (section.link >= elf->shnum)
		return -BZB_ERR_BADRELOC;
	symbols = bzb_elf_section(elf, section.link);
	type = symbols.type == BZB_SHT_DYNSYM ? BZB_SHT_DYNSYM : BZB_SHT_SYMTAB;
	return read_table(bytes, &section, BZB_SHT_CREL, &relocs->crel) ||
			       read_table(bytes, &symbols, type, &relocs->symbols) ?
		       -BZB_ERR_BADRELOC :
		       0;
}

/* Finds tables in @bytes, which are the beginning of the file. */
static int find(const struct bzb_kernel_elf *kernel, struct bzb_span bytes, struct bzb_relocs *ret)
{
	struct bzb_relocs relocs = {
		.kernel = *kernel,
		.relr = { kernel->elf.file.data, 0 },
		.crel = { kernel->elf.file.data, 0 },
		.base = kernel->elf.virtual_address,
	};

	if (find_relr(&relocs, bytes) || find_crel(&relocs, bytes))
		return -BZB_ERR_BADRELOC;
	if (!relocs.relr.size && !relocs.crel.size)
		return -BZB_ERR_NOTFOUND;
	*ret = relocs;
	return 0;
}

/* In the gap: a table in a segment could change while it is applied. */
int bzb_relocs_find(const struct bzb_kernel_elf *kernel, struct bzb_relocs *ret)
{
	const struct bzb_span gap = { kernel->elf.file.data, (size_t)kernel->gap };

	return find(kernel, gap, ret);
}

int bzb_relocs_find_in_file(const struct bzb_elf *elf, struct bzb_relocs *ret)
{
	const struct bzb_kernel_elf kernel = {
		.elf = *elf,
		.memory_size = elf->memory_size,
		.entry_offset = elf->entry_offset,
	};

	return find(&kernel, elf->file, ret);
}

/* --- moving ----------------------------------------------------------------------- */

INLINE int move_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const struct bzb_mover *m = context;
	unsigned char *field = m->kernel + offset;
	bzb_le32 *half = (bzb_le32 *)field;

	if (kind == BZB_RELOC_64)
		bzb_put64(field, bzb_get64(field) + m->slide);
	else
		*half = bzb_st32(kind == BZB_RELOC_32 ? bzb_ld32(*half) + (uint32_t)m->slide :
							bzb_ld32(*half) - (uint32_t)m->slide);
	return 0;
}

int bzb_reloc_move(void *mover, enum bzb_reloc_kind kind, uint64_t offset)
{
	return move_field(mover, kind, offset);
}

int bzb_relocs_apply(const struct bzb_relocs *relocs, void *memory, uint64_t slide)
{
	struct bzb_mover mover = {
		(unsigned char *)memory + relocs->kernel.gap,
		slide,
	};

	return walk(relocs, move_field, &mover);
}
