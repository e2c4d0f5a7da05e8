/* SPDX-License-Identifier: BSD-2-Clause */
/* bzImage setup headers: bzboot/bzimage.h. Offsets are those of boot.rst. */
#include "test.h"

enum {
	SETUP_SECTS = 0x1f1,
	BOOT_FLAG = 0x1fe,
	HEADER_SIZE = 0x201,
	MAGIC = 0x202,
	VERSION = 0x206,
	KERNEL_VERSION = 0x20e,
	LOADFLAGS = 0x211,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24c,
};

TEST_PARSER(struct bzb_bzimage, bzb_bzimage_parse)

static void check_2_15(struct bzb_span file)
{
	struct bzb_bzimage image = parsed(file);

	CHECK(image.file.data == file.data && image.file.size == file.size);
	CHECK_EQ(0x020f, image.version);
	CHECK_EQ(0x400, image.setup_size);
	CHECK(image.pm.data == file.data + 0x400);
	CHECK_EQ(0x64, image.pm.size);
	CHECK_TEXT("6.12.1 (root@host) #1 SMP", image.kernel_version);
	CHECK(image.payload.data == file.data + 0x440);
	CHECK_EQ(0x24, image.payload.size);
	CHECK_BYTES(file.data + 0x1f1, &image.header, 0x26c - 0x1f1);
}

static void reads_an_image(void)
{
	check_2_15(exact(IMAGE(bzimage_2_15)));
	check_2_15(unaligned(IMAGE(bzimage_2_15)));
}

/* boot.rst: "If the setup_sects field contains 0, the real value is 4." */
static void setup_of_zero_sectors_has_four(void)
{
	unsigned char *file = test_alloc(0xa64);
	struct bzb_bzimage image;

	memset(file, 0, 0xa64);
	memcpy(file, IMAGE(bzimage_2_15).data, 0x400);
	file[SETUP_SECTS] = 0;
	image = parsed((struct bzb_span){ file, 0xa64 });
	CHECK_EQ(0xa00, image.setup_size);
	CHECK_EQ(0x64, image.pm.size);
	CHECK(image.payload.data == file + 0xa40);
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact((struct bzb_span){ file, 0x9ff })));
}

/* boot.rst, "The header summary": the version that added each field */
static const struct {
	size_t offset;
	unsigned int width;
	uint16_t since;
} newer_fields[] = {
	{ 0x224, 2, 0x0201 }, { 0x226, 1, 0x0202 }, { 0x227, 1, 0x0202 }, { 0x228, 4, 0x0202 },
	{ 0x22c, 4, 0x0203 }, { 0x230, 4, 0x0205 }, { 0x234, 1, 0x0205 }, { 0x235, 1, 0x020a },
	{ 0x236, 2, 0x020c }, { 0x238, 4, 0x0206 }, { 0x23c, 4, 0x0207 }, { 0x240, 8, 0x0207 },
	{ 0x248, 4, 0x0208 }, { 0x24c, 4, 0x0208 }, { 0x250, 8, 0x0209 }, { 0x258, 8, 0x020a },
	{ 0x260, 4, 0x020a }, { 0x264, 4, 0x020b }, { 0x268, 4, 0x020f },
};

/* The good image's fields, with zeros from the first one that must not be read */
static void check_header(const struct bzb_setup_header *header, unsigned int version, size_t end)
{
	const unsigned char *good = IMAGE(bzimage_2_15).data;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(newer_fields); i++) {
		size_t offset = newer_fields[i].offset;
		unsigned int width = newer_fields[i].width;
		bool there = newer_fields[i].since <= version && offset + width <= end;
		uint64_t expected = there ? get(good, offset, width) : 0;
		uint64_t actual = get(header, offset - 0x1f1, width);

		if (actual != expected)
			test_fail(__FILE__, __LINE__,
				  "version %#x, end %#zx: field %#zx is %#" PRIx64
				  ", not %#" PRIx64,
				  version, end, offset, actual, expected);
	}
	CHECK_EQ(0x21802180, get(header, 0x218 - 0x1f1, 4));
}

static void fields_newer_than_the_version_are_zero(void)
{
	unsigned int version;

	for (version = 0x0200; version <= 0x020f; version++) {
		struct bzb_bzimage image =
			parsed(CHANGED(IMAGE(bzimage_2_15), { VERSION, 2, version }));

		CHECK_EQ(version, image.version);
		check_header(&image.header, version, 0x26c);
		CHECK_EQ(version < 0x0208 ? 0 : 0x24, image.payload.size);
	}
}

static void fields_beyond_the_header_are_zero(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(newer_fields); i++) {
		size_t end = newer_fields[i].offset;
		struct bzb_bzimage image =
			parsed(CHANGED(IMAGE(bzimage_2_15), { HEADER_SIZE, 1, end - 0x202 }));

		check_header(&image.header, 0x020f, end);
	}
}

/* Unknown fields: a later version, a longer header */
static void later_versions_are_read(void)
{
	struct bzb_bzimage image = parsed(CHANGED(IMAGE(bzimage_2_15), { VERSION, 2, 0x0210 },
						  { HEADER_SIZE, 1, 0x7f }));

	CHECK_EQ(0x0210, image.version);
	check_header(&image.header, 0x0210, 0x281);
}

static void kernel_version_may_be_missing(void)
{
	CHECK_EQ(0, parsed(CHANGED(IMAGE(bzimage_2_15), { KERNEL_VERSION, 2, 0 }))
			    .kernel_version.size);
}

/* The pointer may be invalid and the NUL missing; the text found lies in the file. */
static void kernel_version_lies_in_the_file(void)
{
	static const unsigned int pointers[] = {
		0x1ff, 0x200, 0x263, 0x264, 0x265, 0xfe00, 0xffff
	};
	unsigned char *file = test_alloc(0x464);
	size_t i;

	memcpy(file, IMAGE(bzimage_2_15).data, 0x464);
	memset(file + 0x300, 'a', 0x100);
	memset(file + 0x444, 'a', 0x20);
	for (i = 0; i < ARRAY_SIZE(pointers); i++) {
		struct bzb_span text;

		put(file, KERNEL_VERSION, 2, pointers[i]);
		text = parsed((struct bzb_span){ file, 0x464 }).kernel_version;
		CHECK(!text.size || (text.data > file && text.size <= 0x464 &&
				     (size_t)(text.data - file) <= 0x464 - text.size));
	}
}

static const struct defect defects[] = {
	{ "bzimage_boot_flag_missing", { { BOOT_FLAG, 2, 0 } }, BZB_ERR_BADMAGIC },
	{ "bzimage_boot_flag_swapped", { { BOOT_FLAG, 2, 0x55aa } }, BZB_ERR_BADMAGIC },
	{ "bzimage_hdrs_missing", { { MAGIC, 4, 0 } }, BZB_ERR_BADMAGIC },
	{ "bzimage_hdrs_last_byte", { { MAGIC + 3, 1, 's' } }, BZB_ERR_BADMAGIC },
	{ "bzimage_version_1_255", { { VERSION, 2, 0x01ff } }, BZB_ERR_BADVERSION },
	{ "bzimage_version_zero", { { VERSION, 2, 0 } }, BZB_ERR_BADVERSION },
	{ "bzimage_header_without_loadflags", { { HEADER_SIZE, 1, 0x0e } }, BZB_ERR_BADHEADER },
	{ "bzimage_header_of_no_size", { { HEADER_SIZE, 1, 0 } }, BZB_ERR_BADHEADER },
	{ "bzimage_not_loaded_high", { { LOADFLAGS, 1, 0x80 } }, BZB_ERR_BADHEADER },
	{ "bzimage_setup_sects_past_end", { { SETUP_SECTS, 1, 2 } }, BZB_ERR_TRUNCATED },
	{ "bzimage_setup_sects_255", { { SETUP_SECTS, 1, 255 } }, BZB_ERR_TRUNCATED },
	{ "bzimage_setup_sects_zero", { { SETUP_SECTS, 1, 0 } }, BZB_ERR_TRUNCATED },
	{ "bzimage_payload_past_end", { { PAYLOAD_OFFSET, 4, 0x64 } }, BZB_ERR_TRUNCATED },
	{ "bzimage_payload_last_byte_past_end",
	  { { PAYLOAD_OFFSET, 4, 0x41 } },
	  BZB_ERR_TRUNCATED },
	{ "bzimage_payload_size_past_end", { { PAYLOAD_LENGTH, 4, 0x25 } }, BZB_ERR_TRUNCATED },
	{ "bzimage_payload_of_4g", { { PAYLOAD_LENGTH, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "bzimage_payload_wraps", { { PAYLOAD_OFFSET, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "bzimage_payload_wraps_to_0x40",
	  { { PAYLOAD_OFFSET, 4, 0xfffffc40 } },
	  BZB_ERR_TRUNCATED },
};

static void refuses_defects(void)
{
	check_defects(IMAGE(bzimage_2_15), defects, ARRAY_SIZE(defects), parse);
}

static void refuses_truncated_files(void)
{
	/* The version counts as a mark: without it no other field has a meaning. */
	check_truncations(IMAGE(bzimage_2_15), 0x208, parse);
}

/* Writing */

static const struct bzb_bzimage_fields fields = {
	.setup_size = 0x4000,
	.pm_size = 0x123450,
	.kernel_version = 0x3f12,
	.xloadflags = 0x7b,
	.kernel_alignment = 0x200000,
	.payload_offset = 0x9000,
	.payload_length = 0x119234,
	.pref_address = 0x123000000,
	.init_size = 0x4567000,
	.handover_entry = 0x390,
	.kernel_info_offset = 0x2340,
};

static const unsigned char *written(const struct bzb_bzimage_fields *from)
{
	struct bzb_setup_header *to = test_alloc(sizeof(*to));

	memset(to, 0xa5, sizeof(*to));
	bzb_bzimage_write(to, from);
	return (const unsigned char *)to;
}

static void writes_the_fields_of_the_image(void)
{
	static const struct change expected[] = {
		/* clang-format off */
		{ 0x1f1, 1, 31 },		/* 32 sectors of setup */
		{ 0x1f4, 4, 0x12345 },		/* units of 16 bytes */
		{ 0x20e, 2, 0x3d12 },		/* file offset - 0x200 */
		{ 0x230, 4, 0x200000 },
		{ 0x235, 1, 21 },		/* 2^21 is the alignment */
		{ 0x236, 2, 0x7b },
		{ 0x248, 4, 0x9000 }, { 0x24c, 4, 0x119234 },
		{ 0x258, 8, 0x123000000 },
		{ 0x260, 4, 0x4567000 },
		{ 0x264, 4, 0x190 },		/* 64-bit entry - 0x200 */
		{ 0x268, 4, 0x2340 },
		/* clang-format on */
	};

	check_fields(written(&fields), 0x1f1, expected, ARRAY_SIZE(expected));
}

static void writes_what_every_image_has(void)
{
	static const struct change expected[] = {
		/* clang-format off */
		{ 0x1f8, 2, 0 }, { 0x1fc, 2, 0 },
		{ 0x1fe, 2, 0xaa55 },
		{ 0x200, 2, 0x6aeb },		/* jmp to 0x26c */
		{ 0x202, 4, 0x53726448 },	/* "HdrS" */
		{ 0x206, 2, 0x020f },
		{ 0x208, 4, 0 },
		{ 0x210, 1, 0 },
		{ 0x211, 1, 1 },		/* LOADED_HIGH */
		{ 0x214, 4, 0x100000 },
		{ 0x218, 8, 0 },		/* no initrd */
		{ 0x220, 4, 0 },
		{ 0x226, 2, 0 },
		{ 0x228, 4, 0 },
		{ 0x22c, 4, 0x7fffffff },
		{ 0x234, 1, 1 },		/* relocatable */
		{ 0x238, 4, 2047 },
		{ 0x23c, 4, 0 }, { 0x240, 8, 0 },
		{ 0x250, 8, 0 },
		/* clang-format on */
	};

	check_fields(written(&fields), 0x1f1, expected, ARRAY_SIZE(expected));
}

/* kexec-tools' real-mode path accepts no more; 0 would mean no heap. */
static void heap_ends_below_64k(void)
{
	uint64_t heap_end = get(written(&fields), 0x224 - 0x1f1, 2);

	CHECK(heap_end > 0 && heap_end <= 0xfffc);
}

static void entries_that_are_not_there_are_zero(void)
{
	struct bzb_bzimage_fields none = fields;

	none.handover_entry = 0;
	none.kernel_info_offset = 0;
	CHECK_EQ(0, get(written(&none), 0x264 - 0x1f1, 4));
	CHECK_EQ(0, get(written(&none), 0x268 - 0x1f1, 4));
}

static void setup_may_have_64_sectors(void)
{
	struct bzb_bzimage_fields large = fields;

	large.setup_size = 64 * 512;
	CHECK_EQ(63, get(written(&large), 0, 1));
}

/* The protected-mode part is after 16 sectors; kernel_info_offset gives the place of the table. */
static void reads_kernel_info(void)
{
	static const unsigned char info[16] = {
		'L', 'T', 'o', 'P', 16, 0, 0, 0, 16, 0, 0, 0, 0x0a, 0, 0, 0x80,
	};
	struct bzb_span good = IMAGE(bzimage_2_15);
	struct bzb_bzimage image;
	unsigned char *file = test_alloc(good.size + 64);
	size_t pm;

	CHECK_OK(bzb_bzimage_parse(good, &image));
	CHECK_EQ(0, image.setup_type_max);
	pm = good.size - image.pm.size;
	memcpy(file, good.data, good.size);
	memcpy(file + good.size + 32, info, sizeof(info));
	put(file, 0x268, 4, good.size + 32 - pm);
	CHECK_OK(bzb_bzimage_parse((struct bzb_span){ file, good.size + 48 }, &image));
	CHECK_EQ(0x8000000a, image.setup_type_max);
	/* truncated, too short, another magic number */
	CHECK_OK(bzb_bzimage_parse((struct bzb_span){ file, good.size + 47 }, &image));
	CHECK_EQ(0, image.setup_type_max);
	put(file, good.size + 32 + 4, 4, 12);
	CHECK_OK(bzb_bzimage_parse((struct bzb_span){ file, good.size + 48 }, &image));
	CHECK_EQ(0, image.setup_type_max);
	put(file, good.size + 32 + 4, 4, 16);
	put(file, good.size + 32, 1, 'l');
	CHECK_OK(bzb_bzimage_parse((struct bzb_span){ file, good.size + 48 }, &image));
	CHECK_EQ(0, image.setup_type_max);
}

static void reads_what_it_wrote(void)
{
	struct bzb_bzimage_fields small = fields;
	unsigned char *file = test_alloc(0x3000);
	struct bzb_bzimage image;

	small.setup_size = 0x1000;
	small.pm_size = 0x2000;
	small.kernel_version = 0x800;
	small.payload_offset = 0x1000;
	small.payload_length = 0xffc;
	memset(file, 0, 0x3000);
	memcpy(file + 0x800, "1.2", 3);
	bzb_bzimage_write((void *)(file + 0x1f1), &small);
	image = parsed((struct bzb_span){ file, 0x3000 });
	CHECK_EQ(0x1000, image.setup_size);
	CHECK_EQ(0x2000, image.pm.size);
	CHECK_TEXT("1.2", image.kernel_version);
	CHECK(image.payload.data == file + 0x2000);
	CHECK_EQ(0xffc, image.payload.size);
	CHECK_BYTES(file + 0x1f1, &image.header, sizeof(image.header));
}

static const struct test tests[] = {
	{ "an image is read", reads_an_image },
	{ "a setup_sects of 0 means 4", setup_of_zero_sectors_has_four },
	{ "fields newer than the version are zero", fields_newer_than_the_version_are_zero },
	{ "fields beyond the header are zero", fields_beyond_the_header_are_zero },
	{ "later versions and longer headers are read", later_versions_are_read },
	{ "the kernel version may be missing", kernel_version_may_be_missing },
	{ "the kernel version lies in the file", kernel_version_lies_in_the_file },
	{ "defective images are refused", refuses_defects },
	{ "every truncated file is refused", refuses_truncated_files },
	{ "the fields that differ between images are at boot.rst's offsets",
	  writes_the_fields_of_the_image },
	{ "the fields common to all images have the values that loaders need",
	  writes_what_every_image_has },
	{ "the heap of the setup code ends below 64 KiB", heap_ends_below_64k },
	{ "missing entries are written as zero", entries_that_are_not_there_are_zero },
	{ "setup may have 64 sectors", setup_may_have_64_sectors },
	{ "kernel_info is read", reads_kernel_info },
	{ "what was written is read back", reads_what_it_wrote },
};

int main(void)
{
	return RUN_TESTS(tests);
}
