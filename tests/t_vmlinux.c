/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel in an ELF of any layout: bzboot/vmlinux.h */
#include "kernels.h"

TEST_PARSER(struct bzb_vmlinux, bzb_vmlinux_parse)

/* The table begins at an even address, and has only that field; the section's name is in the
 * text. */
static struct bzb_span vmlinux_with_relr(void)
{
	unsigned char *elf = make_vmlinux(3 * SHDR);

	put(elf, 0x28, 8, SHDRS);
	put(elf, 0x3c, 2, 3);
	put(elf, 0x3e, 2, 2);
	put_section(elf, 1, 19, 0, RELR_TABLE, 8, 0, 0);
	put_section(elf, 2, 3, 0, NAMES, 0x10, 0, 0);
	put(elf + TEXT_AT, RELR_TABLE, 8, LINKED + WIDE);
	memcpy(elf + TEXT_AT + NAMES, "\0.relr", 7);
	put(elf + SHDRS, SHDR, 4, 1);
	return (struct bzb_span){ elf, FILE_END + 3 * SHDR };
}

static struct bzb_span padded(struct bzb_span file)
{
	unsigned char *bytes = test_alloc(file.size + 100);

	memset(bytes, 0, file.size + 100);
	memcpy(bytes, file.data, file.size);
	return (struct bzb_span){ bytes, file.size + 100 };
}

static void finds_every_source(void)
{
	CHECK_EQ(BZB_VMLINUX_NONE, parsed(plain_vmlinux()).source);
	CHECK_EQ(BZB_VMLINUX_NONE, parsed(padded(plain_vmlinux())).source);
	CHECK_EQ(BZB_VMLINUX_SECTIONS, parsed(vmlinux_with_relr()).source);
	CHECK_EQ(BZB_VMLINUX_TABLE, parsed(vmlinux_with_table()).source);
	CHECK_EQ(BZB_VMLINUX_RELA, parsed(vmlinux_with_rela()).source);
	CHECK_EQ(BZB_VMLINUX_DYNAMIC, parsed(vmlinux_with_dynamic()).source);
}

static const struct defect defects[] = {
	{ "not an ELF", { { 0, 1, 'E' } }, BZB_ERR_BADMAGIC },
	{ "an alignment of no power of two", { { PHDRS + 48, 8, 0x3000 } }, BZB_ERR_BADSEGMENT },
	{ "an alignment of 2 GiB", { { PHDRS + 48, 8, 0x80000000 } }, BZB_ERR_BADSEGMENT },
	{ "a table of other words", { { FILE_END, 4, 1 } }, BZB_ERR_BADLISTS },
	{ "a field outside", { { FILE_END + 4, 4, 0x80000000 } }, BZB_ERR_BADRELOC },
};

static void refuses_invalid_kernels(void)
{
	check_defects(vmlinux_with_table(), defects, ARRAY_SIZE(defects), parse);
	CHECK_ERR(BZB_ERR_BADRELOC,
		  parse(CHANGED(vmlinux_with_relr(), { SHDRS + SHDR + 4, 4, 1 })));
	CHECK_ERR(BZB_ERR_BADLAYOUT,
		  parse(CHANGED(vmlinux_with_dynamic(), { PHDRS + PHDR + 16, 8, 0 })));
}

static void finds_the_alignment(void)
{
	const struct bzb_span file = plain_vmlinux();

	CHECK_EQ(0x200000, parsed(file).alignment);
	CHECK_EQ(0x1000000, parsed(CHANGED(file, { PHDRS + 48, 8, 0x1000000 })).alignment);
	CHECK_EQ(0x200000, parsed(CHANGED(file, { PHDRS + 48, 8, 0 })).alignment);
	/* Linux's per-CPU segment: aligned where it is linked, not where it is loaded */
	CHECK_EQ(0x200000, parsed(CHANGED(file, { PHDRS + PHDR + 48, 8, 0x1000000 },
					  { PHDRS + PHDR + 16, 8, 0 }))
				   .alignment);
}

/* --- other machines --- */

/* The magic number that Linux has there, at the start of its first segment */
static struct bzb_span with_magic(struct bzb_span file, uint32_t magic)
{
	return CHANGED(file, { TEXT_AT + 0x38, 4, magic });
}

static void finds_the_sources_of_other_machines(void)
{
	for (size_t i = 1; i < TEST_MACHINES; i++) {
		const struct change machine[] = { { 0x12, 2, test_machines[i].number }, { 0 } };
		const struct bzb_vmlinux rela = parsed(changed(vmlinux_with_rela(), machine));
		struct visited visited = { 0 };

		CHECK_EQ(BZB_VMLINUX_DYNAMIC, parsed(vmlinux_for(&test_machines[i])).source);
		CHECK_EQ(BZB_VMLINUX_SECTIONS,
			 parsed(changed(vmlinux_with_relr(), machine)).source);
		/* This is how Linux for x86-64 lists its fields. */
		CHECK_EQ(BZB_VMLINUX_NONE, parsed(changed(vmlinux_with_table(), machine)).source);
		/* So does no other linker: types 1, 2 and 10 mean something else. */
		CHECK_ERR(BZB_ERR_BADRELOC, bzb_vmlinux_walk(&rela, note_field, &visited));
	}
}

static void linux_of_other_machines_moves_itself(void)
{
	for (size_t i = 0; i < TEST_MACHINES; i++) {
		const struct test_machine *machine = &test_machines[i];
		struct bzb_vmlinux vmlinux =
			parsed(with_magic(vmlinux_for(machine), machine->magic));
		unsigned char memory[1];

		CHECK_EQ(machine->number != 62, bzb_vmlinux_is_image(&vmlinux.elf));
		if (machine->number == 62)
			continue;
		CHECK_EQ(BZB_VMLINUX_NONE, vmlinux.source);
		CHECK(!bzb_vmlinux_is_fixed(&vmlinux));
		CHECK_ERR(BZB_ERR_NOTFOUND, bzb_vmlinux_move(&vmlinux, memory, 0x200000));
		vmlinux = parsed(with_magic(vmlinux_for(machine), machine->magic + 1));
		CHECK(!bzb_vmlinux_is_image(&vmlinux.elf));
		/* The magic number of another machine, and one past the bytes of the file */
		vmlinux = parsed(with_magic(vmlinux_for(machine), test_machines[1 + i % 3].magic));
		CHECK(!bzb_vmlinux_is_image(&vmlinux.elf));
		vmlinux = parsed(CHANGED(with_magic(plain_vmlinux(), machine->magic),
					 { 0x12, 2, machine->number }, { PHDRS + 32, 8, 0x3b }));
		CHECK(!bzb_vmlinux_is_image(&vmlinux.elf));
	}
}

/* --- fixed kernels --- */

#define IDENTITY                                                               \
	{ PHDRS + 16, 8, LOAD_AT }, { PHDRS + PHDR + 16, 8, LOAD_AT + DATA_AT }

static bool is_fixed(struct bzb_span file)
{
	const struct bzb_vmlinux vmlinux = parsed(file);

	return bzb_vmlinux_is_fixed(&vmlinux);
}

static struct bzb_span with_text(const char *text)
{
	struct bzb_span file = plain_vmlinux();

	memcpy((unsigned char *)(uintptr_t)file.data + TEXT_AT + TEXT_SIZE - strlen(text), text,
	       strlen(text));
	return file;
}

/* A PT_NOTE with two notes: XEN_ELFNOTE_PHYS32_RELOC is the second one. */
static struct bzb_span with_note(uint32_t type, const char *owner)
{
	unsigned char *elf = make_vmlinux(0), *note = elf + TEXT_AT + 0x200;

	put(elf, 0x38, 2, 3);
	put_segment(elf, 2, 4, TEXT_AT + 0x200, 0x200, 0x2c, 0x2c);
	put(note, 0, 4, 3);
	put(note, 4, 4, 1);
	put(note, 8, 4, 1);
	put(note, 12, 8, 0);
	put(note, 20, 4, strlen(owner) + 1);
	put(note, 24, 4, 0);
	put(note, 28, 4, type);
	memcpy(note + 32, owner, strlen(owner) + 1);
	return (struct bzb_span){ elf, FILE_END };
}

static void knows_fixed_kernels(void)
{
	CHECK(is_fixed(plain_vmlinux()));
	CHECK(is_fixed(CHANGED(plain_vmlinux(), IDENTITY)));
	CHECK(!is_fixed(CHANGED(plain_vmlinux(), IDENTITY, { 0x10, 2, 3 })));
	CHECK(!is_fixed(vmlinux_with_table()));
	CHECK(!is_fixed(with_text("Linux version 6")));
	CHECK(is_fixed(with_text("Linux version %s")));
	CHECK(is_fixed(with_text("Linux version ")));
	CHECK(is_fixed(CHANGED(with_text("Linux version 6"), IDENTITY)));
	CHECK(!is_fixed(with_note(19, "Xen")));
	CHECK(is_fixed(with_note(18, "Xen")));
	CHECK(is_fixed(with_note(19, "Zen")));
	CHECK(is_fixed(with_note(19, "Xenon")));
	CHECK(is_fixed(CHANGED(with_note(19, "Xen"), { TEXT_AT + 0x204, 4, 0xffffffff })));
}

/* --- loading and moving --- */

static unsigned char *loaded(const struct bzb_vmlinux *vmlinux)
{
	unsigned char *memory = test_alloc(MEMORY_END);

	memset(memory, 0xa5, MEMORY_END);
	CHECK_OK(bzb_vmlinux_load(vmlinux, memory));
	return memory;
}

static void segments_arrive(void)
{
	const struct bzb_span file = plain_vmlinux();
	const struct bzb_vmlinux vmlinux = parsed(file);
	unsigned char *memory = loaded(&vmlinux);

	CHECK_BYTES(file.data + TEXT_AT, memory, TEXT_SIZE);
	CHECK(test_only(memory + TEXT_SIZE, 0, DATA_AT - TEXT_SIZE));
	CHECK_BYTES(file.data + DATA, memory + DATA_AT, DATA_SIZE);
	CHECK(test_only(memory + DATA_AT + DATA_SIZE, 0, MEMORY_END - DATA_AT - DATA_SIZE));
}

/* Both segments have the same bytes in the file. */
static void segments_may_share_bytes(void)
{
	const struct bzb_vmlinux vmlinux =
		parsed(CHANGED(plain_vmlinux(), { PHDRS + PHDR + 8, 8, TEXT_AT }));
	unsigned char *memory = loaded(&vmlinux);

	CHECK_BYTES(memory, memory + DATA_AT, DATA_SIZE);
	check_fields_at(memory, 0);
}

static void values_of_pt_dynamic_arrive(void)
{
	const struct bzb_vmlinux vmlinux = parsed(vmlinux_with_dynamic());
	const struct bzb_vmlinux broken =
		parsed(CHANGED(vmlinux_with_dynamic(), { TEXT_AT + RELA_TABLE, 8, 0 }));
	unsigned char *memory = loaded(&vmlinux);

	CHECK_EQ(LINKED + 0x30, get(memory, RELATIVE, 8));
	CHECK_ERR(BZB_ERR_BADRELOC, bzb_vmlinux_load(&broken, memory));
}

static void check_moved(struct bzb_span file, uint64_t slide)
{
	const struct bzb_vmlinux vmlinux = parsed(file);
	unsigned char *memory = loaded(&vmlinux);

	CHECK_OK(bzb_vmlinux_move(&vmlinux, memory, slide));
	check_fields_at(memory, slide);
}

static void moves_by_tables_of_all_fields(void)
{
	check_moved(vmlinux_with_table(), 0);
	check_moved(vmlinux_with_table(), 0x2000000);
	check_moved(unaligned(vmlinux_with_table()), 0x2000000);
	check_moved(vmlinux_with_rela(), 0x2000000);
	check_moved(unaligned(vmlinux_with_rela()), 0x2000000);
}

/* They have no 32-bit fields. */
static void moves_by_tables_of_wide_fields(void)
{
	const struct bzb_vmlinux dynamic = parsed(unaligned(vmlinux_with_dynamic())),
				 relr = parsed(vmlinux_with_relr());
	unsigned char *memory = loaded(&dynamic);

	CHECK_OK(bzb_vmlinux_move(&dynamic, memory, 0x2000000));
	CHECK_EQ(LINKED + 0x2234560, get(memory, WIDE, 8));
	CHECK_EQ(LINKED + 0x2000030, get(memory, RELATIVE, 8));
	CHECK_EQ(5, get(memory, BY_WEAK, 8));
	memory = loaded(&relr);
	CHECK_OK(bzb_vmlinux_move(&relr, memory, 0x2000000));
	CHECK_EQ(LINKED + 0x2234560, get(memory, WIDE, 8));
}

static void visits_fields(void)
{
	const struct bzb_span rela = vmlinux_with_rela();
	struct bzb_vmlinux vmlinux = parsed(vmlinux_with_table());
	struct visited visited = { 0 };
	unsigned char memory[1];

	CHECK_OK(bzb_vmlinux_walk(&vmlinux, note_field, &visited));
	CHECK_EQ(3, visited.count);
	check_visited(&visited, 0, BZB_RELOC_64, WIDE);
	check_visited(&visited, 1, BZB_RELOC_32_INVERSE, INVERSE);
	check_visited(&visited, 2, BZB_RELOC_32, HALF);
	CHECK_RETURN(77, bzb_vmlinux_walk(&vmlinux, stop_at_once, NULL));

	vmlinux = parsed(plain_vmlinux());
	CHECK_OK(bzb_vmlinux_walk(&vmlinux, stop_at_once, NULL));
	CHECK_ERR(BZB_ERR_NOTFOUND, bzb_vmlinux_move(&vmlinux, memory, 0x200000));

	vmlinux = parsed(CHANGED(rela, { TEXT_AT + RELA_TABLE + 8, 4, 99 }));
	CHECK_ERR(BZB_ERR_BADRELOC, bzb_vmlinux_walk(&vmlinux, note_field, &visited));
	CHECK_ERR(BZB_ERR_BADRELOC, bzb_vmlinux_move(&vmlinux, memory, 0x200000));
}

static void finds_sections_anywhere(void)
{
	const struct bzb_elf elf = elf_of(vmlinux_with_relr()), none = elf_of(plain_vmlinux());
	struct bzb_relocs relocs;

	CHECK_OK(bzb_relocs_find_in_file(&elf, &relocs));
	CHECK_EQ(8, relocs.relr.size);
	CHECK_EQ(LINKED, relocs.base);
	CHECK_ERR(BZB_ERR_NOTFOUND, WATCHED(&relocs, bzb_relocs_find_in_file(&none, &relocs)));
}

static const struct test tests[] = {
	{ "every source of relocations is found", finds_every_source },
	{ "invalid kernels are refused", refuses_invalid_kernels },
	{ "a kernel has the alignment of its segments", finds_the_alignment },
	{ "a kernel for another machine has sections or PT_DYNAMIC",
	  finds_the_sources_of_other_machines },
	{ "Linux for another machine moves itself", linux_of_other_machines_moves_itself },
	{ "fixed kernels are known", knows_fixed_kernels },
	{ "segments are copied to p_paddr, the rest is cleared", segments_arrive },
	{ "segments may share bytes of the file", segments_may_share_bytes },
	{ "fields get the values of PT_DYNAMIC", values_of_pt_dynamic_arrive },
	{ "a kernel moves by its own table, and by that of a linker",
	  moves_by_tables_of_all_fields },
	{ "a kernel moves by PT_DYNAMIC, and by RELR", moves_by_tables_of_wide_fields },
	{ "fields are visited", visits_fields },
	{ "sections of relocations may be anywhere in the file", finds_sections_anywhere },
};

int main(void)
{
	return RUN_TESTS(tests);
}
