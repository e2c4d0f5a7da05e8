/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_dump.h"

#include <stdlib.h>

/* Linux for x86-64: __START_KERNEL_map, the virtual address of phys_base */
#define KERNEL_MAP UINT64_C(0xffffffff80000000)

/* --- VMCOREINFO ----------------------------------------------------------------------- */

/* The value in a line "NAME=VALUE". */
static bool read_value(const char *text, const char *name, int base, uint64_t *ret)
{
	const size_t size = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		char *end;

		line += *line == '\n';
		if (strncmp(line, name, size) != 0 || line[size] != '=')
			continue;
		*ret = base == 16 ? strtoull(line + size + 1, &end, base) :
				    (uint64_t)strtoll(line + size + 1, &end, base);
		return end != line + size + 1 && (*end == '\n' || !*end);
	}
	return false;
}

bool boot_dump_info(struct boot_dump *dump, struct bzb_span text)
{
	struct blob copy = blob_room(text.size + 1);

	memcpy(copy.data, text.data, text.size);
	copy.data[text.size] = 0;
	dump->has_slide = read_value((const char *)copy.data, "KERNELOFFSET", 16, &dump->slide);
	if (read_value((const char *)copy.data, "NUMBER(phys_base)", 10, &dump->phys_base))
		dump->has_phys_base = true;
	blob_free(&copy);
	return dump->has_slide;
}

uint64_t boot_dump_physical(const struct boot_dump *dump, uint64_t address)
{
	return address - KERNEL_MAP + dump->phys_base;
}

/* --- formats -------------------------------------------------------------------------- */

static bool begins_with(const struct boot_dump *dump, const char *magic)
{
	const size_t size = strlen(magic);

	return dump->file.size >= size && !memcmp(dump->file.data, magic, size);
}

static int refuse_others(const struct boot_dump *dump)
{
	static const struct {
		const char *magic, *advice;
	} others[] = {
		{ "DISKDUMP",
		  "an old compressed dump: write it with makedumpfile -E, or give --kallsyms" },
		{ "makedumpfile", "a flattened dump: make a file of it with makedumpfile -R" },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(others); i++)
		if (begins_with(dump, others[i].magic))
			return explain(dump->why, "is %s", others[i].advice);
	return explain(dump->why, "is no ELF core of x86-64, and no dump by makedumpfile");
}

int boot_dump_open(struct boot_dump *dump)
{
	static const struct boot_dump_format *const formats[] = { &boot_dump_elf,
								  &boot_dump_kdump };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(formats); i++)
		if (begins_with(dump, formats[i]->magic))
			dump->format = formats[i];
	if (!dump->format)
		return refuse_others(dump);
	if (dump->format->open(dump))
		return -1;
	return dump->has_slide ? 0 :
				 explain(dump->why, "it has no VMCOREINFO with KERNELOFFSET: "
						    "give --kallsyms");
}

void boot_dump_close(struct boot_dump *dump)
{
	blob_free(&dump->phdrs);
}

/* Pages that follow each other may be in two places of the file. */
int boot_dump_read(struct boot_dump *dump, uint64_t address, unsigned char *to, size_t size)
{
	while (size) {
		const size_t rest = BZB_PAGE_SIZE - address % BZB_PAGE_SIZE;
		const size_t part = rest < size ? rest : size;

		if (dump->format->read(dump, address + dump->slide, to, part))
			return -1;
		to += part;
		address += part;
		size -= part;
	}
	return 0;
}
