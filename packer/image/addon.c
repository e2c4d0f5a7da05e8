/* SPDX-License-Identifier: BSD-2-Clause */
#include "addon.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/elf.h>
#include <bzboot/pe.h>

#include "sections.h"

#define FILE_ALIGN 0x200u

/* movabs $EFI_UNSUPPORTED, %rax; ret */
static const unsigned char code[] = { 0x48, 0xb8, 3, 0, 0, 0, 0, 0, 0, 0x80, 0xc3 };

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

static void write_image(const struct plan *plan, uint32_t headers, struct blob *ret)
{
	const struct bzb_pe_image pe = {
		.entry = plan->sections[0].virtual_address,
		.directories = BZB_PE_DIRECTORIES_MAX,
		.size_of_headers = headers,
		.size_of_image = (uint32_t)plan->memory_end,
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

int addon_make(const struct contents *contents, struct blob *ret, struct why *why)
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
	add_section(&plan, ".text", (struct bzb_span){ code, sizeof(code) }, false, CODE);
	if (add_sections(&plan, &sections, true, why) || add_sections(&plan, &sections, false, why))
		return -1;
	write_image(&plan, (uint32_t)headers, ret);
	return 0;
}
