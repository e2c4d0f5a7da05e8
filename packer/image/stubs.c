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

/* stubs.S has up to four for each codec, of each machine that the build has made them for. */
#define CODECS(X, machine)                        \
	X(machine, BZB_CODEC_ZSTD, zstd) \
	X(machine, BZB_CODEC_XZ, xz)     \
	X(machine, BZB_CODEC_LZMA, lzma) \
	X(machine, BZB_CODEC_GZIP, gzip) \
	X(machine, BZB_CODEC_LZ4, lz4)   \
	X(machine, BZB_CODEC_NONE, none)

#define DECLARE_ONE(name) \
	extern const unsigned char name##_start[] __attribute__((weak)), name##_end[] __attribute__((weak));
#define DECLARE(machine, codec, name)               \
	DECLARE_ONE(stub_##machine##_##name)         \
	DECLARE_ONE(stub_##machine##_uki_##name)     \
	DECLARE_ONE(stub_##machine##_shuffle_##name) \
	DECLARE_ONE(stub_##machine##_uki_shuffle_##name)
CODECS(DECLARE, x86_64)
CODECS(DECLARE, arm64)
CODECS(DECLARE, riscv64)
CODECS(DECLARE, loong64)

/* @start is NULL if it is not in this program. */
struct embedded_stub {
	const unsigned char *start, *end;
};

#define ONE(name) { name##_start, name##_end }
#define ROW(machine, codec, name)                        \
	[codec] = {                                      \
		[STUB_PLAIN] = ONE(stub_##machine##_##name), \
		[STUB_UKI] = ONE(stub_##machine##_uki_##name), \
		[STUB_SHUFFLE] = ONE(stub_##machine##_shuffle_##name), \
		[STUB_UKI | STUB_SHUFFLE] = ONE(stub_##machine##_uki_shuffle_##name), \
	},
static const struct embedded_stub embedded[BZB_MACHINE_COUNT][BZB_CODEC_COUNT][STUB_KINDS] = {
	[BZB_MACHINE_X86_64] = { CODECS(ROW, x86_64) },
	[BZB_MACHINE_ARM64] = { CODECS(ROW, arm64) },
	[BZB_MACHINE_RISCV64] = { CODECS(ROW, riscv64) },
	[BZB_MACHINE_LOONG64] = { CODECS(ROW, loong64) },
};

bool stub_has_machine(enum bzb_machine machine)
{
	return embedded[machine][BZB_CODEC_NONE][STUB_PLAIN].start;
}

int stub_embedded(enum bzb_machine machine, enum bzb_codec codec, unsigned int kind,
		  struct bzb_span *ret, struct why *why)
{
	const struct embedded_stub *stub = &embedded[machine][codec][kind];

	if (!stub_has_machine(machine))
		return explain(why, "this bzboot has none for %s: build it with STUBS=%s",
			       bzb_machine_name(machine), bzb_machine_name(machine));
	if (!stub->start)
		return explain(why, "there is none for %s", bzb_codec_name(codec));
	*ret = (struct bzb_span){ stub->start, (size_t)(stub->end - stub->start) };
	return 0;
}

static int not_a_stub(struct why *why, const char *what)
{
	return explain(why, "not a bzboot stub: %s", what);
}

/* Only x86-64 has setup code, at the start. */
static int find_segments(const struct bzb_elf *elf, enum bzb_machine machine,
			 struct bzb_elf_segment found[SEGMENTS], struct why *why)
{
	unsigned int count = machine == BZB_MACHINE_X86_64 ? SETUP : TEXT;

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(elf, i);

		if (segment.type != BZB_PT_LOAD)
			continue;
		if (count == SEGMENTS)
			return not_a_stub(why, "too many PT_LOADs");
		if (segment.vaddr != segment.paddr || segment.vaddr > INT32_MAX)
			return not_a_stub(why, "a PT_LOAD whose address is not its file offset");
		if (segment.filesz != segment.memsz)
			return not_a_stub(why, "a PT_LOAD with bss");
		found[count++] = segment;
	}
	return count == SEGMENTS ? 0 : not_a_stub(why, "too few PT_LOADs");
}

static bool is_page_aligned(uint64_t value)
{
	return value % BZB_PAGE_SIZE == 0;
}

static int check_setup(const struct bzb_elf_segment *segment, struct why *why)
{
	const struct bzb_elf_segment *setup = &segment[SETUP], *text = &segment[TEXT];

	if (setup->flags != BZB_PF_R)
		return not_a_stub(why, "the first PT_LOAD is not R");
	if (setup->vaddr != BZB_SETUP_CODE_OFFSET)
		return not_a_stub(why, "setup code not after the setup header");
	if (!is_page_aligned(text->vaddr) || text->vaddr < SETUP_SIZE_MIN ||
	    text->vaddr > SETUP_SIZE_MAX)
		return not_a_stub(why, ".text not on page 2 to 5");
	return 0;
}

/* Without setup code, the headers are before .text. */
static int check_text(const struct bzb_elf_segment *segment, struct why *why)
{
	return segment[TEXT].vaddr == BZB_PAGE_SIZE ? 0 : not_a_stub(why, ".text not on page 1");
}

/* The parts of an image tile it: each begins where the one before it ends, on a page. */
static int check_segments(const struct bzb_elf *elf, const struct bzb_elf_segment *segment,
			  struct why *why)
{
	const struct bzb_elf_segment *text = &segment[TEXT], *data = &segment[DATA];

	if (text->flags != (BZB_PF_R | BZB_PF_X) || data->flags != (BZB_PF_R | BZB_PF_W))
		return not_a_stub(why, "PT_LOADs are not R X, R W");
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
	struct bzb_elf_segment segment[SEGMENTS] = { 0 };
	struct bzb_elf elf;
	struct stub stub;
	int err = bzb_elf_parse(file, &elf);

	if (err)
		return not_a_stub(why, bzb_strerror(err));
	err = bzb_elf_machine(&elf, &stub.machine);
	if (err)
		return not_a_stub(why, bzb_strerror(err));
	if (find_segments(&elf, stub.machine, segment, why) ||
	    (stub.machine == BZB_MACHINE_X86_64 ? check_setup(segment, why) :
						  check_text(segment, why)) ||
	    check_segments(&elf, segment, why))
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
