/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocations of a payload ELF: SHT_RELR and SHT_CREL. */
#include <bzboot/relocs.h>

#define WORD 8u			/* bytes of a RELR entry, and of a field in it */
#define BITMAP_WORDS 63u	/* fields in one bitmap entry */

/* The loops below are inlined into one function per visitor. */
#define INLINE static inline __attribute__((always_inline))
/* Small rather than fast: for a few fields, or once. */
#define COLD __attribute__((cold))

/* --- bounds of fields -------------------------------------------------------------- */

/* Bytes of the kernel, from base */
struct extent {
	uint64_t start, end;
};

static const struct extent everything = { 0, UINT64_MAX };

static struct extent common(struct extent a, struct extent b)
{
	return (struct extent){
		a.start > b.start ? a.start : b.start,
		a.end < b.end ? a.end : b.end,
	};
}

/* Where the last field is: fields ascend, so most of the time the next one is there, too. */
struct place {
	const struct bzb_kernel_elf *kernel;
	struct extent range;   /* that the walk is in */
	struct extent segment; /* its file bytes */
	uint64_t start, size;  /* of what is in both */
};

COLD static bool enter_segment(struct place *place, uint64_t offset)
{
	const struct bzb_elf *elf = &place->kernel->elf;
	struct bzb_elf_place found;
	struct extent both;
	uint64_t start;

	if (bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address + offset, &found))
		return false;
	start = found.segment.paddr - elf->load_address;
	place->segment = (struct extent){ start, start + found.segment.filesz };
	both = common(place->segment, place->range);
	place->start = both.start;
	place->size = both.end > both.start ? both.end - both.start : 0;
	return found.distance < found.segment.filesz;
}

INLINE bool is_here(const struct place *place, uint64_t offset, uint64_t size)
{
	return size <= place->size && offset - place->start <= place->size - size;
}

INLINE bool is_in_segment(struct place *place, uint64_t offset, uint64_t size)
{
	return is_here(place, offset, size) ||
	       (enter_segment(place, offset) && size <= place->segment.end - offset);
}

/* --- the ranges of a walk ----------------------------------------------------------- */

/* The largest field less a byte: the bytes before a border where a field may cross it. */
#define CROSSING 7u

/* The pieces that a walk makes of the tables. */
struct split {
	const uint64_t *borders;
	uint32_t border_count;
	struct bzb_relocs_piece *pieces;
	size_t count, room;
	size_t first; /* piece of the table */
};

/* Sets the range of a field by its first byte. */
COLD static uint32_t find_range(const struct split *split, uint64_t offset, struct extent *ret)
{
	uint64_t start = 0, end, crossing;
	uint32_t n = 0;

	while (n < split->border_count && offset >= split->borders[n])
		start = split->borders[n++];
	if (n == split->border_count) {
		*ret = (struct extent){ start, UINT64_MAX };
		return 2 * n;
	}
	end = split->borders[n];
	crossing = end - start > CROSSING ? end - CROSSING : start;
	*ret = offset < crossing ? (struct extent){ start, crossing } :
				   (struct extent){ crossing, end };
	return 2 * n + (offset >= crossing);
}

/* @from: the piece that begins with the field, if it is in another range than the one before. The
 * one before ends before it, and has @shared entries of it. */
COLD static int split_at(struct split *split, struct place *place, uint64_t offset, uint64_t width,
			 struct bzb_relocs_piece from, uint32_t shared)
{
	from.range = find_range(split, offset, &place->range);
	if (!is_in_segment(place, offset, width))
		return -BZB_ERR_BADRELOC;
	from.start = place->range.start;
	from.end = place->range.end;
	if (split->count > split->first) {
		struct bzb_relocs_piece *last = &split->pieces[split->count - 1];

		if (last->range == from.range)
			return 0;
		last->count -= from.count - shared;
	}
	if (split->count == split->room)
		return -BZB_ERR_NOSPACE;
	split->pieces[split->count++] = from;
	return 0;
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

COLD static bool are_in_segment(struct place *place, uint64_t bitmap, uint64_t field)
{
	for (; bitmap; bitmap &= bitmap - 1)
		if (!is_in_segment(place, field + WORD * bzb_lowest_bit(bitmap), WORD))
			return false;
	return true;
}

/* The words of a bitmap that begin in a range. */
static uint64_t words_in(struct extent range, uint64_t bitmap, uint64_t field)
{
	uint64_t ret = 0;

	for (; bitmap; bitmap &= bitmap - 1) {
		uint64_t offset = field + WORD * bzb_lowest_bit(bitmap);

		if (offset >= range.start && offset < range.end)
			ret |= bitmap & -bitmap;
	}
	return ret;
}

static bool is_relr(struct bzb_span relr)
{
	/* A bitmap needs an address before it. */
	return relr.size % WORD == 0 && !(relr.size && bzb_get64(relr.data) & 1);
}

/* The state of a walk through .relr. */
struct relr {
	struct bzb_span table;
	size_t at, end;
	uint64_t base;
	uint64_t next;	/* where the words of a bitmap begin */
	uint64_t above; /* the last field */
};

static struct relr open_relr(struct bzb_span table, uint64_t base)
{
	return (struct relr){ .table = table, .end = table.size, .base = base };
}

/* Makes pieces of the words of a bitmap; two may share an entry. */
COLD static int split_words(struct split *split, struct place *place, const struct relr *relr,
			    uint64_t bitmap, uint64_t field)
{
	const struct bzb_relocs_piece from = {
		.of_relr = true,
		.at = (uint32_t)relr->at,
		.count = (uint32_t)((relr->end - relr->at) / WORD),
		.next = relr->next,
	};

	for (; bitmap; bitmap &= bitmap - 1) {
		uint64_t offset = field + WORD * bzb_lowest_bit(bitmap);
		int err = is_here(place, offset, WORD) ?
				  0 :
				  split_at(split, place, offset, WORD, from, 1);

		if (err)
			return err;
	}
	return 0;
}

/* Leaves those fields of a bitmap that are in the range; all are in segments. The first test
 * succeeds nearly always: the words of the bitmap are in the segment and in the range. */
INLINE int choose_words(const struct relr *relr, struct place *place, struct split *split,
			uint64_t field, uint64_t *bitmap)
{
	if (is_here(place, field, BITMAP_WORDS * WORD))
		return 0;
	if (split)
		return split_words(split, place, relr, *bitmap, field);
	*bitmap = words_in(place->range, *bitmap, field);
	return are_in_segment(place, *bitmap, field) ? 0 : -BZB_ERR_BADRELOC;
}

/*
 * gABI: an even entry is the address of a field, and the next entry is for the words
 * after it; bit n of an odd entry, n from 1, is the n-th of the words. If @place is
 * NULL, fields are not checked. Otherwise they are in segments and ascend: a field
 * that is listed twice would move twice.
 */
INLINE int walk_relr(struct relr relr, struct place *place, struct split *split,
		     bzb_reloc_visit *visit, void *context)
{
	for (; relr.at < relr.end; relr.at += WORD) {
		uint64_t entry = bzb_get64(relr.table.data + relr.at);
		uint64_t field = entry & 1 ? relr.next : entry - relr.base;
		uint64_t bitmap = entry & 1 ? entry >> 1 : 1;
		int err = 0;

		if (bitmap && place)
			err = field < relr.above ?
				      -BZB_ERR_BADRELOC :
				      choose_words(&relr, place, split, field, &bitmap);
		if (!err)
			err = visit_words(bitmap, field, visit, context);
		if (err)
			return err;
		relr.next = field + (entry & 1 ? BITMAP_WORDS : 1) * WORD;
		if (bitmap)
			relr.above = field + WORD * bzb_highest_bit(bitmap) + 1;
	}
	return 0;
}

int bzb_relr_walk(struct bzb_span relr, uint64_t base, bzb_reloc_visit *visit, void *context)
{
	return is_relr(relr) ? walk_relr(open_relr(relr, base), NULL, NULL, visit, context) :
			       -BZB_ERR_BADRELOC;
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

/* Of a machine that is not x86-64. */
static int find_kind_elsewhere(struct crel *crel, bool moves)
{
	enum bzb_machine machine;
	int err = bzb_elf_machine(&crel->relocs->kernel.elf, &machine);

	if (err)
		return err;
	switch (bzb_formula_of(machine, crel->type)) {
	case BZB_FORMULA_NONE:
		crel->kind = BZB_RELOC_NONE;
		break;
	case BZB_FORMULA_RELATIVE:
		crel->kind = BZB_RELOC_64;
		break;
	case BZB_FORMULA_SYMBOL:
	case BZB_FORMULA_SYMBOL_ADDEND:
		crel->kind = moves ? BZB_RELOC_64 : BZB_RELOC_NONE;
		break;
	default:
		return -BZB_ERR_BADRELOC;
	}
	crel->least = 0;
	return 0;
}

static int find_kind(struct crel *crel)
{
	bool moves;

	if (!symbol_moves(crel->relocs->symbols, crel->symbol, &moves))
		return -BZB_ERR_BADRELOC;
	if (!bzb_elf_is_x86_64(&crel->relocs->kernel.elf))
		return find_kind_elsewhere(crel, moves);
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

/* The piece that begins with the entry after @crel. */
static struct bzb_relocs_piece piece_from(const struct crel *crel)
{
	return (struct bzb_relocs_piece){
		.kind = crel->kind,
		.at = (uint32_t)(crel->left.data - crel->relocs->crel.data),
		.count = (uint32_t)crel->count,
		.next = crel->distance,
		.symbol = crel->symbol,
		.type = crel->type,
	};
}

/* @before: the state before the entry; not used without @split */
INLINE int visit_entry(struct crel *crel, const struct crel *before, struct place *place,
		       struct split *split, bzb_reloc_visit *visit, void *context)
{
	const uint64_t width = crel->kind == BZB_RELOC_64 ? 8 : 4;
	const uint64_t field = (crel->distance << crel->shift) - crel->relocs->base;
	int err = 0;

	crel->count--;
	if (crel->kind == BZB_RELOC_NONE)
		return 0;
	if (field < crel->least)
		return -BZB_ERR_BADRELOC;
	if (!is_here(place, field, width))
		err = split ? split_at(split, place, field, width, piece_from(before), 0) :
		      is_in_segment(place, field, width) ? 0 :
							   -BZB_ERR_BADRELOC;
	if (err)
		return err;
	crel->least = field + width;
	return visit(context, crel->kind, field);
}

/* An entry without flags in one byte, or in two: which bits say so, and the distance. */
#define BYTES_MASK 0x8083u
#define ONE_BYTE_MASK 0x83u
#define TWO_BYTES 0x80u
#define LOW_DISTANCE(entry) (((entry) & 0x7cu) >> 2)
#define HIGH_DISTANCE(entry) ((entry) >> 8 << 5)

/* More than two bytes can advance. */
#define STEP_LIMIT 0x1000u

/* The number of entries that are in the table and in the place, whatever their two bytes are. */
static uint64_t count_sure(const struct crel *crel, const struct place *place, uint64_t offset,
			   uint64_t width)
{
	uint64_t in_table = crel->left.size / 2, in_place;

	if (in_table > crel->count)
		in_table = crel->count;
	if (place->size < width || offset > place->size - width)
		return 0;
	in_place = (place->size - width - offset) / STEP_LIMIT;
	return in_table < in_place ? in_table : in_place;
}

/*
 * Most entries have no flags and one or two bytes, in a table without addends and shift: this
 * visits a run of such entries of one kind, and stops before any other, and near the end of the
 * place.
 */
INLINE int walk_run(struct crel *crel, const struct place *place, enum bzb_reloc_kind kind,
		    bzb_reloc_visit *visit, void *context)
{
	const uint64_t width = kind == BZB_RELOC_64 ? 8 : 4;
	const uint64_t start = crel->distance - crel->relocs->base;
	const unsigned char *at = crel->left.data;
	uint64_t left = count_sure(crel, place, start - place->start, width), field = start;
	int err = 0;

	crel->count -= left;
	for (; left && !err; left--) {
		uint64_t entry = bzb_get16(at);
		uint64_t step = LOW_DISTANCE(entry);
		const unsigned char *next = at + 1;

		if (entry & ONE_BYTE_MASK) {
			entry ^= TWO_BYTES;
			if (entry & BYTES_MASK)
				break;
			step += HIGH_DISTANCE(entry);
			next++;
		}
		if (step < width)
			break;
		at = next;
		field += step;
		err = visit(context, kind, field);
	}
	crel->count += left;
	crel->left.size -= (size_t)(at - crel->left.data);
	crel->left.data = at;
	crel->distance += field - start;
	crel->least = field + width;
	return err;
}

/* With @split, nothing is visited, so one loop is for all kinds. */
INLINE int walk_fast(struct crel *crel, const struct place *place, const struct split *split,
		     bzb_reloc_visit *visit, void *context)
{
	if (crel->flag_bits != 2 || crel->shift || crel->kind == BZB_RELOC_NONE)
		return 0;
	if (split)
		return walk_run(crel, place, crel->kind, visit, context);
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

INLINE int walk_crel(struct crel *crel, struct place *place, struct split *split,
		     bzb_reloc_visit *visit, void *context)
{
	int err = 0;

	while (!err && crel->count) {
		const struct crel before = *crel;

		err = next_entry(crel);
		if (!err)
			err = visit_entry(crel, &before, place, split, visit, context);
		if (!err)
			err = walk_fast(crel, place, split, visit, context);
	}
	return err;
}

/* --- both ------------------------------------------------------------------------- */

INLINE int walk(const struct bzb_relocs *relocs, bzb_reloc_visit *visit, void *context)
{
	struct place place = { .kernel = &relocs->kernel, .range = everything };
	struct crel crel;
	int err = open_crel(relocs, &crel);

	if (!err)
		err = walk_crel(&crel, &place, NULL, visit, context);
	if (err || crel.left.size || !is_relr(relocs->relr))
		return err ? err : -BZB_ERR_BADRELOC;
	return walk_relr(open_relr(relocs->relr, relocs->base), &place, NULL, visit, context);
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
COLD static int find(const struct bzb_kernel_elf *kernel, struct bzb_span bytes,
		     struct bzb_relocs *ret)
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

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
typedef uint64_t wide __attribute__((aligned(1), may_alias));
typedef uint32_t half __attribute__((aligned(1), may_alias));

/* One instruction each, where bzb_put64() of a sum takes three. */
static inline void add64(unsigned char *field, uint64_t slide)
{
	*(wide *)field += slide;
}

static inline void add32(unsigned char *field, uint32_t slide)
{
	*(half *)field += slide;
}
#else
static inline void add64(unsigned char *field, uint64_t slide)
{
	bzb_put64(field, bzb_get64(field) + slide);
}

static inline void add32(unsigned char *field, uint32_t slide)
{
	bzb_put32(field, bzb_get32(field) + slide);
}
#endif

INLINE int move_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const struct bzb_mover *m = context;
	unsigned char *field = m->kernel + offset;

	if (kind == BZB_RELOC_64)
		add64(field, m->slide);
	else if (kind == BZB_RELOC_32)
		add32(field, (uint32_t)m->slide);
	else
		add32(field, -(uint32_t)m->slide);
	return 0;
}

int bzb_reloc_move(void *mover, enum bzb_reloc_kind kind, uint64_t offset)
{
	return move_field(mover, kind, offset);
}

/* The mover is a value: no field that moves can be a part of it, so it stays in registers. */
static int move_crel(struct crel *crel, struct place *place, struct bzb_mover mover)
{
	return walk_crel(crel, place, NULL, move_field, &mover);
}

static int move_relr(struct relr relr, struct place *place, struct bzb_mover mover)
{
	return walk_relr(relr, place, NULL, move_field, &mover);
}

static struct bzb_mover mover_of(const struct bzb_relocs *relocs, void *memory, uint64_t slide)
{
	return (struct bzb_mover){ (unsigned char *)memory + relocs->kernel.gap, slide };
}

int bzb_relocs_apply(const struct bzb_relocs *relocs, void *memory, uint64_t slide)
{
	struct place place = { .kernel = &relocs->kernel, .range = everything };
	const struct bzb_mover mover = mover_of(relocs, memory, slide);
	struct crel crel;
	int err = open_crel(relocs, &crel);

	if (!err)
		err = move_crel(&crel, &place, mover);
	if (err || crel.left.size || !is_relr(relocs->relr))
		return err ? err : -BZB_ERR_BADRELOC;
	return move_relr(open_relr(relocs->relr, relocs->base), &place, mover);
}

/* --- ranges ----------------------------------------------------------------------- */

INLINE int visit_nothing(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	(void)context, (void)kind, (void)offset;
	return 0;
}

static int split_crel(const struct bzb_relocs *relocs, struct place *place, struct split *split)
{
	struct crel crel;
	int err = open_crel(relocs, &crel);

	if (!err)
		err = walk_crel(&crel, place, split, visit_nothing, NULL);
	return err || !crel.left.size ? err : -BZB_ERR_BADRELOC;
}

static int split_relr(const struct bzb_relocs *relocs, struct place *place, struct split *split)
{
	if (!is_relr(relocs->relr))
		return -BZB_ERR_BADRELOC;
	split->first = split->count;
	return walk_relr(open_relr(relocs->relr, relocs->base), place, split, visit_nothing, NULL);
}

int bzb_relocs_split(const struct bzb_relocs *relocs, const uint64_t *borders, uint32_t count,
		     struct bzb_relocs_piece *pieces, size_t room, size_t *ret)
{
	struct split split = {
		.borders = borders,
		.border_count = count,
		.pieces = pieces,
		.room = room,
	};
	struct place place = { .kernel = &relocs->kernel, .range = everything };
	int err = split_crel(relocs, &place, &split);

	place.size = 0; /* the first field of .relr begins a piece */
	if (!err)
		err = split_relr(relocs, &place, &split);
	if (!err)
		*ret = split.count;
	return err;
}

static int move_entries(const struct bzb_relocs *relocs, const struct bzb_relocs_piece *piece,
			struct place *place, struct bzb_mover mover)
{
	struct crel crel;
	int err = open_crel(relocs, &crel);

	if (err)
		return err;
	crel.left.data = relocs->crel.data + piece->at;
	crel.left.size = relocs->crel.size - piece->at;
	crel.count = piece->count;
	crel.distance = piece->next;
	crel.symbol = piece->symbol;
	crel.type = piece->type;
	crel.kind = piece->kind;
	return move_crel(&crel, place, mover);
}

static int move_words(const struct bzb_relocs *relocs, const struct bzb_relocs_piece *piece,
		      struct place *place, struct bzb_mover mover)
{
	struct relr relr = open_relr(relocs->relr, relocs->base);

	relr.at = piece->at;
	relr.end = piece->at + (size_t)piece->count * WORD;
	relr.next = piece->next;
	return move_relr(relr, place, mover);
}

int bzb_relocs_apply_piece(const struct bzb_relocs *relocs, const struct bzb_relocs_piece *piece,
			   void *memory, uint64_t slide)
{
	struct place place = {
		.kernel = &relocs->kernel,
		.range = { piece->start, piece->end },
	};
	const struct bzb_mover mover = mover_of(relocs, memory, slide);

	return (piece->of_relr ? move_words : move_entries)(relocs, piece, &place, mover);
}
