/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that a signature covers, and the certificate table: bzboot/authenticode.h */
#include "test.h"

/* Offsets in pe_x86_64 of images.S: headers, three sections without gaps, 0x20 bytes of table */
enum {
	NUMBER_OF_SECTIONS = 0x46,
	SYMBOLS = 0x4c,
	SYMBOL_COUNT = 0x50,
	OPTIONAL_SIZE = 0x54,
	OPTIONAL = 0x58,
	HEADERS_SIZE = OPTIONAL + 0x3c,
	CHECKSUM = OPTIONAL + 0x40,
	DIRECTORIES = OPTIONAL + 0x6c,
	DIRECTORY_4 = OPTIONAL + 0x90,
	SECTIONS = 0xf8,
	S_RAW_SIZE = 0x10,
	S_RAW = 0x14,
	TABLE = 0x3c0,
	END = 0x3e0,
};
#define SECTION(n) (SECTIONS + 0x28u * (n))

TEST_PARSER(struct bzb_authenticode, bzb_authenticode_parse)

/* The bytes that a signature covers, concatenated */
struct covered {
	unsigned char bytes[0x1000];
	size_t size;
};

static void collect(void *state, const void *bytes, size_t size)
{
	struct covered *covered = state;

	CHECK(size <= sizeof(covered->bytes) - covered->size);
	memcpy(covered->bytes + covered->size, bytes, size);
	covered->size += size;
}

/* Ranges of @file, each with a start and an end, concatenated */
static void check_covered(const struct bzb_authenticode *image, struct bzb_span file,
			  const size_t (*ranges)[2], size_t count, size_t zeros)
{
	static struct covered covered;
	size_t at = 0;

	covered.size = 0;
	bzb_authenticode_hash(image, collect, &covered);
	for (size_t i = 0; i < count; i++) {
		size_t size = ranges[i][1] - ranges[i][0];

		CHECK(size <= covered.size - at);
		CHECK_BYTES(file.data + ranges[i][0], covered.bytes + at, size);
		at += size;
	}
	CHECK_EQ(at + zeros, covered.size);
	CHECK(test_only(covered.bytes + at, 0, zeros));
}

/* Every byte differs from its neighbours, so that a wrong range is noticed. */
static struct bzb_span marked(struct bzb_span good)
{
	struct bzb_span copy = exact(good);
	unsigned char *bytes = (void *)(uintptr_t)copy.data;

	for (size_t i = 0x200; i < TABLE && i < copy.size; i++)
		bytes[i] = (unsigned char)(i * 7 + (i >> 8));
	return copy;
}

static void check_pe32plus(struct bzb_span file)
{
	static const size_t ranges[][2] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, DIRECTORY_4 },
		{ DIRECTORY_4 + 8, TABLE },
	};
	struct bzb_authenticode image = parsed(file);

	CHECK_EQ(CHECKSUM, image.checksum_offset);
	CHECK_EQ(DIRECTORY_4, image.directory_offset);
	CHECK_EQ(TABLE, image.sections_end);
	CHECK_EQ(TABLE, image.contents_end);
	CHECK_EQ(TABLE, image.end);
	CHECK_EQ(0, image.padding);
	CHECK_EQ(END - TABLE, image.table.size);
	CHECK(image.table.data == file.data + TABLE);
	CHECK(image.tiled);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

static void covers_all_but_what_signing_changes(void)
{
	check_pe32plus(marked(IMAGE(pe_x86_64)));
	check_pe32plus(unaligned(marked(IMAGE(pe_x86_64))));
}

static void covers_pe32(void)
{
	static const size_t ranges[][2] = {
		{ 0, 0x98 + 64 },
		{ 0x98 + 68, 0x98 + 0x80 },
		{ 0x98 + 0x88, 0x240 },
	};
	struct bzb_span file = exact(IMAGE(pe32_i386));
	struct bzb_authenticode image = parsed(file);

	CHECK_EQ(0x98 + 64, image.checksum_offset);
	CHECK_EQ(0x98 + 0x80, image.directory_offset);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

static struct bzb_span unsigned_image(size_t size)
{
	return exact(prefix(CHANGED(marked(IMAGE(pe_x86_64)), { DIRECTORY_4, 8, 0 }), size));
}

static void covers_an_unsigned_image_to_its_end(void)
{
	static const size_t ranges[][2] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, DIRECTORY_4 },
		{ DIRECTORY_4 + 8, TABLE + 0x10 },
	};
	struct bzb_span file = unsigned_image(TABLE + 0x10);
	struct bzb_authenticode image = parsed(file);

	CHECK_EQ(0, image.table.size);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

static void covers_the_padding_to_come(void)
{
	size_t extra;

	for (extra = 1; extra < 8; extra++) {
		const size_t ranges[][2] = {
			{ 0, CHECKSUM },
			{ CHECKSUM + 4, DIRECTORY_4 },
			{ DIRECTORY_4 + 8, TABLE + extra },
		};
		struct bzb_span file = unsigned_image(TABLE + extra);
		struct bzb_authenticode image = parsed(file);

		CHECK_EQ(8 - extra, image.padding);
		check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 8 - extra);
	}
}

static void covers_headers_without_a_directory(void)
{
	static const size_t ranges[][2] = { { 0, CHECKSUM }, { CHECKSUM + 4, TABLE } };
	struct bzb_span file = CHANGED(prefix(marked(IMAGE(pe_x86_64)), TABLE),
				       { NUMBER_OF_SECTIONS, 2, 0 }, { OPTIONAL_SIZE, 2, 0x90 },
				       { DIRECTORIES, 4, 4 });
	struct bzb_authenticode image = parsed(file);

	CHECK_EQ(0, image.directory_offset);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

/* The second section comes first in the table. */
static void sorts_sections(void)
{
	static const size_t ranges[][2] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, DIRECTORY_4 },
		{ DIRECTORY_4 + 8, TABLE },
	};
	struct bzb_span file =
		CHANGED(marked(IMAGE(pe_x86_64)), { SECTION(0) + S_RAW_SIZE, 4, 0x80 },
			{ SECTION(0) + S_RAW, 4, 0x300 }, { SECTION(1) + S_RAW_SIZE, 4, 0x100 },
			{ SECTION(1) + S_RAW, 4, 0x200 });
	struct bzb_authenticode image = parsed(file);

	CHECK(image.tiled);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

/* "Windows Authenticode", steps 9 to 14: the sum of all sizes hashed, and from there to the end */
static void covers_images_with_gaps_as_firmware_does(void)
{
	static const size_t ranges[][2] = {
		{ 0, CHECKSUM },  { CHECKSUM + 4, DIRECTORY_4 }, { DIRECTORY_4 + 8, 0x300 },
		{ 0x380, TABLE }, /* the last section */
		{ 0x340, TABLE }, /* 0x300 and 0x40 bytes were covered */
	};
	struct bzb_span file = CHANGED(marked(IMAGE(pe_x86_64)), { SECTION(1) + S_RAW_SIZE, 4, 0 });
	struct bzb_authenticode image = parsed(file);

	CHECK(!image.tiled);
	CHECK_EQ(TABLE, image.sections_end);
	check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
}

/* A symbol of 18 bytes after the sections, and a string table of four bytes, which are its size */
static void finds_the_end_of_the_symbols(void)
{
	struct bzb_span file = CHANGED(unsigned_image(TABLE + 0x1a), { SYMBOLS, 4, TABLE },
				       { SYMBOL_COUNT, 4, 1 }, { TABLE + 18, 4, 7 });
	struct bzb_span lies = CHANGED(file, { TABLE + 18, 4, 9 });
	struct bzb_span beyond = CHANGED(file, { SYMBOL_COUNT, 4, 0xffffffff });

	CHECK_EQ(TABLE + 18 + 7, parsed(file).contents_end);
	CHECK_EQ(TABLE, parsed(lies).contents_end);
	CHECK_EQ(TABLE, parsed(beyond).contents_end);
}

static const struct defect defects[] = {
	{ "headers_end_in_section_table",
	  { { HEADERS_SIZE, 4, SECTION(3) - 1 } },
	  BZB_ERR_BADHEADER },
	{ "headers_size_zero", { { HEADERS_SIZE, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "headers_past_end",
	  { { HEADERS_SIZE, 4, END + 1 }, { NUMBER_OF_SECTIONS, 2, 0 } },
	  BZB_ERR_TRUNCATED },
	{ "headers_4g", { { HEADERS_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "headers_overlap_section", { { HEADERS_SIZE, 4, 0x201 } }, BZB_ERR_OVERLAP },
	{ "section_in_headers", { { SECTION(1) + S_RAW, 4, 0x100 } }, BZB_ERR_OVERLAP },
	{ "section_overlaps_next", { { SECTION(0) + S_RAW_SIZE, 4, 0x101 } }, BZB_ERR_OVERLAP },
	{ "section_at_same_place", { { SECTION(2) + S_RAW, 4, 0x300 } }, BZB_ERR_OVERLAP },
	{ "section_overlaps_table", { { SECTION(2) + S_RAW_SIZE, 4, 0x41 } }, BZB_ERR_OVERLAP },
	{ "table_in_section",
	  { { DIRECTORY_4, 4, 0x380 }, { DIRECTORY_4 + 4, 4, 0x60 }, { 0x384, 4, 0x20200 } },
	  BZB_ERR_OVERLAP },
	{ "table_not_aligned",
	  { { DIRECTORY_4, 4, TABLE + 4 }, { DIRECTORY_4 + 4, 4, 0x1c }, { TABLE + 8, 2, 0x200 } },
	  BZB_ERR_BADHEADER },
	{ "table_not_aligned_of_revision_1",
	  { { DIRECTORY_4, 4, TABLE + 4 }, { DIRECTORY_4 + 4, 4, 0x1c }, { TABLE + 8, 2, 0x100 } },
	  BZB_ERR_BADHEADER },
	{ "table_followed_by_bytes", { { DIRECTORY_4 + 4, 4, 0x18 } }, BZB_ERR_BADHEADER },
	{ "table_past_end", { { DIRECTORY_4 + 4, 4, 0x21 } }, BZB_ERR_TRUNCATED },
	{ "table_of_4g", { { DIRECTORY_4 + 4, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "no_pe", { { 0, 2, 0 } }, BZB_ERR_BADMAGIC },
};

static void refuses_defects(void)
{
	check_defects(IMAGE(pe_x86_64), defects, ARRAY_SIZE(defects), parse);
}

/* The output of objcopy: a directory without its certificates */
static const struct {
	const char *name;
	uint32_t offset, size;
} stale_directories[] = {
	{ "at_end", END, 0x20 },
	{ "past_end", END + 8, 0x20 },
	{ "last_bytes", END - 7, 0x20 },
	{ "wraps", 0xfffffff8, 0x10 },
	{ "at_zero", 0, 0x20 },
	{ "in_section", 0x380, 0x60 },
	{ "in_section_as_if_past_end", 0x380, 0x1000 },
	{ "not_aligned", TABLE + 4, 0x1c },
};

static void takes_stale_directories_for_unsigned(void)
{
	static const size_t ranges[][2] = {
		{ 0, CHECKSUM },
		{ CHECKSUM + 4, DIRECTORY_4 },
		{ DIRECTORY_4 + 8, END },
	};

	for (size_t i = 0; i < ARRAY_SIZE(stale_directories); i++) {
		struct bzb_span file = CHANGED(IMAGE(pe_x86_64),
					       { DIRECTORY_4, 4, stale_directories[i].offset },
					       { DIRECTORY_4 + 4, 4, stale_directories[i].size });
		struct bzb_authenticode image = parsed(file);

		CHECK(image.stale);
		CHECK_EQ(0, image.table.size);
		CHECK_EQ(DIRECTORY_4, image.directory_offset);
		CHECK_EQ(END, image.end);
		check_covered(&image, file, ranges, ARRAY_SIZE(ranges), 0);
	}
	CHECK(!parsed(IMAGE(pe_x86_64)).stale);
	CHECK(!parsed(unsigned_image(TABLE)).stale);
}

/* 4097 sections without bytes in the file, within the headers */
static void refuses_too_many_sections(void)
{
	size_t size = SECTION(BZB_AUTHENTICODE_SECTIONS_MAX + 1) + 7;
	unsigned char *bytes = test_alloc(size);
	struct bzb_span file = { bytes, size };

	memset(bytes, 0, size);
	memcpy(bytes, IMAGE(pe_x86_64).data, SECTIONS);
	put(bytes, DIRECTORY_4, 8, 0);
	put(bytes, HEADERS_SIZE, 4, size);
	put(bytes, NUMBER_OF_SECTIONS, 2, BZB_AUTHENTICODE_SECTIONS_MAX);
	CHECK_OK(parse(file));
	put(bytes, NUMBER_OF_SECTIONS, 2, BZB_AUTHENTICODE_SECTIONS_MAX + 1);
	CHECK_ERR(BZB_ERR_TOOLARGE, parse(file));
}

static void walks_the_table(void)
{
	struct bzb_span file = CHANGED(IMAGE(pe_x86_64), { TABLE, 8, 0x000202000000000dULL },
				       { TABLE + 0x10, 8, 0x0ef1010000000010ULL });
	struct bzb_authenticode image = parsed(file);
	struct bzb_certificate certificate;
	size_t position = 0;

	CHECK_EQ(1, bzb_authenticode_next(&image, &position, &certificate));
	CHECK_EQ(TABLE, certificate.offset);
	CHECK_EQ(0x0200, certificate.revision);
	CHECK_EQ(2, certificate.type);
	CHECK(certificate.content.data == file.data + TABLE + 8);
	CHECK_EQ(5, certificate.content.size);
	CHECK_EQ(1, bzb_authenticode_next(&image, &position, &certificate));
	CHECK_EQ(TABLE + 0x10, certificate.offset);
	CHECK_EQ(0x0100, certificate.revision);
	CHECK_EQ(0x0ef1, certificate.type);
	CHECK_EQ(8, certificate.content.size);
	CHECK_EQ(0, WATCHED(&certificate, bzb_authenticode_next(&image, &position, &certificate)));
	CHECK_EQ(0, bzb_authenticode_next(&image, &position, &certificate));
}

static void walks_an_empty_table(void)
{
	struct bzb_authenticode image = parsed(unsigned_image(TABLE));
	struct bzb_certificate certificate;
	size_t position = 0;

	CHECK_EQ(0, WATCHED(&certificate, bzb_authenticode_next(&image, &position, &certificate)));
}

static void the_last_entry_need_not_be_rounded_up(void)
{
	struct bzb_span file = exact(prefix(CHANGED(IMAGE(pe_x86_64), { TABLE, 4, 0x1d },
						    { DIRECTORY_4 + 4, 4, 0x1d }),
					    END - 3));
	struct bzb_authenticode image = parsed(file);
	struct bzb_certificate certificate;
	size_t position = 0;

	CHECK_EQ(1, bzb_authenticode_next(&image, &position, &certificate));
	CHECK_EQ(0x15, certificate.content.size);
	CHECK_EQ(0, bzb_authenticode_next(&image, &position, &certificate));
}

/* Walks to the end; returns the result of the last call. */
static int walk(struct bzb_span file)
{
	struct bzb_authenticode image = parsed(file);
	struct bzb_certificate certificate;
	size_t position = 0;
	unsigned int steps;
	int found = 1;

	for (steps = 0; found > 0; steps++) {
		CHECK(steps < 8);
		found = WATCHED(&certificate,
				bzb_authenticode_next(&image, &position, &certificate));
	}
	return found;
}

static const struct defect table_defects[] = {
	{ "entry_length_zero", { { TABLE, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "entry_length_one", { { TABLE, 4, 1 } }, BZB_ERR_BADHEADER },
	{ "entry_without_content", { { TABLE, 4, 8 } }, BZB_ERR_BADHEADER },
	{ "entry_past_table", { { TABLE, 4, 0x21 } }, BZB_ERR_TRUNCATED },
	{ "entry_of_4g", { { TABLE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "entry_wraps_when_rounded_up", { { TABLE, 4, 0xfffffff9 } }, BZB_ERR_TRUNCATED },
	{ "second_entry_zero", { { TABLE, 4, 0x10 }, { TABLE + 0x10, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "second_entry_past_table",
	  { { TABLE, 4, 0x10 }, { TABLE + 0x10, 4, 0x11 } },
	  BZB_ERR_TRUNCATED },
	{ "second_entry_of_4g",
	  { { TABLE, 4, 0x10 }, { TABLE + 0x10, 4, 0xffffffff } },
	  BZB_ERR_TRUNCATED },
};

static void refuses_defective_tables(void)
{
	check_defects(IMAGE(pe_x86_64), table_defects, ARRAY_SIZE(table_defects), walk);
}

/* A table that ends inside an entry's header */
static void refuses_a_cut_header(void)
{
	size_t left;

	for (left = 1; left < 8; left++) {
		struct bzb_span file = exact(prefix(CHANGED(IMAGE(pe_x86_64), { TABLE, 4, 0x10 },
							    { DIRECTORY_4 + 4, 4, 0x10 + left }),
						    TABLE + 0x10 + left));

		CHECK_ERR(BZB_ERR_TRUNCATED, walk(file));
	}
}

/* Computed by hand: words 1 and 0xffff, each twice, sum up to 0x20000; 2 with the carry, and
 * the size. */
static void sums_up(void)
{
	static const unsigned char words[] = { 1,    0,	   0xff, 0xff, 0xaa, 0xaa,
					       0xaa, 0xaa, 1,	 0,    0xff, 0xff };
	struct bzb_authenticode image = { .pe.file = SPAN(words), .checksum_offset = 4 };

	CHECK_EQ(2 + sizeof(words), bzb_authenticode_checksum(&image));
	/* Of an odd size: the last byte is the low half of a word. */
	image.pe.file.size -= 1;
	CHECK_EQ(1 + 0xffff + 1 + 0xff - 0xffff + sizeof(words) - 1,
		 bzb_authenticode_checksum(&image));
}

static const struct test tests[] = {
	{ "a signature covers all but CheckSum, its directory entry and the table",
	  covers_all_but_what_signing_changes },
	{ "the same for PE32", covers_pe32 },
	{ "an unsigned image is covered to its end", covers_an_unsigned_image_to_its_end },
	{ "a signature covers padding with zeros to a multiple of eight",
	  covers_the_padding_to_come },
	{ "headers without a certificate directory are covered",
	  covers_headers_without_a_directory },
	{ "sections are covered in the order of the file", sorts_sections },
	{ "gaps between sections are treated like in firmware",
	  covers_images_with_gaps_as_firmware_does },
	{ "the end of the symbols is found", finds_the_end_of_the_symbols },
	{ "defective images are refused", refuses_defects },
	{ "a directory that points to no certificate counts as none",
	  takes_stale_directories_for_unsigned },
	{ "too many sections are refused", refuses_too_many_sections },
	{ "the entries of the table are found", walks_the_table },
	{ "an empty table has no entries", walks_an_empty_table },
	{ "the last entry need not be rounded up", the_last_entry_need_not_be_rounded_up },
	{ "defective tables are refused", refuses_defective_tables },
	{ "a table that ends in a header is refused", refuses_a_cut_header },
	{ "CheckSum is summed up", sums_up },
};

int main(void)
{
	return RUN_TESTS(tests);
}
