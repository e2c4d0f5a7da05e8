/* SPDX-License-Identifier: BSD-2-Clause */
/* PE images: bzboot/pe.h. Offsets are those of "PE Format". */
#include "test.h"

/* Offsets in pe_x86_64 of images.S. */
enum {
	E_LFANEW = 0x3c,
	COFF = 0x40,
	NUMBER_OF_SECTIONS = COFF + 0x06,
	OPTIONAL_SIZE = COFF + 0x14,
	OPTIONAL = 0x58,
	DIRECTORIES = OPTIONAL + 0x6c,
	DIRECTORY_4 = OPTIONAL + 0x90,
	SECTIONS = 0xf8,
	S_RAW_SIZE = 0x10,
	S_RAW = 0x14,
};
#define SECTION(n) (SECTIONS + 0x28u * (n))

TEST_PARSER(struct bzb_pe, bzb_pe_parse)

static void check_pe32plus(struct bzb_span file)
{
	struct bzb_pe pe = parsed(file);

	CHECK(pe.file.data == file.data && pe.file.size == file.size);
	CHECK_EQ(0x8664, pe.machine);
	CHECK_EQ(0x22, pe.characteristics);
	CHECK_EQ(0x20b, pe.magic);
	CHECK_EQ(10, pe.subsystem);
	CHECK_EQ(0x100, pe.dll_characteristics);
	CHECK_EQ(3, pe.major_image_version);
	CHECK_EQ(4, pe.minor_image_version);
	CHECK_EQ(0x1040, pe.entry);
	CHECK_EQ(0x140000000, pe.image_base);
	CHECK_EQ(0x1000, pe.section_alignment);
	CHECK_EQ(0x200, pe.file_alignment);
	CHECK_EQ(0x4000, pe.size_of_image);
	CHECK_EQ(0x200, pe.size_of_headers);
	CHECK_EQ(0x11223344, pe.checksum);
	CHECK_EQ(6, pe.directories);
	CHECK_EQ(0x3c0, pe.certificate_offset);
	CHECK_EQ(0x20, pe.certificate_size);
	CHECK_EQ(12, pe.base_relocation_size);
	CHECK_EQ(3, pe.sections);
	CHECK_EQ(0xf8, pe.section_table);
}

static void reads_pe32plus(void)
{
	check_pe32plus(exact(IMAGE(pe_x86_64)));
	check_pe32plus(unaligned(IMAGE(pe_x86_64)));
}

static void reads_pe32(void)
{
	struct bzb_pe pe = parsed(exact(IMAGE(pe32_i386)));

	CHECK_EQ(0x14c, pe.machine);
	CHECK_EQ(0x102, pe.characteristics);
	CHECK_EQ(0x10b, pe.magic);
	CHECK_EQ(11, pe.subsystem);
	CHECK_EQ(0x140, pe.dll_characteristics);
	CHECK_EQ(5, pe.major_image_version);
	CHECK_EQ(6, pe.minor_image_version);
	CHECK_EQ(0x1004, pe.entry);
	CHECK_EQ(0x400000, pe.image_base);
	CHECK_EQ(0x2000, pe.section_alignment);
	CHECK_EQ(0x400, pe.file_alignment);
	CHECK_EQ(0x2000, pe.size_of_image);
	CHECK_EQ(0x200, pe.size_of_headers);
	CHECK_EQ(0x55667788, pe.checksum);
	CHECK_EQ(16, pe.directories);
	CHECK_EQ(0x240, pe.certificate_offset);
	CHECK_EQ(0x18, pe.certificate_size);
	CHECK_EQ(7, pe.base_relocation_size);
	CHECK_EQ(1, pe.sections);
	CHECK_EQ(0x178, pe.section_table);
}

static void directories_may_be_few(void)
{
	struct bzb_pe pe = parsed(CHANGED(IMAGE(pe_x86_64), { NUMBER_OF_SECTIONS, 2, 0 },
					  { OPTIONAL_SIZE, 2, 0x80 }, { DIRECTORIES, 4, 2 }));

	CHECK_EQ(2, pe.directories);
	CHECK_EQ(0, pe.certificate_offset);
	CHECK_EQ(0, pe.certificate_size);
	CHECK_EQ(0, pe.base_relocation_size);
	CHECK_EQ(0, pe.sections);
}

static const struct defect defects[] = {
	{ "pe_mz_missing", { { 0, 2, 0 } }, BZB_ERR_BADMAGIC },
	{ "pe_signature_missing", { { COFF, 4, 0 } }, BZB_ERR_BADMAGIC },
	{ "pe_signature_ne", { { COFF, 4, 0x454e } }, BZB_ERR_BADMAGIC },
	{ "pe_signature_not_zero_padded", { { COFF + 3, 1, 1 } }, BZB_ERR_BADMAGIC },
	{ "pe_lfanew_zero", { { E_LFANEW, 4, 0 } }, BZB_ERR_BADMAGIC },
	{ "pe_lfanew_past_end", { { E_LFANEW, 4, 0x3e0 } }, BZB_ERR_TRUNCATED },
	{ "pe_lfanew_4g", { { E_LFANEW, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "pe_lfanew_wraps_to_0x40",
	  { { E_LFANEW, 4, 0x40 - UINT64_C(0x80) } },
	  BZB_ERR_TRUNCATED },
	{ "pe_optional_magic_zero", { { OPTIONAL, 2, 0 } }, BZB_ERR_BADVERSION },
	{ "pe_optional_magic_rom", { { OPTIONAL, 2, 0x107 } }, BZB_ERR_BADVERSION },
	{ "pe_directories_above_optional_size", { { DIRECTORIES, 4, 7 } }, BZB_ERR_BADHEADER },
	{ "pe_directories_wrap_to_0",
	  { { DIRECTORIES, 4, 0x20000000 }, { OPTIONAL_SIZE, 2, 0x70 } },
	  BZB_ERR_BADHEADER },
	{ "pe_directories_wrap_to_6", { { DIRECTORIES, 4, 0x20000006 } }, BZB_ERR_BADHEADER },
	{ "pe_directories_4g", { { DIRECTORIES, 4, 0xffffffff } }, BZB_ERR_BADHEADER },
	{ "pe_optional_size_zero", { { OPTIONAL_SIZE, 2, 0 } }, BZB_ERR_BADHEADER },
	{ "pe_optional_size_one", { { OPTIONAL_SIZE, 2, 1 } }, BZB_ERR_BADHEADER },
	{ "pe_optional_size_only_magic", { { OPTIONAL_SIZE, 2, 2 } }, BZB_ERR_BADHEADER },
	{ "pe_optional_size_without_directories",
	  { { OPTIONAL_SIZE, 2, 0x6f } },
	  BZB_ERR_BADHEADER },
	{ "pe_optional_size_one_less", { { OPTIONAL_SIZE, 2, 0x9f } }, BZB_ERR_BADHEADER },
	{ "pe_sections_past_end", { { NUMBER_OF_SECTIONS, 2, 19 } }, BZB_ERR_TRUNCATED },
	{ "pe_sections_0xffff", { { NUMBER_OF_SECTIONS, 2, 0xffff } }, BZB_ERR_TRUNCATED },
	{ "pe_section_bytes_past_end", { { SECTION(2) + S_RAW, 4, 0x3a1 } }, BZB_ERR_TRUNCATED },
	{ "pe_section_size_past_end",
	  { { SECTION(0) + S_RAW_SIZE, 4, 0x1e1 } },
	  BZB_ERR_TRUNCATED },
	{ "pe_section_wraps", { { SECTION(1) + S_RAW, 4, -0x40u } }, BZB_ERR_TRUNCATED },
	{ "pe_section_of_4g", { { SECTION(1) + S_RAW_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
};

/* objcopy leaves such a directory; the rest of the file is good. */
static void certificates_may_be_anywhere(void)
{
	struct bzb_pe pe = parsed(CHANGED(IMAGE(pe_x86_64), { DIRECTORY_4, 4, 0xffffffe0 },
					  { DIRECTORY_4 + 4, 4, 0x30 }));

	CHECK_EQ(0xffffffe0, pe.certificate_offset);
	CHECK_EQ(0x30, pe.certificate_size);
}

static void refuses_defects(void)
{
	check_defects(IMAGE(pe_x86_64), defects, ARRAY_SIZE(defects), parse);
}

static void refuses_truncated_files(void)
{
	check_truncations(prefix(IMAGE(pe_x86_64), 0x3c0), COFF + 4, parse);
	check_truncations(prefix(IMAGE(pe32_i386), 0x240), 0x84, parse);
}

static void reads_sections(void)
{
	struct bzb_pe pe = parsed(unaligned(IMAGE(pe_x86_64)));
	struct bzb_pe_section data = bzb_pe_section(&pe, 1), last = bzb_pe_section(&pe, 2);

	CHECK(strcmp(data.name, ".data") == 0);
	CHECK_EQ(0x2000, data.virtual_address);
	CHECK_EQ(0x180, data.virtual_size);
	CHECK_EQ(0x300, data.raw_offset);
	CHECK_EQ(0x80, data.raw_size);
	CHECK_EQ(0xc0000040, data.characteristics);
	CHECK(strcmp(last.name, ".payload") == 0);
}

static void finds_the_first_of_a_name(void)
{
	static const char text[8] = ".text";
	struct bzb_pe pe = parsed(CHANGED(IMAGE(pe_x86_64), { SECTION(2), 8, get(text, 0, 8) }));
	struct bzb_pe_section section;

	CHECK_OK(bzb_pe_find_section(&pe, ".text", &section));
	CHECK_EQ(0x200, section.raw_offset);
}

static void finds_names_of_eight_characters(void)
{
	struct bzb_pe pe = parsed(exact(IMAGE(pe_x86_64)));
	struct bzb_pe_section section;

	CHECK_OK(bzb_pe_find_section(&pe, ".payload", &section));
	CHECK_EQ(0x380, section.raw_offset);
}

static void finds_no_other_name(void)
{
	static const char *const names[] = { ".tex",	 ".text2",    "text", ".payloa",
					     ".nothing", ".payload1", "" };
	struct bzb_pe pe = parsed(exact(IMAGE(pe_x86_64)));
	struct bzb_pe_section section;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_ERR(BZB_ERR_NOTFOUND,
			  WATCHED(&section, bzb_pe_find_section(&pe, names[i], &section)));
}

/* Writing. The headers of an image of two sections, and offsets of fields */

static const struct bzb_pe_section two_sections[] = {
	{ ".text", 0x1000, 0x2000, 0x1000, 0x2000, 0x60000020 },
	{ ".payload", 0x3000, 0x5000, 0x3000, 0x5000, 0x40000040 },
};

static const struct bzb_pe_image two_section_image = {
	.directories = BZB_PE_DIRECTORIES,
	.entry = 0x1234,
	.size_of_headers = 0x1000,
	.size_of_image = 0x8000,
	.dll_characteristics = BZB_PE_NX_COMPAT,
	.major_image_version = BZB_PE_IMAGE_VERSION,
	.sections = two_sections,
	.count = ARRAY_SIZE(two_sections),
};

#define HEADERS_SIZE(sections) (24u + 112u + 6u * 8u + 40u * (sections))

static unsigned char *written(const struct bzb_pe_image *image, size_t space)
{
	unsigned char *to = test_alloc(space);

	memset(to, 0xa5, space);
	CHECK_OK(bzb_pe_write(to, space, image));
	return to;
}

static void writes_the_coff_header(void)
{
	static const struct change fields[] = {
		/* clang-format off */
		{ 0x00, 4, 0x4550 },	/* "PE" */
		{ 0x04, 2, 0x8664 },
		{ 0x06, 2, 2 },
		{ 0x08, 4, 0 },		/* no time stamp: same input, same bytes */
		{ 0x0c, 4, 0 }, { 0x10, 4, 0 },
		{ 0x14, 2, 160 },
		{ 0x16, 2, 0x0022 },	/* and not RELOCS_STRIPPED */
		/* clang-format on */
	};

	check_fields(written(&two_section_image, HEADERS_SIZE(2)), 0, fields, ARRAY_SIZE(fields));
}

static void writes_the_machine(void)
{
	static const struct change arm64[] = { { 0x04, 2, 0xaa64 } };
	struct bzb_pe_image image = two_section_image;

	image.machine = BZB_MACHINE_ARM64;
	check_fields(written(&image, HEADERS_SIZE(2)), 0, arm64, ARRAY_SIZE(arm64));
}

static void writes_the_optional_header(void)
{
	static const struct change
		fields
			[] = {
				/* clang-format off */
		{ 0x00, 2, 0x20b },
		{ 0x04, 4, 0x2000 },	/* SizeOfCode: of all code sections */
		{ 0x10, 4, 0x1234 },
		{ 0x14, 4, 0x1000 },	/* BaseOfCode */
		{ 0x18, 8, 0 },		/* ImageBase */
		{ 0x20, 4, 0x1000 }, { 0x24, 4, 0x200 },
		{ 0x2c, 2, 3 },		/* MajorImageVersion: initrd by LoadFile2 */
		{ 0x34, 4, 0 },
		{ 0x38, 4, 0x8000 }, { 0x3c, 4, 0x1000 },
		{ 0x40, 4, 0 },		/* CheckSum */
		{ 0x44, 2, 10 }, { 0x46, 2, 0x100 },
		{ 0x68, 4, 0 },
		{ 0x6c, 4, 6 },
				/* clang-format on */
			};
	unsigned char *to = written(&two_section_image, HEADERS_SIZE(2));

	check_fields(to + 24, 0, fields, ARRAY_SIZE(fields));
	CHECK(test_only(to + 24 + 112, 0, 6 * 8));
}

static void writes_the_section_table(void)
{
	static const unsigned char expected[] =
		".text\0\0\0\0\x20\0\0\0\x10\0\0\0\x20\0\0\0\x10\0\0"
		"\0\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\x60"
		".payload\0\x50\0\0\0\x30\0\0\0\x50\0\0\0\x30\0\0"
		"\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\x40";

	CHECK_EQ(2 * 40 + 1, sizeof(expected));
	CHECK_BYTES(expected, written(&two_section_image, HEADERS_SIZE(2)) + HEADERS_SIZE(0), 80);
}

static void six_sections_fit_before_the_setup_header(void)
{
	static const struct bzb_pe_section seven[7] = { { .name = ".a" } };
	struct bzb_pe_image image = { .directories = 6, .sections = seven, .count = 6 };

	CHECK_EQ(6, get(written(&image, 0x1ef - 0x40), 6, 2));
	image.count = 7;
	CHECK_EQ(7, get(written(&image, HEADERS_SIZE(7)), 6, 2));
}

static void refuses_more_sections_than_fit(void)
{
	static const struct bzb_pe_section seven[7] = { { .name = ".a" } };
	struct bzb_pe_image image = { .directories = 6, .sections = seven };
	unsigned char *to;
	size_t space;

	for (image.count = 0; image.count <= 7; image.count++) {
		space = HEADERS_SIZE(image.count) - 1;
		to = test_alloc(space);
		memset(to, 0xa5, space);
		CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_write(to, space, &image));
		CHECK(test_only(to, 0xa5, space));
	}
	image.count = 0;
	CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_write(NULL, 0, &image));
}

/* In 32 bits, 40 times the first number is 24. The count in the header has 16 bits. */
static void refuses_more_sections_than_there_are_numbers(void)
{
	static const unsigned int counts[] = { 0x6666667, 0x10000, UINT32_MAX };
	const size_t space = HEADERS_SIZE(0x10000);
	unsigned char *to = test_alloc(space);
	struct bzb_pe_section *sections = test_alloc(0x10000 * sizeof(*sections));
	struct bzb_pe_image image = { .directories = 6, .sections = sections };

	memset(to, 0xa5, space);
	memset(sections, 0, 0x10000 * sizeof(*sections));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		image.count = counts[i];
		CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_write(to, space, &image));
		CHECK(test_only(to, 0xa5, space));
	}
	image.count = 0xffff;
	CHECK_OK(bzb_pe_write(to, space, &image));
	CHECK_EQ(0xffff, get(to, 6, 2));
}

static void reads_what_it_wrote(void)
{
	unsigned char *file = test_alloc(0x8000);
	struct bzb_pe_section section;
	struct bzb_pe pe;
	unsigned int i;

	memset(file, 0, 0x8000);
	memcpy(file, "MZ", 2);
	put(file, E_LFANEW, 4, 0x40);
	CHECK_OK(bzb_pe_write(file + 0x40, 0x1af, &two_section_image));
	pe = parsed((struct bzb_span){ file, 0x8000 });
	CHECK_EQ(0x1234, pe.entry);
	CHECK_EQ(0x8000, pe.size_of_image);
	CHECK_EQ(0x1000, pe.size_of_headers);
	CHECK_EQ(0, pe.certificate_size);
	CHECK_EQ(2, pe.sections);
	for (i = 0; i < pe.sections; i++) {
		section = bzb_pe_section(&pe, i);
		CHECK(strcmp(two_sections[i].name, section.name) == 0);
		CHECK_EQ(two_sections[i].virtual_address, section.virtual_address);
		CHECK_EQ(two_sections[i].virtual_size, section.virtual_size);
		CHECK_EQ(two_sections[i].raw_offset, section.raw_offset);
		CHECK_EQ(two_sections[i].raw_size, section.raw_size);
		CHECK_EQ(two_sections[i].characteristics, section.characteristics);
	}
}

/* The headers of a copy of pe_x86_64 without bytes after its section table. */
static struct bzb_pe changeable(unsigned char **ret)
{
	const struct bzb_span image = exact(IMAGE(pe_x86_64));
	unsigned char *file = test_alloc(image.size);

	memcpy(file, image.data, image.size);
	memset(file + SECTION(3), 0, 0x200 - SECTION(3));
	put(file, 0x40 + 0x0c, 4, 0x3c0);
	*ret = file;
	return parsed((struct bzb_span){ file, image.size });
}

static void changes_sections(void)
{
	static const struct change fields[] = {
		{ NUMBER_OF_SECTIONS, 2, 2 },	   { COFF + 0x0c, 4, 0x3c0 + 0x100 },
		{ OPTIONAL + 0x38, 4, 0x12000 },   { SECTION(0), 4, 0x7865742e },
		{ SECTION(1) + S_RAW, 4, 0x3000 }, { SECTION(2) + S_RAW_SIZE, 4, 0 },
	};
	const struct bzb_pe_change change = {
		.sections = two_sections,
		.count = 2,
		.size_of_image = 0x12000,
		.trailer_from = 0x380,
		.trailer_to = 0x480,
	};
	unsigned char *file, *headers = test_alloc(0x200);
	struct bzb_pe pe = changeable(&file);
	uint32_t size = (uint32_t)get(file, OPTIONAL + 0x08, 4);

	for (unsigned int i = 0; i < pe.sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(&pe, i);

		if (section.characteristics & BZB_PE_CNT_INITIALIZED_DATA)
			size -= section.raw_size;
	}
	for (unsigned int i = 0; i < 2; i++)
		if (two_sections[i].characteristics & BZB_PE_CNT_INITIALIZED_DATA)
			size += two_sections[i].raw_size;
	memcpy(headers, file, 0x200);
	CHECK_OK(bzb_pe_change(headers, &pe, &change));
	check_fields(headers, 0, fields, ARRAY_SIZE(fields));
	CHECK_EQ(size, get(headers, OPTIONAL + 0x08, 4));
	CHECK(!memcmp(headers + DIRECTORIES, file + DIRECTORIES, SECTIONS - DIRECTORIES));
}

static void refuses_changes_without_room(void)
{
	struct bzb_pe_section sections[8] = { 0 };
	struct bzb_pe_change change = { .sections = sections, .count = 6 };
	unsigned char *file, *headers = test_alloc(0x200);
	struct bzb_pe pe = changeable(&file);

	memcpy(headers, file, 0x200);
	CHECK_OK(bzb_pe_change(headers, &pe, &change));
	change.count = 7; /* 0xf8 + 7 * 40 is 0x210 */
	CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_change(headers, &pe, &change));
	change.count = 0x10000;
	CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_change(headers, &pe, &change));
	file[SECTION(6) - 1] = 1;
	change.count = 5;
	CHECK_OK(bzb_pe_change(headers, &pe, &change));
	memset(headers, 0xa5, 0x200);
	change.count = 6;
	CHECK_ERR(BZB_ERR_NOSPACE, bzb_pe_change(headers, &pe, &change));
	CHECK(test_only(headers, 0xa5, 0x200));
}

static const struct test tests[] = {
	{ "a PE32+ image is read", reads_pe32plus },
	{ "a PE32 image of another machine is read", reads_pe32 },
	{ "missing directories count as empty", directories_may_be_few },
	{ "defective images are refused", refuses_defects },
	{ "the place of the certificates is not checked", certificates_may_be_anywhere },
	{ "every truncated file is refused", refuses_truncated_files },
	{ "sections are read", reads_sections },
	{ "the first section of a name is found", finds_the_first_of_a_name },
	{ "a name of eight characters, without a NUL, is found", finds_names_of_eight_characters },
	{ "a part of a name finds nothing", finds_no_other_name },
	{ "the COFF header is written byte for byte", writes_the_coff_header },
	{ "an image may be for any machine", writes_the_machine },
	{ "the optional header has the values that loaders need", writes_the_optional_header },
	{ "the section table is written byte for byte", writes_the_section_table },
	{ "six sections fit before the setup header, more elsewhere",
	  six_sections_fit_before_the_setup_header },
	{ "sections that do not fit are refused, nothing is written",
	  refuses_more_sections_than_fit },
	{ "more sections than the header can count are refused",
	  refuses_more_sections_than_there_are_numbers },
	{ "what was written is read back", reads_what_it_wrote },
	{ "a section table is changed, and what depends on it", changes_sections },
	{ "a section table without room is not changed", refuses_changes_without_room },
};

int main(void)
{
	return RUN_TESTS(tests);
}
