/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the tables of relocations. */
#include <bzboot/relocs.h>

#define WORD 8u			/* bytes of a RELR entry, and of a field in it */
#define BITMAP_WORDS 63u	/* fields in one bitmap entry */

static void put64(unsigned char *to, size_t at, uint64_t value)
{
	if (to)
		bzb_put64(to + at, value);
}

/* The bitmap of the fields in @offsets that lie in the BITMAP_WORDS words from
 * @next on; *used counts them. */
static uint64_t relr_bitmap(uint64_t next, const uint64_t *offsets, size_t count, size_t *used)
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

size_t bzb_relr_write(uint64_t base, const uint64_t *offsets, size_t count, void *to)
{
	size_t size = 0;

	for (size_t i = 0; i < count;) {
		uint64_t next = offsets[i] + WORD;

		put64(to, size, base + offsets[i++]);
		size += WORD;
		for (;; next += BITMAP_WORDS * WORD) {
			size_t used;
			uint64_t bitmap = relr_bitmap(next, offsets + i, count - i, &used);

			if (!bitmap)
				break;
			put64(to, size, bitmap << 1 | 1);
			size += WORD;
			i += used;
		}
	}
	return size;
}

static size_t put8(unsigned char *to, size_t at, unsigned int byte)
{
	if (to)
		to[at] = (unsigned char)byte;
	return at + 1;
}

/* DWARF 5, 7.6 */
static size_t write_uleb(unsigned char *to, size_t at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		at = put8(to, at, ((unsigned int)value & 0x7f) | 0x80);
	return put8(to, at, (unsigned int)value);
}

/* Of differences that are small: one byte. */
static size_t write_sleb(unsigned char *to, size_t at, int value)
{
	return put8(to, at, (unsigned int)value & 0x7f);
}

/* How .crel says each kind. A symbol and a type differ from any other by less than 64. */
static const struct {
	int symbol, type;
} crel_entries[BZB_RELOC_KIND_COUNT] = {
	[BZB_RELOC_64] = { BZB_SYMBOL_KERNEL, BZB_R_X86_64_64 },
	[BZB_RELOC_32] = { BZB_SYMBOL_KERNEL, BZB_R_X86_64_32S },
	[BZB_RELOC_32_INVERSE] = { BZB_SYMBOL_ABSOLUTE, BZB_R_X86_64_PC32 },
};

#define FLAG_BITS 2		/* without addends */
#define FIRST_BITS (7 - FLAG_BITS)	/* of a distance, in the first byte */

static size_t write_distance(unsigned char *to, size_t at, uint64_t distance, unsigned int flags)
{
	unsigned int low = (unsigned int)distance & ((1u << FIRST_BITS) - 1);
	unsigned int byte = low << FLAG_BITS | flags;

	distance >>= FIRST_BITS;
	if (!distance)
		return put8(to, at, byte);
	return write_uleb(to, put8(to, at, byte | 0x80), distance);
}

/* Symbol and type are the same in a list, so its first entry says how they differ from @before. */
static size_t write_first(unsigned char *to, size_t at, uint64_t distance,
			  enum bzb_reloc_kind before, enum bzb_reloc_kind kind)
{
	int symbol = crel_entries[kind].symbol - crel_entries[before].symbol;
	int type = crel_entries[kind].type - crel_entries[before].type;

	at = write_distance(to, at, distance,
			    (symbol ? BZB_CREL_SYMBOL : 0) | (type ? BZB_CREL_TYPE : 0));
	if (symbol)
		at = write_sleb(to, at, symbol);
	return type ? write_sleb(to, at, type) : at;
}

size_t bzb_crel_write(uint64_t base, const struct bzb_crel_list *lists, size_t count, void *to)
{
	enum bzb_reloc_kind kind = BZB_RELOC_NONE;
	uint64_t fields = 0, last = 0;
	size_t at;

	for (size_t i = 0; i < count; i++)
		fields += lists[i].count;
	if (!fields)
		return 0;
	at = write_uleb(to, 0, fields * 8);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < lists[i].count; j++) {
			uint64_t field = base + lists[i].offsets[j];

			at = write_first(to, at, field - last, kind, lists[i].kind);
			kind = lists[i].kind;
			last = field;
		}
	}
	return at;
}

void bzb_symbols_write(uint64_t base, uint16_t section, struct bzb_elf_sym *to)
{
	memset(to, 0, BZB_SYMBOL_COUNT * sizeof(*to));
	to[BZB_SYMBOL_KERNEL].st_name = bzb_st32(sizeof(""));
	to[BZB_SYMBOL_KERNEL].st_shndx = bzb_st16(section);
	to[BZB_SYMBOL_KERNEL].st_value = bzb_st64(base);
	to[BZB_SYMBOL_ABSOLUTE].st_name = bzb_st32(sizeof("\0kernel"));
	to[BZB_SYMBOL_ABSOLUTE].st_shndx = bzb_st16(BZB_SHN_ABS);
}
