/* SPDX-License-Identifier: BSD-2-Clause */
#include "addon.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/elf.h>
#include <bzboot/pe.h>

#include "sections.h"

#define FILE_ALIGN 0x200u

/* It returns EFI_UNSUPPORTED, 0x8000000000000003. */
static const struct {
	unsigned char bytes[16];
	size_t size;
} code[BZB_MACHINE_COUNT] = {
	/* movabs $EFI_UNSUPPORTED, %rax; ret */
	[BZB_MACHINE_X86_64] = { { 0x48, 0xb8, 3, 0, 0, 0, 0, 0, 0, 0x80, 0xc3 }, 11 },
	/* mov x0, #3; movk x0, #0x8000, lsl #48; ret */
	[BZB_MACHINE_ARM64] = { { 0x60, 0, 0x80, 0xd2, 0, 0, 0xf0, 0xf2, 0xc0, 3, 0x5f, 0xd6 },
				12 },
	/* li a0, -1; slli a0, a0, 63; addi a0, a0, 3; ret */
	[BZB_MACHINE_RISCV64] = { { 0x13, 5, 0xf0, 0xff, 0x13, 0x15, 0xf5, 3, 0x13, 5, 0x35, 0,
				    0x67, 0x80, 0, 0 },
				  16 },
	/* ori $a0, $zero, 3; lu52i.d $a0, $a0, -2048; ret */
	[BZB_MACHINE_LOONG64] = { { 4, 0xc, 0x80, 3, 0x84, 0, 0x20, 3, 0x20, 0, 0, 0x4c }, 12 },
};

enum {
	READ = BZB_PE_MEM_READ | BZB_PE_CNT_INITIALIZED_DATA,
	CODE = BZB_PE_MEM_READ | BZB_PE_MEM_EXECUTE | BZB_PE_CNT_CODE,
};

struct plan {
	struct bzb_pe_section sections[1 + SECTIONS_MAX];
	struct bzb_span bytes[1 + SECTIONS_MAX];
	unsigned int count;
	uint64_t end, memory_end;
};

struct bzb_span addon_sbat(void)
{
	static const char text[] =
		"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
		"uki-addon,1,UKI Addon,uki-addon,1,https://uapi-group.org/specifications/specs/"
		"unified_kernel_image/\n";

	return (struct bzb_span){ (const unsigned char *)text, sizeof(text) - 1 };
}

static void add_section(struct plan *plan, const char *name, struct bzb_span bytes, bool is_text,
			int flags)
{
	struct bzb_pe_section *section = &plan->sections[plan->count];

	*section = (struct bzb_pe_section){
		.virtual_address = (uint32_t)plan->memory_end,
		.virtual_size = (uint32_t)bytes.size,
		.raw_offset = (uint32_t)plan->end,
		.raw_size = (uint32_t)bzb_align_up(bytes.size + is_text, FILE_ALIGN),
		.characteristics = (uint32_t)flags,
	};
	snprintf(section->name, sizeof(section->name), "%s", name);
	plan->bytes[plan->count++] = bytes;
	plan->end += section->raw_size;
	plan->memory_end += bzb_align_up(bytes.size, BZB_PAGE_SIZE);
}

/* A profile begins with .profile. */
static int add_sections(struct plan *plan, const struct sections *sections, bool profile,
			struct why *why)
{
	for (unsigned int i = 0; i < sections->count; i++) {
		const struct section *section = &sections->list[i];

		if (!strcmp(section->name, ".profile") != profile)
			continue;
		if (plan->memory_end + section->bytes.size > INT32_MAX)
			return explain(why, "would be larger than 2 GiB");
		add_section(plan, section->name, section->bytes, section->is_text, READ);
	}
	return 0;
}

static void write_image(const struct plan *plan, enum bzb_machine machine, uint32_t headers,
			struct blob *ret)
{
	const struct bzb_pe_image pe = {
		.machine = machine,
		.entry = plan->sections[0].virtual_address,
		.directories = BZB_PE_DIRECTORIES_MAX,
		.size_of_headers = headers,
		.size_of_image = (uint32_t)plan->memory_end,
		.dll_characteristics = BZB_PE_NX_COMPAT,
		.major_image_version = BZB_PE_IMAGE_VERSION,
		.sections = plan->sections,
		.count = plan->count,
	};
	struct blob image = blob_alloc(plan->end);

	memcpy(image.data, "MZ", 2);
	bzb_put32(image.data + BZB_PE_LFANEW, BZB_PE_OFFSET);
	(void)bzb_pe_write(image.data + BZB_PE_OFFSET, headers - BZB_PE_OFFSET, &pe);
	for (unsigned int i = 0; i < plan->count; i++)
		memcpy(image.data + plan->sections[i].raw_offset, plan->bytes[i].data,
		       plan->bytes[i].size);
	*ret = image;
}

int addon_make(const struct contents *contents, enum bzb_machine machine, struct blob *ret,
	       struct why *why)
{
	struct plan plan = { .memory_end = BZB_PAGE_SIZE };
	struct sections sections;
	uint64_t headers; /* with room for other sections: edit.h */

	if (sections_of(contents, &sections, why))
		return -1;
	headers = bzb_align_up(BZB_PE_OFFSET + bzb_pe_headers_size(BZB_PE_DIRECTORIES_MAX,
								   BZB_ARRAY_SIZE(plan.sections)),
			       FILE_ALIGN);
	plan.end = headers;
	add_section(&plan, ".text", (struct bzb_span){ code[machine].bytes, code[machine].size },
		    false, CODE);
	if (add_sections(&plan, &sections, true, why) || add_sections(&plan, &sections, false, why))
		return -1;
	write_image(&plan, machine, (uint32_t)headers, ret);
	return 0;
}
