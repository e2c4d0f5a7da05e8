/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels in ELF: bzboot/elf.h. Offsets are those of the gABI. */
#include "test.h"

/* Offsets in elf_linux of images.S. */
#define PHDR(n) (0x40u + 0x38u * (n))
#define NOTE PHDR(0)
#define LOAD(n) PHDR((n) + 1)
#define SHDR(n) (0x2c0u + 0x40u * (n))

enum {
	E_TYPE = 0x10,
	E_MACHINE = 0x12,
	E_VERSION = 0x14,
	E_ENTRY = 0x18,
	E_PHOFF = 0x20,
	E_SHOFF = 0x28,
	E_PHENTSIZE = 0x36,
	E_PHNUM = 0x38,
	E_SHENTSIZE = 0x3a,
	E_SHNUM = 0x3c,
	E_SHSTRNDX = 0x3e,
	P_TYPE = 0x00,
	P_OFFSET = 0x08,
	P_VADDR = 0x10,
	P_PADDR = 0x18,
	P_FILESZ = 0x20,
	P_MEMSZ = 0x28,
	SH_NAME = 0x00,
	SH_TYPE = 0x04,
	SH_FLAGS = 0x08,
	SH_OFFSET = 0x18,
	SH_SIZE = 0x20,
	SH_LINK = 0x28,
	SH_INFO = 0x2c,
};

static int parse(struct bzb_span file)
{
	struct bzb_elf elf;
	int err = WATCHED(&elf, bzb_elf_parse(file, &elf));

	if (!err)
		CHECK(elf.end <= file.size);
	return err;
}

static struct bzb_elf parsed(struct bzb_span file)
{
	struct bzb_elf elf;

	CHECK_OK(bzb_elf_parse(file, &elf));
	return elf;
}

static void check_linux(struct bzb_span file)
{
	struct bzb_elf elf = parsed(file);

	CHECK(elf.file.data == file.data && elf.file.size == file.size);
	CHECK_EQ(BZB_ET_EXEC, elf.type);
	CHECK_EQ(0x1000010, elf.entry);
	CHECK_EQ(0x40, elf.phoff);
	CHECK_EQ(0x2c0, elf.shoff);
	CHECK_EQ(4, elf.phnum);
	CHECK_EQ(5, elf.shnum);
	CHECK_EQ(3, elf.shstrndx);
	CHECK_EQ(0x1000000, elf.load_address);
	CHECK_EQ(0xffffffff81000000, elf.virtual_address);
	CHECK_EQ(0x3000, elf.memory_size);
	CHECK_EQ(0x10, elf.entry_offset);
	CHECK_EQ(0x400, elf.end);
}

/* Section header 0 has the numbers that do not fit in the ELF header. */
static void reads_extended_numbers(void)
{
	struct bzb_span good = IMAGE(elf_linux);

	check_linux(CHANGED(good, { E_SHNUM, 2, 0 }, { SHDR(0) + SH_SIZE, 8, 5 }));
	check_linux(CHANGED(good, { E_PHNUM, 2, 0xffff }, { SHDR(0) + SH_INFO, 4, 4 }));
	check_linux(CHANGED(good, { E_SHSTRNDX, 2, 0xffff }, { SHDR(0) + SH_LINK, 4, 3 }));
	check_linux(CHANGED(good, { E_SHNUM, 2, 0 }, { SHDR(0) + SH_SIZE, 8, 5 },
			    { E_PHNUM, 2, 0xffff }, { SHDR(0) + SH_INFO, 4, 4 },
			    { E_SHSTRNDX, 2, 0xffff }, { SHDR(0) + SH_LINK, 4, 3 }));
	/* not used if they fit */
	check_linux(CHANGED(good, { SHDR(0) + SH_SIZE, 8, 1 }, { SHDR(0) + SH_INFO, 4, 1 },
			    { SHDR(0) + SH_LINK, 4, 1 }));
}

static void reads_a_linux_kernel(void)
{
	check_linux(exact(IMAGE(elf_linux)));
	check_linux(unaligned(IMAGE(elf_linux)));
}

static void takes_position_independent_kernels(void)
{
	struct bzb_elf elf = parsed(CHANGED(IMAGE(elf_linux), { E_TYPE, 2, 3 }));

	CHECK_EQ(BZB_ET_DYN, elf.type);
}

static void sections_are_not_required(void)
{
	struct bzb_span none = CHANGED(IMAGE(elf_linux), { E_SHOFF, 8, 0 }, { E_SHENTSIZE, 2, 0 },
				       { E_SHNUM, 4, 0 });
	struct bzb_elf elf = parsed(none);
	struct bzb_elf_section section;

	CHECK_EQ(0, elf.shnum);
	CHECK_EQ(0x270, elf.end);
	CHECK_ERR(BZB_ERR_NOTFOUND,
		  WATCHED(&section, bzb_elf_find_section(&elf, ".text", &section)));
}

static void sections_that_are_not_loaded_may_be_missing(void)
{
	const struct bzb_span file = CHANGED(IMAGE(elf_linux), { SHDR(4) + SH_OFFSET, 8, 0x400 },
					     { SHDR(4) + SH_SIZE, 8, UINT64_MAX });
	const struct bzb_span loaded = CHANGED(file, { SHDR(4) + SH_FLAGS, 8, 4 });
	const struct bzb_span partly = CHANGED(loaded, { SHDR(4) + SH_OFFSET, 8, 0x3ff });
	struct bzb_elf elf;

	CHECK_OK(bzb_elf_parse_loaded(loaded, &elf));
	CHECK_EQ(0x400, elf.end);
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&elf, bzb_elf_parse(loaded, &elf)));
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&elf, bzb_elf_parse_loaded(file, &elf)));
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&elf, bzb_elf_parse_loaded(partly, &elf)));
}

static void end_ignores_what_follows(void)
{
	unsigned char *more = test_alloc(0x500);

	memset(more, 0xee, 0x500);
	memcpy(more, IMAGE(elf_linux).data, 0x400);
	CHECK_EQ(0x400, parsed((struct bzb_span){ more, 0x500 }).end);
}

/* The last bytes are those of the section header table, of a section, and of a segment. */
static void end_is_after_the_last_byte(void)
{
	struct bzb_span good = IMAGE(elf_linux);

	CHECK_EQ(0x380, parsed(CHANGED(good, { E_SHNUM, 2, 3 }, { E_SHSTRNDX, 2, 0 })).end);
	CHECK_EQ(0x3f8,
		 parsed(CHANGED(good, { E_SHNUM, 2, 3 }, { E_SHSTRNDX, 2, 0 },
				{ SHDR(1) + SH_OFFSET, 8, 0x3f0 }, { SHDR(1) + SH_SIZE, 8, 8 }))
			 .end);
	CHECK_EQ(0x3fc, parsed(CHANGED(good, { E_SHNUM, 4, 0 }, { E_SHOFF, 8, 0 },
				       { LOAD(2) + P_OFFSET, 8, 0x3dc }))
				.end);
}

static void entry_may_be_virtual(void)
{
	struct bzb_elf elf = parsed(CHANGED(IMAGE(elf_linux), { E_ENTRY, 8, 0xffffffff81002018 }));

	CHECK_EQ(0xffffffff81002018, elf.entry);
	CHECK_EQ(0x2018, elf.entry_offset);
}

/* The virtual address of segment 1 is the physical one of segment 0. */
static void entry_is_physical_first(void)
{
	struct bzb_elf elf = parsed(CHANGED(IMAGE(elf_linux), { LOAD(1) + P_VADDR, 8, 0x1000000 }));

	CHECK_EQ(0x10, elf.entry_offset);
}

static void entry_in_the_outermost_bytes(void)
{
	CHECK_EQ(0, parsed(CHANGED(IMAGE(elf_linux), { E_ENTRY, 8, 0x1000000 })).entry_offset);
	CHECK_EQ(0x3f, parsed(CHANGED(IMAGE(elf_linux), { E_ENTRY, 8, 0x100003f })).entry_offset);
	CHECK_EQ(0x2000, parsed(CHANGED(IMAGE(elf_linux), { E_ENTRY, 8, 0xffffffff81002000 }))
				 .entry_offset);
	CHECK_EQ(0x2fff, parsed(CHANGED(IMAGE(elf_linux), { E_ENTRY, 8, 0xffffffff81002fff }))
				 .entry_offset);
}

static void adjacent_segments_do_not_overlap(void)
{
	struct bzb_elf elf = parsed(CHANGED(IMAGE(elf_linux), { LOAD(0) + P_MEMSZ, 8, 0x1000 },
					    { LOAD(1) + P_MEMSZ, 8, 0x1000 }));

	CHECK_EQ(0x3000, elf.memory_size);
}

static const struct defect not_our_elf[] = {
	{ "elf_magic_missing", { { 0, 1, 0 } }, BZB_ERR_BADMAGIC },
	{ "elf_magic_last_byte", { { 3, 1, 'f' } }, BZB_ERR_BADMAGIC },
	{ "elf_class_32", { { 4, 1, 1 } }, BZB_ERR_BADCLASS },
	{ "elf_class_0", { { 4, 1, 0 } }, BZB_ERR_BADCLASS },
	{ "elf_class_3", { { 4, 1, 3 } }, BZB_ERR_BADCLASS },
	{ "elf_big_endian", { { 5, 1, 2 } }, BZB_ERR_BADENDIAN },
	{ "elf_endian_0", { { 5, 1, 0 } }, BZB_ERR_BADENDIAN },
	{ "elf_ident_version_0", { { 6, 1, 0 } }, BZB_ERR_BADVERSION },
	{ "elf_ident_version_2", { { 6, 1, 2 } }, BZB_ERR_BADVERSION },
	{ "elf_version_2", { { E_VERSION, 4, 2 } }, BZB_ERR_BADVERSION },
	{ "elf_machine_i386", { { E_MACHINE, 2, 3 } }, BZB_ERR_BADMACHINE },
#ifndef BZB_ALL_MACHINES
	{ "elf_machine_aarch64", { { E_MACHINE, 2, 183 } }, BZB_ERR_BADMACHINE },
#endif
	{ "elf_machine_s390", { { E_MACHINE, 2, 22 } }, BZB_ERR_BADMACHINE },
	{ "elf_type_none", { { E_TYPE, 2, 0 } }, BZB_ERR_BADTYPE },
	{ "elf_type_relocatable", { { E_TYPE, 2, 1 } }, BZB_ERR_BADTYPE },
	{ "elf_type_core", { { E_TYPE, 2, 4 } }, BZB_ERR_BADTYPE },
};

/* That of a loader may not: its kernel has to be for its machine. */
static void a_file_may_be_for_any_machine(void)
{
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++) {
		const uint16_t number = bzb_machine_elf((enum bzb_machine)i);
		struct bzb_span file = CHANGED(IMAGE(elf_linux), { E_MACHINE, 2, number });
		enum bzb_machine machine = BZB_MACHINE_COUNT;
		struct bzb_elf elf;

#ifndef BZB_ALL_MACHINES
		if (number != BZB_EM_NATIVE)
			continue;
#endif
		CHECK_OK(bzb_elf_parse(file, &elf));
		CHECK_OK(bzb_elf_machine(&elf, &machine));
		CHECK_EQ(i, machine);
		elf.file = CHANGED(IMAGE(elf_linux), { E_MACHINE, 2, 22 });
		CHECK_ERR(BZB_ERR_BADMACHINE, WATCHED(&machine, bzb_elf_machine(&elf, &machine)));
	}
}

/* As if the file had changed since it was parsed */
static void a_kernel_may_be_for_no_machine(void)
{
	struct bzb_elf elf;
	enum bzb_machine machine;

	CHECK_OK(bzb_elf_parse(IMAGE(elf_linux), &elf));
	elf.file = CHANGED(elf.file, { E_MACHINE, 2, 22 });
	CHECK_ERR(BZB_ERR_BADMACHINE, WATCHED(&machine, bzb_elf_machine(&elf, &machine)));
}

static void refuses_other_elf_files(void)
{
	check_defects(IMAGE(elf_linux), not_our_elf, ARRAY_SIZE(not_our_elf), parse);
	CHECK_ERR(BZB_ERR_BADMAGIC, parse(exact(TEXT("\177EL"))));
	CHECK_ERR(BZB_ERR_BADMAGIC, parse(exact(TEXT("too short"))));
}

static const struct defect bad_headers[] = {
	{ "elf_phentsize_32_bit", { { E_PHENTSIZE, 2, 32 } }, BZB_ERR_BADHEADER },
	{ "elf_phentsize_zero", { { E_PHENTSIZE, 2, 0 } }, BZB_ERR_BADHEADER },
	{ "elf_phentsize_57", { { E_PHENTSIZE, 2, 57 } }, BZB_ERR_BADHEADER },
	{ "elf_shentsize_32_bit", { { E_SHENTSIZE, 2, 40 } }, BZB_ERR_BADHEADER },
	{ "elf_shentsize_zero", { { E_SHENTSIZE, 2, 0 } }, BZB_ERR_BADHEADER },
	{ "elf_phdrs_past_end", { { E_PHOFF, 8, 0x400 } }, BZB_ERR_TRUNCATED },
	{ "elf_phdrs_last_byte_past_end", { { E_PHOFF, 8, 0x321 } }, BZB_ERR_TRUNCATED },
	{ "elf_phoff_wraps", { { E_PHOFF, 8, UINT64_MAX } }, BZB_ERR_TRUNCATED },
	{ "elf_phoff_wraps_to_0x40",
	  { { E_PHOFF, 8, UINT64_C(0x40) - 4 * 0x38 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_phoff_above_4g", { { E_PHOFF, 8, 0x100000040 } }, BZB_ERR_TRUNCATED },
	{ "elf_phnum_0xffff",
	  { { E_PHNUM, 2, 0xffff }, { SHDR(0) + SH_INFO, 4, 0xffff } },
	  BZB_ERR_TRUNCATED },
	{ "elf_phnum_0xffffffff",
	  { { E_PHNUM, 2, 0xffff }, { SHDR(0) + SH_INFO, 4, 0xffffffff } },
	  BZB_ERR_TRUNCATED },
	{ "elf_phnum_0xffff_without_sections",
	  { { E_PHNUM, 2, 0xffff }, { E_SHOFF, 8, 0 }, { E_SHNUM, 4, 0 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_phnum_extended_to_zero", { { E_PHNUM, 2, 0xffff } }, BZB_ERR_NOSEGMENT },
	{ "elf_shnum_extended_past_end",
	  { { E_SHNUM, 2, 0 }, { SHDR(0) + SH_SIZE, 8, 6 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_shnum_extended_beyond_32_bits",
	  { { E_SHNUM, 2, 0 }, { SHDR(0) + SH_SIZE, 8, 0x100000005 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_section_header_0_past_end",
	  { { E_SHNUM, 2, 0 }, { E_SHOFF, 8, 0x3c1 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_phnum_0xfffe", { { E_PHNUM, 2, 0xfffe } }, BZB_ERR_TRUNCATED },
	{ "elf_shdrs_last_byte_past_end", { { E_SHOFF, 8, 0x2c1 } }, BZB_ERR_TRUNCATED },
	{ "elf_shoff_wraps", { { E_SHOFF, 8, UINT64_MAX - 0x3f } }, BZB_ERR_TRUNCATED },
	{ "elf_shoff_above_4g", { { E_SHOFF, 8, 0x1000002c0 } }, BZB_ERR_TRUNCATED },
	{ "elf_shnum_one_too_many", { { E_SHNUM, 2, 6 } }, BZB_ERR_TRUNCATED },
	{ "elf_shnum_0xffff", { { E_SHNUM, 2, 0xffff } }, BZB_ERR_TRUNCATED },
	{ "elf_section_past_end", { { SHDR(1) + SH_OFFSET, 8, 0x3c1 } }, BZB_ERR_TRUNCATED },
	{ "elf_section_size_past_end", { { SHDR(4) + SH_SIZE, 8, 0x1b1 } }, BZB_ERR_TRUNCATED },
	{ "elf_section_wraps", { { SHDR(1) + SH_OFFSET, 8, -(uint64_t)0x20 } }, BZB_ERR_TRUNCATED },
	{ "elf_section_size_wraps", { { SHDR(1) + SH_SIZE, 8, UINT64_MAX } }, BZB_ERR_TRUNCATED },
	{ "elf_section_above_4g", { { SHDR(1) + SH_OFFSET, 8, 0x100000200 } }, BZB_ERR_TRUNCATED },
};

static void refuses_headers_outside(void)
{
	check_defects(IMAGE(elf_linux), bad_headers, ARRAY_SIZE(bad_headers), parse);
}

static const struct defect bad_segments[] = {
	{ "elf_segment_past_end", { { LOAD(0) + P_OFFSET, 8, 0x3c1 } }, BZB_ERR_TRUNCATED },
	{ "elf_segment_wraps", { { LOAD(0) + P_OFFSET, 8, -(uint64_t)0x20 } }, BZB_ERR_TRUNCATED },
	{ "elf_segment_above_4g", { { LOAD(0) + P_OFFSET, 8, 0x100000200 } }, BZB_ERR_TRUNCATED },
	{ "elf_segment_of_4g",
	  { { LOAD(2) + P_FILESZ, 8, 0x100000020 },
	    { LOAD(2) + P_MEMSZ, 8, 0x100000020 },
	    { LOAD(2) + P_VADDR, 8, 0x1002000 } },
	  BZB_ERR_TRUNCATED },
	{ "elf_segment_of_no_size",
	  { { E_PHNUM, 2, 2 }, { LOAD(0) + P_FILESZ, 8, 0 }, { LOAD(0) + P_MEMSZ, 8, 0 } },
	  BZB_ERR_NOSEGMENT },
	{ "elf_phnum_one_without_load", { { E_PHNUM, 2, 1 } }, BZB_ERR_NOSEGMENT },
	{ "elf_phnum_zero", { { E_PHNUM, 2, 0 } }, BZB_ERR_NOSEGMENT },
	{ "elf_only_notes",
	  { { LOAD(0), 4, 4 }, { LOAD(1), 4, 4 }, { LOAD(2), 4, 4 } },
	  BZB_ERR_NOSEGMENT },
	{ "elf_filesz_above_memsz", { { LOAD(0) + P_MEMSZ, 8, 0x3f } }, BZB_ERR_BADSEGMENT },
	{ "elf_memsz_zero_with_bytes", { { LOAD(1) + P_MEMSZ, 8, 0 } }, BZB_ERR_BADSEGMENT },
	{ "elf_paddr_wraps", { { LOAD(2) + P_PADDR, 8, -(uint64_t)0x800 } }, BZB_ERR_BADSEGMENT },
	{ "elf_memsz_wraps", { { LOAD(2) + P_MEMSZ, 8, UINT64_MAX } }, BZB_ERR_BADSEGMENT },
	{ "elf_vaddr_wraps", { { LOAD(2) + P_VADDR, 8, -(uint64_t)0x800 } }, BZB_ERR_BADSEGMENT },
	{ "elf_segments_overlap_by_a_byte", { { LOAD(0) + P_MEMSZ, 8, 0x1001 } }, BZB_ERR_OVERLAP },
	{ "elf_segments_at_one_place", { { LOAD(1) + P_PADDR, 8, 0x1000000 } }, BZB_ERR_OVERLAP },
	{ "elf_segments_not_ascending",
	  { { LOAD(0) + P_PADDR, 8, 0x1001000 }, { LOAD(1) + P_PADDR, 8, 0x1000000 } },
	  BZB_ERR_OVERLAP },
	{ "elf_last_segment_first", { { LOAD(2) + P_PADDR, 8, 0xf00000 } }, BZB_ERR_OVERLAP },
	{ "elf_entry_zero",
	  { { E_ENTRY, 8, 0 }, { LOAD(1) + P_VADDR, 8, 0x1000 } },
	  BZB_ERR_BADENTRY },
	{ "elf_entry_below", { { E_ENTRY, 8, 0xffffff } }, BZB_ERR_BADENTRY },
	{ "elf_entry_after_physical", { { E_ENTRY, 8, 0x1003000 } }, BZB_ERR_BADENTRY },
	{ "elf_entry_after_virtual", { { E_ENTRY, 8, 0xffffffff81003000 } }, BZB_ERR_BADENTRY },
	{ "elf_entry_between_segments", { { E_ENTRY, 8, 0x1000040 } }, BZB_ERR_BADENTRY },
	{ "elf_entry_in_a_note_only",
	  { { E_ENTRY, 8, 0x5000000 }, { NOTE + P_PADDR, 8, 0x5000000 } },
	  BZB_ERR_BADENTRY },
};

static void refuses_bad_segments(void)
{
	check_defects(IMAGE(elf_linux), bad_segments, ARRAY_SIZE(bad_segments), parse);
}

static void refuses_truncated_files(void)
{
	check_truncations(IMAGE(elf_linux), 4, parse);
}

static void reads_program_headers(void)
{
	struct bzb_elf elf = parsed(unaligned(IMAGE(elf_linux)));
	struct bzb_elf_segment load = bzb_elf_segment(&elf, 3), note = bzb_elf_segment(&elf, 0);

	CHECK_EQ(BZB_PT_LOAD, load.type);
	CHECK_EQ(7, load.flags);
	CHECK_EQ(0x250, load.offset);
	CHECK_EQ(0xffffffff81002000, load.vaddr);
	CHECK_EQ(0x1002000, load.paddr);
	CHECK_EQ(0x20, load.filesz);
	CHECK_EQ(0x1000, load.memsz);
	CHECK_EQ(0x200000, load.align);
	CHECK_EQ(BZB_PT_NOTE, note.type);
	CHECK_EQ(0x220, note.offset);
}

/* The last PT_LOAD has 0x20 bytes at 0x250 of the file, and 0x1000 in memory; the note is in the
 * first. */
static void finds_the_segment_of_a_byte(void)
{
	static const struct {
		enum bzb_elf_space space;
		uint64_t at, vaddr, distance;
	} found[] = {
		{ BZB_ELF_FILE, 0x250, 0xffffffff81002000, 0 },
		{ BZB_ELF_FILE, 0x26f, 0xffffffff81002000, 0x1f },
		{ BZB_ELF_FILE, 0x220, 0xffffffff81000000, 0x20 },
		{ BZB_ELF_PHYSICAL, 0x1002fff, 0xffffffff81002000, 0xfff },
		{ BZB_ELF_PHYSICAL, 0x1000000, 0xffffffff81000000, 0 },
		{ BZB_ELF_VIRTUAL, 0xffffffff81002fff, 0xffffffff81002000, 0xfff },
		{ BZB_ELF_VIRTUAL, 0, 0, 0 },
	};
	static const struct {
		enum bzb_elf_space space;
		uint64_t at;
	} missing[] = {
		{ BZB_ELF_FILE, 0x270 },
		{ BZB_ELF_FILE, 0x1ff },
		{ BZB_ELF_PHYSICAL, 0x1003000 },
		{ BZB_ELF_PHYSICAL, 0xffffff },
		{ BZB_ELF_VIRTUAL, 0xffffffff81003000 },
		{ BZB_ELF_VIRTUAL, UINT64_MAX },
		{ BZB_ELF_PHYSICAL, UINT64_MAX },
	};
	struct bzb_elf elf = parsed(exact(IMAGE(elf_linux)));
	struct bzb_elf_place place;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(found); i++) {
		CHECK_OK(bzb_elf_find_load(&elf, found[i].space, found[i].at, &place));
		CHECK_EQ(found[i].vaddr, place.segment.vaddr);
		CHECK_EQ(found[i].distance, place.distance);
	}
	for (i = 0; i < ARRAY_SIZE(missing); i++)
		CHECK_ERR(BZB_ERR_NOSEGMENT,
			  WATCHED(&place, bzb_elf_find_load(&elf, missing[i].space, missing[i].at,
							    &place)));
}

static void reads_section_headers(void)
{
	struct bzb_elf elf = parsed(unaligned(IMAGE(elf_linux)));
	struct bzb_elf_section text = bzb_elf_section(&elf, 1);

	CHECK_EQ(1, text.name);
	CHECK_EQ(BZB_SHT_PROGBITS, text.type);
	CHECK_EQ(6, text.flags);
	CHECK_EQ(0xffffffff81000000, text.addr);
	CHECK_EQ(0x200, text.offset);
	CHECK_EQ(0x40, text.size);
	CHECK_EQ(0x11, text.link);
	CHECK_EQ(0x12, text.info);
	CHECK_EQ(0x1000, text.addralign);
	CHECK_EQ(0x13, text.entsize);
}

static void names_sections(void)
{
	static const char *const names[] = { "", ".text", ".bss", ".shstrtab", ".text" };
	struct bzb_elf elf = parsed(exact(IMAGE(elf_linux)));
	struct bzb_elf_section section;
	struct bzb_span name;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		section = bzb_elf_section(&elf, i);
		CHECK_OK(bzb_elf_section_name(&elf, &section, &name));
		CHECK_TEXT(names[i], name);
	}
}

static int section_name(struct bzb_span file, unsigned int index)
{
	struct bzb_elf elf = parsed(file);
	struct bzb_elf_section section = bzb_elf_section(&elf, index);
	struct bzb_span name;

	return WATCHED(&name, bzb_elf_section_name(&elf, &section, &name));
}

static void refuses_names_outside(void)
{
	struct bzb_span good = IMAGE(elf_linux);

	CHECK_ERR(BZB_ERR_TRUNCATED, section_name(CHANGED(good, { SHDR(1), 4, 0x16 }), 1));
	CHECK_ERR(BZB_ERR_TRUNCATED, section_name(CHANGED(good, { SHDR(1), 4, UINT32_MAX }), 1));
	CHECK_ERR(BZB_ERR_TRUNCATED,
		  section_name(CHANGED(good, { SHDR(3) + SH_SIZE, 8, 0x15 }), 3));
	CHECK_ERR(BZB_ERR_NOTFOUND, section_name(CHANGED(good, { E_SHSTRNDX, 2, 0 }), 1));
	CHECK_ERR(BZB_ERR_NOTFOUND, section_name(CHANGED(good, { E_SHSTRNDX, 2, 5 }), 1));
	CHECK_ERR(BZB_ERR_NOTFOUND, section_name(CHANGED(good, { E_SHSTRNDX, 2, 0xffff }), 1));
}

/* Bytes after a table are never read: here the table ends the file. */
static void tables_may_end_the_file(void)
{
	unsigned char *file = test_alloc(0x360);
	struct bzb_elf elf;

	memcpy(file, IMAGE(elf_linux).data, 0x280);
	memcpy(file + 0x280, IMAGE(elf_linux).data + 0x40, 4 * 0x38);
	put(file, E_PHOFF, 8, 0x280);
	put(file, E_SHOFF, 8, 0);
	put(file, E_SHNUM, 4, 0);
	elf = parsed((struct bzb_span){ file, 0x360 });
	CHECK_EQ(0x3000, elf.memory_size);
	CHECK_EQ(0x360, elf.end);
}

/* A last section whose name ends at the end of the file, without a NUL */
static void names_stop_at_the_end_of_the_file(void)
{
	struct bzb_span file = CHANGED(IMAGE(elf_linux), { SHDR(3) + SH_OFFSET, 8, 0x3f8 },
				       { SHDR(3) + SH_SIZE, 8, 8 }, { SHDR(1), 4, 0 },
				       { 0x3f8, 8, 0x4141414141414141 });

	CHECK_ERR(BZB_ERR_TRUNCATED, section_name(file, 1));
}

/* The image, program headers after it, and program headers of type 0 after those */
static int parse_with_phdrs(unsigned int count)
{
	struct bzb_span good = IMAGE(elf_linux);
	unsigned char *file = test_alloc(good.size + count * 0x38);

	memset(file + good.size, 0, count * 0x38);
	memcpy(file, good.data, good.size);
	memcpy(file + good.size, good.data + 0x40, 4 * 0x38);
	put(file, E_PHOFF, 8, good.size);
	put(file, E_PHNUM, 2, count);
	return parse((struct bzb_span){ file, good.size + count * 0x38 });
}

static void refuses_more_program_headers_than_kernels_have(void)
{
	CHECK_OK(parse_with_phdrs(BZB_ELF_PHDRS_MAX));
	CHECK_ERR(BZB_ERR_TOOLARGE, parse_with_phdrs(BZB_ELF_PHDRS_MAX + 1));
	CHECK_ERR(BZB_ERR_TOOLARGE, parse_with_phdrs(0xfffe));
}

/* Gives .text a name of this length, which follows the image. */
static struct bzb_span with_name(size_t length)
{
	struct bzb_span good = IMAGE(elf_linux);
	unsigned char *file = test_alloc(good.size + length + 1);

	memcpy(file, good.data, good.size);
	memset(file + good.size, 'n', length);
	file[good.size + length] = '\0';
	put(file, SHDR(1), 4, 0);
	put(file, SHDR(3) + SH_OFFSET, 8, good.size);
	put(file, SHDR(3) + SH_SIZE, 8, length + 1);
	return (struct bzb_span){ file, good.size + length + 1 };
}

static void refuses_longer_names_than_sections_have(void)
{
	struct bzb_span file = with_name(BZB_ELF_NAME_MAX + 1);
	struct bzb_elf elf = parsed(file);
	struct bzb_elf_section section;

	CHECK_OK(section_name(with_name(BZB_ELF_NAME_MAX), 1));
	CHECK_ERR(BZB_ERR_TOOLARGE, section_name(file, 1));
	CHECK_OK(bzb_elf_find_section(&elf, (const char *)file.data + IMAGE(elf_linux).size,
				      &section));
}

/* Section headers that changed after parsing, as clearing of bss may change them */
static void headers_that_changed_are_checked_again(void)
{
	struct bzb_span file = exact(IMAGE(elf_linux));
	struct bzb_elf elf = parsed(file);
	struct bzb_elf_section section = bzb_elf_section(&elf, 1), found;
	struct bzb_span name;

	put((void *)(uintptr_t)file.data, SHDR(3) + SH_OFFSET, 8, 0x401);
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&name, bzb_elf_section_name(&elf, &section, &name)));
	CHECK_ERR(BZB_ERR_NOTFOUND, WATCHED(&found, bzb_elf_find_section(&elf, ".text", &found)));
}

static void skips_a_section_without_a_name(void)
{
	struct bzb_elf elf = parsed(CHANGED(IMAGE(elf_linux), { SHDR(1), 4, UINT32_MAX }));
	struct bzb_elf_section section;

	CHECK_OK(bzb_elf_find_section(&elf, ".bss", &section));
	CHECK_EQ(BZB_SHT_NOBITS, section.type);
}

static void finds_the_first_of_a_name(void)
{
	struct bzb_elf elf = parsed(exact(IMAGE(elf_linux)));
	struct bzb_elf_section section;

	CHECK_OK(bzb_elf_find_section(&elf, ".text", &section));
	CHECK_EQ(0x200, section.offset);
	CHECK_OK(bzb_elf_find_section(&elf, ".bss", &section));
	CHECK_EQ(BZB_SHT_NOBITS, section.type);
}

static void finds_no_other_name(void)
{
	static const char *const names[] = { ".tex", ".textual", "text", ".data", ".shstrta" };
	struct bzb_elf elf = parsed(exact(IMAGE(elf_linux)));
	struct bzb_elf_section section;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_ERR(BZB_ERR_NOTFOUND,
			  WATCHED(&section, bzb_elf_find_section(&elf, names[i], &section)));
}

static void writes_the_header(void)
{
	static const struct bzb_elf elf = {
		.type = BZB_ET_EXEC,
		.entry = 0x1000010,
		.phoff = 0x40,
		.phnum = 4,
		.shoff = 0x2c0,
		.shnum = 5,
		.shstrndx = 3,
	};
	struct bzb_elf_ehdr *to = test_alloc(0x40);

	bzb_elf_write_ehdr(to, &elf, BZB_MACHINE_X86_64);
	CHECK_BYTES(IMAGE(elf_linux).data, to, 0x40);
	bzb_elf_write_ehdr(to, &elf, BZB_MACHINE_ARM64);
	CHECK_BYTES(CHANGED(IMAGE(elf_linux), { E_MACHINE, 2, 183 }).data, to, 0x40);
}

static void writes_program_headers(void)
{
	static const struct bzb_elf_segment segment = {
		.type = BZB_PT_LOAD,
		.flags = 7,
		.offset = 0x250,
		.vaddr = 0xffffffff81002000,
		.paddr = 0x1002000,
		.filesz = 0x20,
		.memsz = 0x1000,
		.align = 0x200000,
	};
	struct bzb_elf_phdr *to = test_alloc(0x38);

	bzb_elf_write_phdr(to, &segment);
	CHECK_BYTES(IMAGE(elf_linux).data + LOAD(2), to, 0x38);
}

static void writes_section_headers(void)
{
	static const struct bzb_elf_section section = {
		.name = 1,
		.type = BZB_SHT_PROGBITS,
		.flags = 6,
		.addr = 0xffffffff81000000,
		.offset = 0x200,
		.size = 0x40,
		.link = 0x11,
		.info = 0x12,
		.addralign = 0x1000,
		.entsize = 0x13,
	};
	struct bzb_elf_shdr *to = test_alloc(0x40);

	bzb_elf_write_shdr(to, &section);
	CHECK_BYTES(IMAGE(elf_linux).data + SHDR(1), to, 0x40);
}

static void writes_back_what_it_read(void)
{
	struct bzb_elf elf = parsed(exact(IMAGE(elf_linux)));
	unsigned char *copy = (void *)(uintptr_t)exact(IMAGE(elf_linux)).data;
	unsigned int i;

	memset(copy, 0, 0x40 + 4 * 0x38);
	memset(copy + 0x2c0, 0, 5 * 0x40);
	bzb_elf_write_ehdr((void *)copy, &elf, BZB_MACHINE_X86_64);
	for (i = 0; i < elf.phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(&elf, i);

		bzb_elf_write_phdr((void *)(copy + PHDR(i)), &segment);
	}
	for (i = 0; i < elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&elf, i);

		bzb_elf_write_shdr((void *)(copy + SHDR(i)), &section);
	}
	CHECK_BYTES(IMAGE(elf_linux).data, copy, 0x400);
}

static const struct test tests[] = {
	{ "a Linux kernel is read, with a per-CPU segment at virtual 0", reads_a_linux_kernel },
	{ "numbers beyond 16 bits are read from section header 0", reads_extended_numbers },
	{ "a position-independent kernel is read", takes_position_independent_kernels },
	{ "sections are not required", sections_are_not_required },
	{ "sections that are not loaded may be missing",
	  sections_that_are_not_loaded_may_be_missing },
	{ "the end does not include bytes after the ELF", end_ignores_what_follows },
	{ "the end is after the last byte referred to", end_is_after_the_last_byte },
	{ "an entry point may be virtual", entry_may_be_virtual },
	{ "an entry point is physical if it can be", entry_is_physical_first },
	{ "an entry point may be the first or the last byte of a segment",
	  entry_in_the_outermost_bytes },
	{ "adjacent segments do not overlap", adjacent_segments_do_not_overlap },
	{ "a kernel to pack may be for any machine", a_file_may_be_for_any_machine },
	{ "a machine that is not known is an error", a_kernel_may_be_for_no_machine },
	{ "ELF files of another kind are refused", refuses_other_elf_files },
	{ "headers and sections outside the file are refused", refuses_headers_outside },
	{ "segments that cannot be loaded are refused", refuses_bad_segments },
	{ "every truncated file is refused", refuses_truncated_files },
	{ "a table may end the file", tables_may_end_the_file },
	{ "program headers are read, of every type", reads_program_headers },
	{ "the segment of a byte is found", finds_the_segment_of_a_byte },
	{ "section headers are read", reads_section_headers },
	{ "sections have names", names_sections },
	{ "names outside the string table are refused", refuses_names_outside },
	{ "names end within the file", names_stop_at_the_end_of_the_file },
	{ "too many program headers are refused", refuses_more_program_headers_than_kernels_have },
	{ "too long section names are refused", refuses_longer_names_than_sections_have },
	{ "section headers that changed are checked again",
	  headers_that_changed_are_checked_again },
	{ "a section without a name is skipped", skips_a_section_without_a_name },
	{ "the first section of a name is found", finds_the_first_of_a_name },
	{ "a part of a name finds nothing", finds_no_other_name },
	{ "the ELF header is written byte for byte", writes_the_header },
	{ "program headers are written byte for byte", writes_program_headers },
	{ "section headers are written byte for byte", writes_section_headers },
	{ "what was read is written back unchanged", writes_back_what_it_read },
};

int main(void)
{
	return RUN_TESTS(tests);
}
