/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that a signature covers, and the table of certificates. */
#include <bzboot/authenticode.h>

/* Offsets in the optional header of PE32 and of PE32+. */
#define CHECKSUM 64u
#define PE32_DIRECTORIES 96u
#define PE32PLUS_DIRECTORIES 112u

/* "COFF Symbol Table": bytes of an entry. */
#define SYMBOL_SIZE 18u

/* A section that has bytes in the file. */
struct place {
	struct bzb_pe_section section;
	unsigned int index;
};

static bool is_after(const struct place *a, const struct place *b)
{
	if (a->section.raw_offset != b->section.raw_offset)
		return a->section.raw_offset > b->section.raw_offset;
	return a->index > b->index;
}

/*
 * Finds the section after @last in the order of file offsets, or the first one if
 * @last is NULL. There is no memory to sort the table in, and it is nearly always
 * sorted.
 */
static bool next_section(const struct bzb_pe *pe, const struct place *last, struct place *ret)
{
	bool found = false;

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct place place = { bzb_pe_section(pe, i), i };

		if (!place.section.raw_size || (last && !is_after(&place, last)) ||
		    (found && is_after(&place, ret)))
			continue;
		*ret = place;
		found = true;
	}
	return found;
}

/* The offset of the directories in the optional header. */
static size_t directories_offset(const struct bzb_pe *pe)
{
	return pe->magic == BZB_PE_MAGIC_PE32 ? PE32_DIRECTORIES : PE32PLUS_DIRECTORIES;
}

static size_t optional_header(const struct bzb_pe *pe)
{
	return pe->section_table - directories_offset(pe) -
	       pe->directories * sizeof(struct bzb_pe_data_directory);
}

static void find_fields(struct bzb_authenticode *image)
{
	const struct bzb_pe *pe = &image->pe;
	size_t directories = directories_offset(pe);
	size_t size = sizeof(struct bzb_pe_data_directory);
	size_t optional = optional_header(pe);

	image->checksum_offset = optional + CHECKSUM;
	image->directory_offset = pe->directories > BZB_PE_DIR_CERTIFICATE ?
					  optional + directories + BZB_PE_DIR_CERTIFICATE * size :
					  0;
}

static int check_headers(const struct bzb_pe *pe)
{
	struct bzb_span headers;

	if (pe->sections > BZB_AUTHENTICODE_SECTIONS_MAX)
		return -BZB_ERR_TOOLARGE;
	if (pe->size_of_headers <
	    pe->section_table + pe->sections * sizeof(struct bzb_pe_section_header))
		return -BZB_ERR_BADHEADER;
	return bzb_slice(pe->file, 0, pe->size_of_headers, &headers);
}

static int check_sections(struct bzb_authenticode *image)
{
	const struct place *last = NULL;
	struct place place, before;

	image->sections_end = image->pe.size_of_headers;
	image->tiled = true;
	while (next_section(&image->pe, last, &place)) {
		if (place.section.raw_offset < image->sections_end)
			return -BZB_ERR_OVERLAP;
		if (place.section.raw_offset > image->sections_end)
			image->tiled = false;
		image->sections_end = (size_t)place.section.raw_offset + place.section.raw_size;
		before = place;
		last = &before;
	}
	return 0;
}

/* The symbols are followed by their names, which begin with their size, itself
 * included. If these are invalid, there are none. */
static void find_contents_end(struct bzb_authenticode *image)
{
	const struct bzb_pe *pe = &image->pe;
	struct bzb_pe_coff_header coff;
	struct bzb_span bytes;
	uint64_t names;

	image->contents_end = image->sections_end;
	memcpy(&coff, pe->file.data + optional_header(pe) - sizeof(coff), sizeof(coff));
	names = bzb_ld32(coff.pointer_to_symbol_table) +
		(uint64_t)bzb_ld32(coff.number_of_symbols) * SYMBOL_SIZE;
	if (names < image->sections_end || bzb_slice(pe->file, names, 4, &bytes))
		return;
	if (!bzb_slice(pe->file, names, bzb_get32(bytes.data), &bytes))
		image->contents_end = (size_t)names + bytes.size;
}

/* Returns 0 if the table lies after the sections and ends the file. */
static int check_table(const struct bzb_authenticode *image)
{
	const struct bzb_pe *pe = &image->pe;
	struct bzb_span table;
	int err;

	if (pe->certificate_offset < image->sections_end)
		return -BZB_ERR_OVERLAP;
	err = bzb_slice(pe->file, pe->certificate_offset, pe->certificate_size, &table);
	if (err)
		return err;
	if (pe->certificate_offset % BZB_CERTIFICATE_ALIGN ||
	    pe->certificate_offset + table.size != pe->file.size)
		return -BZB_ERR_BADHEADER;
	return 0;
}

static bool points_to_certificate(const struct bzb_pe *pe)
{
	struct bzb_certificate_header header;
	struct bzb_span bytes;
	uint16_t revision;

	if (bzb_slice(pe->file, pe->certificate_offset, sizeof(header), &bytes))
		return false;
	memcpy(&header, bytes.data, sizeof(header));
	revision = bzb_ld16(header.revision);
	return revision == BZB_CERTIFICATE_REVISION_1 || revision == BZB_CERTIFICATE_REVISION_2;
}

static int find_table(struct bzb_authenticode *image)
{
	const struct bzb_pe *pe = &image->pe;
	size_t size = pe->file.size;
	int err = pe->certificate_size ? check_table(image) : 0;

	if (err && points_to_certificate(pe))
		return err;
	if (!pe->certificate_size || err) {
		image->stale = err;
		image->end = size;
		image->padding = -size % BZB_CERTIFICATE_ALIGN;
		return 0;
	}
	image->end = pe->certificate_offset;
	return bzb_slice(pe->file, image->end, pe->certificate_size, &image->table);
}

int bzb_authenticode_parse(struct bzb_span file, struct bzb_authenticode *ret)
{
	struct bzb_authenticode image = { 0 };
	int err;

	err = bzb_pe_parse(file, &image.pe);
	if (err)
		return err;
	find_fields(&image);
	if ((err = check_headers(&image.pe)) || (err = check_sections(&image)) ||
	    (err = find_table(&image)))
		return err;
	find_contents_end(&image);
	*ret = image;
	return 0;
}

void bzb_authenticode_hash(const struct bzb_authenticode *image,
			   void (*update)(void *state, const void *bytes, size_t size), void *state)
{
	static const unsigned char zeros[BZB_CERTIFICATE_ALIGN];
	const unsigned char *file = image->pe.file.data;
	const struct place *last = NULL;
	struct place place, before;
	size_t at = image->checksum_offset + sizeof(bzb_le32);
	size_t sum = image->pe.size_of_headers;

	update(state, file, image->checksum_offset);
	if (image->directory_offset) {
		update(state, file + at, image->directory_offset - at);
		at = image->directory_offset + sizeof(struct bzb_pe_data_directory);
	}
	update(state, file + at, sum - at);
	while (next_section(&image->pe, last, &place)) {
		update(state, file + place.section.raw_offset, place.section.raw_size);
		sum += place.section.raw_size;
		before = place;
		last = &before;
	}
	/* In the specification the rest begins at the sum of the sizes, not at the end
	 * of the last section. If there are gaps, these differ. */
	if (sum < image->end)
		update(state, file + sum, image->end - sum);
	if (image->padding)
		update(state, zeros, image->padding);
}

int bzb_authenticode_next(const struct bzb_authenticode *image, size_t *position,
			  struct bzb_certificate *ret)
{
	struct bzb_certificate_header header;
	struct bzb_span bytes;
	uint64_t next;
	size_t length;

	if (*position == image->table.size)
		return 0;
	if (bzb_slice(image->table, *position, sizeof(header), &bytes))
		return -BZB_ERR_TRUNCATED;
	memcpy(&header, bytes.data, sizeof(header));
	length = bzb_ld32(header.length);
	if (length <= sizeof(header))
		return -BZB_ERR_BADHEADER;
	if (bzb_slice(image->table, *position, length, &bytes))
		return -BZB_ERR_TRUNCATED;
	next = bzb_align_up((uint64_t)*position + length, BZB_CERTIFICATE_ALIGN);
	if (next > image->table.size)
		next = image->table.size;
	*ret = (struct bzb_certificate){
		.offset = image->end + *position,
		.revision = bzb_ld16(header.revision),
		.type = bzb_ld16(header.type),
		.content = { bytes.data + sizeof(header), length - sizeof(header) },
	};
	*position = (size_t)next;
	return 1;
}

/* In words of 32 bits, a byte counts as much as this. */
static uint64_t byte_value(struct bzb_span file, size_t i)
{
	return (uint64_t)file.data[i] << (i % 4 * 8);
}

/*
 * The checksum is the sum of all 16-bit words, and carries are added at the end. A word of 32 bits
 * has the same sum as its halves, because 2^16 is 1 modulo 2^16 - 1. Those of 2 GiB fit in @sum.
 */
uint32_t bzb_authenticode_checksum(const struct bzb_authenticode *image)
{
	struct bzb_span file = image->pe.file;
	size_t words = file.size - file.size % 4;
	uint64_t sum = 0;

	for (size_t i = 0; i < words; i += 4)
		sum += bzb_get32(file.data + i);
	for (size_t i = words; i < file.size; i++)
		sum += byte_value(file, i);
	/* CheckSum itself counts as zero. */
	for (size_t i = 0; i < sizeof(bzb_le32); i++)
		sum -= byte_value(file, image->checksum_offset + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)(sum + file.size);
}
