/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubs.h"

#include <bzboot/elf.h>

/*
 * .setup begins after the page of headers, so there is a second page. The upper end is what
 * loaders take that put the setup sectors and their own stack into one segment (kvmtool, iPXE);
 * Linux has never used more either.
 */
#define SETUP_SIZE_MIN (2 * BZB_PAGE_SIZE)
#define SETUP_SIZE_MAX (5 * BZB_PAGE_SIZE)

enum { SETUP, TEXT, DATA, SEGMENTS };

/* stubs.S has two for each codec. */
#define STUBS(X)           \
	X(BZB_CODEC_ZSTD, zstd) \
	X(BZB_CODEC_XZ, xz)     \
	X(BZB_CODEC_LZMA, lzma) \
	X(BZB_CODEC_GZIP, gzip) \
	X(BZB_CODEC_LZ4, lz4)   \
	X(BZB_CODEC_NONE, none)

#define DECLARE(codec, name)                                                 \
	extern const unsigned char stub_##name##_start[], stub_##name##_end[]; \
	extern const unsigned char stub_uki_##name##_start[], stub_uki_##name##_end[];
STUBS(DECLARE)

struct embedded_stub {
	enum bzb_codec codec;
	bool is_uki;
	const unsigned char *start, *end;
};

#define ROWS(codec, name)                                     \
	{ codec, false, stub_##name##_start, stub_##name##_end }, \
		{ codec, true, stub_uki_##name##_start, stub_uki_##name##_end },
static const struct embedded_stub embedded[] = { STUBS(ROWS) };

int stub_embedded(enum bzb_codec codec, bool is_uki, struct bzb_span *ret, struct why *why)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(embedded); i++) {
		const struct embedded_stub *stub = &embedded[i];

		if (stub->codec == codec && stub->is_uki == is_uki) {
			*ret = (struct bzb_span){ stub->start, (size_t)(stub->end - stub->start) };
			return 0;
		}
	}
	return explain(why, "there is none for %s", bzb_codec_name(codec));
}

static int not_a_stub(struct why *why, const char *what)
{
	return explain(why, "not a bzboot stub: %s", what);
}

static int find_segments(const struct bzb_elf *elf, struct bzb_elf_segment found[SEGMENTS],
			 struct why *why)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(elf, i);

		if (segment.type != BZB_PT_LOAD)
			continue;
		if (count == SEGMENTS)
			return not_a_stub(why, "more than three PT_LOADs");
		if (segment.vaddr != segment.paddr || segment.vaddr > INT32_MAX)
			return not_a_stub(why, "a PT_LOAD whose address is not its file offset");
		if (segment.filesz != segment.memsz)
			return not_a_stub(why, "a PT_LOAD with bss");
		found[count++] = segment;
	}
	return count == SEGMENTS ? 0 : not_a_stub(why, "fewer than three PT_LOADs");
}

static bool is_page_aligned(uint64_t value)
{
	return value % BZB_PAGE_SIZE == 0;
}

/* The parts of an image tile it: each begins where the one before it ends, on a page. */
static int check_segments(const struct bzb_elf *elf, const struct bzb_elf_segment *segment,
			  struct why *why)
{
	const struct bzb_elf_segment *setup = &segment[SETUP], *text = &segment[TEXT],
				     *data = &segment[DATA];

	if (setup->flags != BZB_PF_R || text->flags != (BZB_PF_R | BZB_PF_X) ||
	    data->flags != (BZB_PF_R | BZB_PF_W))
		return not_a_stub(why, "PT_LOADs are not R, R X, R W");
	if (setup->vaddr != BZB_SETUP_CODE_OFFSET)
		return not_a_stub(why, "setup code not after the setup header");
	if (!is_page_aligned(text->vaddr) || text->vaddr < SETUP_SIZE_MIN ||
	    text->vaddr > SETUP_SIZE_MAX)
		return not_a_stub(why, ".text not on page 2 to 5");
	if (data->vaddr != bzb_align_up(text->vaddr + text->filesz, BZB_PAGE_SIZE))
		return not_a_stub(why, ".data not on the page after .text");
	if (elf->entry < text->vaddr || elf->entry - text->vaddr >= text->filesz)
		return not_a_stub(why, "entry point not in .text");
	return 0;
}

static struct bzb_span segment_bytes(const struct bzb_elf *elf,
				     const struct bzb_elf_segment *segment)
{
	return (struct bzb_span){ elf->file.data + segment->offset, (size_t)segment->filesz };
}

int stub_parse(struct bzb_span file, struct stub *ret, struct why *why)
{
	struct bzb_elf_segment segment[SEGMENTS];
	struct bzb_elf elf;
	struct stub stub;
	int err = bzb_elf_parse(file, &elf);

	if (err)
		return not_a_stub(why, bzb_strerror(err));
	if (find_segments(&elf, segment, why) || check_segments(&elf, segment, why))
		return -1;
	stub.setup_code = segment_bytes(&elf, &segment[SETUP]);
	stub.text = segment_bytes(&elf, &segment[TEXT]);
	stub.data = segment_bytes(&elf, &segment[DATA]);
	stub.text_offset = (uint32_t)segment[TEXT].vaddr;
	stub.data_offset = (uint32_t)segment[DATA].vaddr;
	stub.entry = (uint32_t)elf.entry;
	err = bzb_manifest_parse_blank(stub.data, &stub.info);
	if (err)
		return explain(why, "not a bzboot stub: manifest: %s", bzb_strerror(err));
	*ret = stub;
	return 0;
}
