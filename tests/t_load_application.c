/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels that are EFI applications, in memory: bzb_load_application() of bzboot/load.h. */
#include "test.h"

/* Of pe_x86_64 in images.S, and of memory beyond it. An ELF begins with GAP bytes. */
enum { SIZE_OF_IMAGE = 0x4000, ENTRY_AT = 0x68, GAP = 0x800, MEMORY = 0x6000 };

static const struct bzb_manifest manifest = {
	.flags = BZB_MANIFEST_APPLICATION,
	.gap = GAP,
};

/* @application: is put @gap bytes after the start of @size bytes, which are filled with @magic. */
static struct bzb_span memory_of(struct bzb_span application, const char *magic, size_t gap,
				 size_t size)
{
	unsigned char *memory = test_alloc(size);

	memset(memory, 0, size);
	memcpy(memory + gap, application.data, application.size);
	memcpy(memory, magic, strlen(magic));
	return (struct bzb_span){ memory, size };
}

static struct bzb_span image_memory(size_t size)
{
	return memory_of(IMAGE(pe_x86_64), "MZ", 0, size);
}

static struct bzb_span elf_memory(size_t size)
{
	return memory_of(IMAGE(pe_x86_64), "\177ELF", GAP, size);
}

static int find(struct bzb_span memory, uint16_t machine, struct bzb_pe *ret)
{
	return WATCHED(ret, bzb_load_application(&manifest, memory, machine, ret));
}

static void an_image_begins_at_the_start(void)
{
	const struct bzb_span memory = image_memory(MEMORY);
	struct bzb_pe pe;

	CHECK_OK(find(memory, BZB_PE_MACHINE_X86_64, &pe));
	CHECK(pe.file.data == memory.data && pe.file.size == MEMORY);
	CHECK_EQ(SIZE_OF_IMAGE, pe.size_of_image);
	CHECK_OK(find(image_memory(SIZE_OF_IMAGE), BZB_PE_MACHINE_X86_64, &pe));
}

static void an_elf_has_it_after_the_gap(void)
{
	const struct bzb_span memory = elf_memory(MEMORY);
	struct bzb_pe pe;

	CHECK_OK(find(memory, BZB_PE_MACHINE_X86_64, &pe));
	CHECK(pe.file.data == memory.data + GAP && pe.file.size == MEMORY - GAP);
	CHECK_OK(find(elf_memory(GAP + SIZE_OF_IMAGE), BZB_PE_MACHINE_X86_64, &pe));
}

static void lies_within_the_memory(void)
{
	static const struct bzb_span none = { NULL, 0 };
	struct bzb_pe pe;

	CHECK_ERR(BZB_ERR_TRUNCATED, find(none, BZB_PE_MACHINE_X86_64, &pe));
	CHECK_ERR(BZB_ERR_TRUNCATED, find(exact(TEXT("\177EL")), BZB_PE_MACHINE_X86_64, &pe));
	CHECK_ERR(BZB_ERR_TRUNCATED, find(exact(TEXT("\177ELF")), BZB_PE_MACHINE_X86_64, &pe));
	CHECK_ERR(BZB_ERR_TRUNCATED,
		  find(image_memory(SIZE_OF_IMAGE - 1), BZB_PE_MACHINE_X86_64, &pe));
	CHECK_ERR(BZB_ERR_TRUNCATED,
		  find(elf_memory(GAP + SIZE_OF_IMAGE - 1), BZB_PE_MACHINE_X86_64, &pe));
}

static void its_entry_is_in_it(void)
{
	const struct bzb_span whole = image_memory(MEMORY);
	struct bzb_pe pe;

	CHECK_OK(find(CHANGED(whole, { ENTRY_AT, 4, SIZE_OF_IMAGE - 1 }), BZB_PE_MACHINE_X86_64,
		      &pe));
	CHECK_ERR(BZB_ERR_BADHEADER,
		  find(CHANGED(whole, { ENTRY_AT, 4, SIZE_OF_IMAGE }), BZB_PE_MACHINE_X86_64, &pe));
}

static void is_for_the_machine(void)
{
	struct bzb_pe pe;

	CHECK_ERR(BZB_ERR_BADMACHINE, find(image_memory(MEMORY), BZB_PE_MACHINE_ARM64, &pe));
	CHECK_ERR(BZB_ERR_BADMAGIC,
		  find(memory_of(TEXT(""), "\177ELF", 0, MEMORY), BZB_PE_MACHINE_X86_64, &pe));
}

static const struct test tests[] = {
	{ "an Image begins where its payload does", an_image_begins_at_the_start },
	{ "an ELF has it after the gap", an_elf_has_it_after_the_gap },
	{ "it lies within the memory", lies_within_the_memory },
	{ "its entry is in it", its_entry_is_in_it },
	{ "it is for the machine", is_for_the_machine },
};

int main(void)
{
	return RUN_TESTS(tests);
}
