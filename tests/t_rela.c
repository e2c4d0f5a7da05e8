/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a linker's --emit-relocs: bzboot/rela.h */
#include "kernels.h"

static int walk(struct bzb_span file)
{
	const struct bzb_elf elf = elf_of(file);
	struct visited visited = { 0 };

	return RETURNED(bzb_rela_walk(&elf, note_field, &visited));
}

static void visits_what_moves(void)
{
	const struct bzb_elf elf = elf_of(vmlinux_with_rela());
	struct visited visited = { 0 };

	CHECK_OK(bzb_rela_walk(&elf, note_field, &visited));
	CHECK_EQ(3, visited.count);
	check_visited(&visited, 0, BZB_RELOC_64, WIDE);
	check_visited(&visited, 1, BZB_RELOC_32, HALF);
	check_visited(&visited, 2, BZB_RELOC_32_INVERSE, INVERSE);
	CHECK_RETURN(77, bzb_rela_walk(&elf, stop_at_once, NULL));
}

enum {
	FIRST = TEXT_AT + RELA_TABLE, /* the first relocation */
	GOT_RELOC = FIRST + 6 * 24,
	RELA_SHDR = SHDRS + 4 * SHDR,
	SYMBOLS_SHDR = SHDRS + 2 * SHDR,
	FILE_SIZE = SHDRS + SECTION_COUNT * SHDR,
};

/* A relocation of type GOTPCRELX, whose field has these bytes and 2 before it */
static struct visited through_got(uint32_t symbol, uint16_t before, uint32_t value)
{
	const struct bzb_elf elf =
		elf_of(CHANGED(vmlinux_with_rela(), { GOT_RELOC + 12, 4, symbol },
			       { GOT_RELOC + 16, 8, (uint64_t)-4 },
			       { TEXT_AT + RELAXED - 2, 2, before },
			       { TEXT_AT + RELAXED, 4, value }));
	struct visited visited = { 0 };

	CHECK_OK(bzb_rela_walk(&elf, note_field, &visited));
	return visited;
}

/* "jmp" to a distance from the load address: e9, and the low byte of the distance */
#define JUMP(target) (0xe9 | (((target) - RELAXED - 3) & 0xff) << 8)
#define REST_OF_JUMP(target) (((target) - RELAXED - 3) >> 8)

/* A distance stays, unless its target does; an immediate moves. */
static void relaxed_fields_are_what_they_hold(void)
{
	struct visited visited = through_got(INSIDE, 0x90, 0x800 - RELAXED - 4);

	CHECK_EQ(3, visited.count);
	visited = through_got(INSIDE, JUMP(0x800), REST_OF_JUMP(0x800));
	CHECK_EQ(3, visited.count);
	visited = through_got(ABSOLUTE, JUMP(0x900), REST_OF_JUMP(0x900));
	CHECK_EQ(4, visited.count);
	check_visited(&visited, 3, BZB_RELOC_32_INVERSE, RELAXED - 1);
	visited = through_got(INSIDE, 0x90, 0x81000800);
	CHECK_EQ(4, visited.count);
	check_visited(&visited, 3, BZB_RELOC_32, RELAXED);
}

static const struct defect defects[] = {
	{ "no section", { { RELA_SHDR + 4, 4, 1 } }, BZB_ERR_NOTFOUND },
	{ "for a section that is not loaded", { { SHDRS + SHDR + 8, 8, 0 } }, BZB_ERR_NOTFOUND },
	{ "that is loaded", { { RELA_SHDR + 8, 8, 2 } }, BZB_ERR_NOTFOUND },
	{ "for no section", { { RELA_SHDR + 44, 4, 0 } }, BZB_ERR_NOTFOUND },
	{ "for a section past the end",
	  { { RELA_SHDR + 44, 4, SECTION_COUNT } },
	  BZB_ERR_NOTFOUND },
	{ "an ET_DYN", { { 0x10, 2, 3 } }, BZB_ERR_NOTFOUND },
	{ "symbols past the end", { { RELA_SHDR + 40, 4, SECTION_COUNT } }, BZB_ERR_BADRELOC },
	{ "names past the end", { { SYMBOLS_SHDR + 40, 4, SECTION_COUNT } }, BZB_ERR_BADRELOC },
	{ "an unknown type", { { FIRST + 8, 4, 3 } }, BZB_ERR_BADRELOC },
	{ "no such symbol", { { FIRST + 12, 4, SYMBOL_COUNT } }, BZB_ERR_BADRELOC },
	{ "a field outside", { { FIRST, 8, LINKED + TEXT_SIZE - 3 } }, BZB_ERR_BADRELOC },
	{ "a wide field that does not fit",
	  { { FIRST, 8, LINKED + TEXT_SIZE - 7 } },
	  BZB_ERR_BADRELOC },
	{ "a field in bss", { { SHDRS + SHDR + 4, 4, 8 } }, BZB_ERR_BADRELOC },
	{ "a wide distance to what does not move",
	  { { FIRST + 5 * 24 + 12, 4, ABSOLUTE } },
	  BZB_ERR_BADRELOC },
	{ "not relaxed", { { GOT_RELOC + 12, 4, INSIDE } }, BZB_ERR_BADRELOC },
	{ "a slot of the GOT", { { TEXT_AT + GOT + 24, 8, LINKED } }, BZB_ERR_BADRELOC },
};

static void refuses_what_cannot_move(void)
{
	check_defects(vmlinux_with_rela(), defects, ARRAY_SIZE(defects), walk);
}

/* Zeros of the file as a section of relocations, all of them R_X86_64_NONE */
#define ZEROS(number)                                                          \
	{ SHDRS + (number) * SHDR + 4, 4, 4 }, { SHDRS + (number) * SHDR + 8, 8, 0 },            \
		{ SHDRS + (number) * SHDR + 24, 8, DATA + DATA_SIZE },                           \
		{ SHDRS + (number) * SHDR + 32, 8, TEXT_AT - DATA - DATA_SIZE },                 \
		{ SHDRS + (number) * SHDR + 40, 4, 2 }, { SHDRS + (number) * SHDR + 44, 4, 1 }

/* They are read as long as they may lie next to each other in the file. */
static void sections_that_share_bytes_are_refused(void)
{
	const struct bzb_span file = vmlinux_with_rela();

	CHECK_EQ(0, walk(CHANGED(file, ZEROS(4), ZEROS(5))));
	CHECK_EQ(-BZB_ERR_BADRELOC, walk(CHANGED(file, ZEROS(4), ZEROS(5), ZEROS(6))));
}

struct judged {
	size_t fields, findings;
	struct bzb_rela_verdict finding; /* the last one */
};

static int note_verdict(void *context, const struct bzb_rela_verdict *verdict)
{
	struct judged *judged = context;

	if (!verdict->finding) {
		judged->fields++;
		return 0;
	}
	judged->findings++;
	judged->finding = *verdict;
	return 0;
}

static int stop_at_verdict(void *context, const struct bzb_rela_verdict *verdict)
{
	(void)context;
	(void)verdict;
	return 77;
}

/* A kernel with one finding. */
static const struct {
	struct change changes[9];
	enum bzb_rela_finding finding;
	size_t fields; /* that move in spite of it */
	uint64_t offset;
} findings[] = {
	{ { { FIRST + 8, 4, 3 } }, BZB_RELA_UNKNOWN_TYPE, 2, WIDE },
	{ { { FIRST + 12, 4, SYMBOL_COUNT } }, BZB_RELA_NO_SYMBOL, 2, WIDE },
	{ { { FIRST, 8, LINKED + TEXT_SIZE - 3 } }, BZB_RELA_OUTSIDE, 2, TEXT_SIZE - 3 },
	{ { { FIRST + 5 * 24 + 12, 4, ABSOLUTE } }, BZB_RELA_FIXED_TARGET, 3, 0x40 },
	{ { { GOT_RELOC + 12, 4, INSIDE } }, BZB_RELA_NOT_RELAXED, 3, RELAXED },
	{ { { TEXT_AT + GOT + 24, 8, LINKED + 1 } }, BZB_RELA_SLOT, 3, GOT + 24 },
	{ { { RELA_SHDR + 40, 4, SECTION_COUNT } }, BZB_RELA_NO_TABLE, 0, 0 },
	{ { ZEROS(5), { SHDRS + 5 * SHDR + 24, 8, 0 }, { SHDRS + 5 * SHDR + 32, 8, FILE_SIZE } },
	  BZB_RELA_SHARED,
	  3,
	  0 },
};

/* All are judged, whatever is found. */
static void judges_each_relocation(void)
{
	struct bzb_elf elf = elf_of(plain_vmlinux());

	CHECK_ERR(BZB_ERR_NOTFOUND, bzb_rela_judge(&elf, stop_at_verdict, NULL));
	elf = elf_of(vmlinux_with_rela());
	CHECK_RETURN(77, bzb_rela_judge(&elf, stop_at_verdict, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
		struct judged judged = { 0 };

		elf = elf_of(changed(vmlinux_with_rela(), findings[i].changes));
		CHECK_OK(bzb_rela_judge(&elf, note_verdict, &judged));
		CHECK_EQ(1, judged.findings);
		CHECK_EQ(findings[i].finding, judged.finding.finding);
		CHECK_EQ(findings[i].offset, judged.finding.offset);
		CHECK_EQ(findings[i].finding == BZB_RELA_SLOT ? LINKED + 1 : 0,
			 judged.finding.value);
		CHECK_EQ(findings[i].fields, judged.fields);
	}
}

/* Notes are left out. */
static void leaves_notes_out(void)
{
	struct bzb_elf elf = elf_of(CHANGED(vmlinux_with_rela(), { SHDRS + SHDR + 4, 4, 7 }));
	struct visited visited = { 0 };

	CHECK_OK(bzb_rela_walk(&elf, note_field, &visited));
	CHECK_EQ(0, visited.count);
}

static const struct test tests[] = {
	{ "fields that move are visited", visits_what_moves },
	{ "relaxed fields are what they hold", relaxed_fields_are_what_they_hold },
	{ "what cannot be moved is refused", refuses_what_cannot_move },
	{ "sections that share their bytes are refused", sections_that_share_bytes_are_refused },
	{ "each relocation is judged, with the finding", judges_each_relocation },
	{ "notes do not move", leaves_notes_out },
};

int main(void)
{
	return RUN_TESTS(tests);
}
