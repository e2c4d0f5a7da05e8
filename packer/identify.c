/* SPDX-License-Identifier: BSD-2-Clause */
#include "identify.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/elf.h>
#include <bzboot/payload.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>

struct machine {
	uint16_t number;
	const char *name;
};

/* gABI, "e_machine" */
static const struct machine elf_machines[] = {
	{ 3, "i386" },	 { 8, "mips" },	   { 20, "powerpc" },	{ 21, "powerpc64" },
	{ 22, "s390" },	 { 40, "arm" },	   { 62, "x86-64" },	{ 183, "arm64" },
	{ 243, "riscv" }, { 258, "loongarch" },
};

/* "PE Format", "Machine Types" */
static const struct machine pe_machines[] = {
	{ 0x014c, "i386" },	 { 0x01c0, "arm" },	 { 0x01c2, "arm" },
	{ 0x01c4, "arm" },	 { 0x0200, "ia64" },	 { 0x5032, "riscv32" },
	{ 0x5064, "riscv64" },	 { 0x6232, "loongarch32" }, { 0x6264, "loongarch64" },
	{ 0x8664, "x86-64" },	 { 0xaa64, "arm64" },
};

/* Formats that have no parser here; the first that fits. */
static const struct mark {
	size_t offset, size;
	const char *magic;
	const char *name;
} marks[] = {
	/* Linux, Documentation/arch/{arm64/booting,riscv/boot-image-header}.rst; they may be PE
	   images as well, but this is the name people know them by */
	{ 0x38, 4, "ARM\x64", "an arm64 Image" },
	{ 0x38, 4, "RSC\x05", "a RISC-V Image" },
	{ 0x24, 4, "\x18\x28\x6f\x01", "an arm zImage" },
	{ 0, 4, "\x27\x05\x19\x56", "a U-Boot image" },
	{ 0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image" },
	{ 0, 5, "07070", "a cpio archive" },
	{ 0, 8, "!<arch>\n", "an ar archive" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *machine_name(const struct machine *table, size_t count, uint16_t number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	return "unknown machine";
}

const char *pe_machine_name(uint16_t machine)
{
	return machine_name(pe_machines, COUNT(pe_machines), machine);
}

static struct identity identify_elf(struct bzb_span file)
{
	const struct bzb_elf_ehdr *ehdr = (const void *)file.data;
	uint16_t machine;

	if (file.size < sizeof(*ehdr))
		return (struct identity){ "a truncated ELF file" };
	if (ehdr->e_ident[5] != BZB_ELFDATA2LSB)
		return (struct identity){ "a big-endian ELF file" };
	machine = bzb_ld16(ehdr->e_machine);
	if (machine != BZB_EM_X86_64) {
		struct identity id;

		snprintf(id.text, sizeof(id.text), "an ELF file for another machine (%s)",
			 machine_name(elf_machines, COUNT(elf_machines), machine));
		return id;
	}
	if (ehdr->e_ident[4] != BZB_ELFCLASS64)
		return (struct identity){ "a 32-bit ELF file" };
	return (struct identity){ "an x86-64 ELF file" };
}

static struct identity identify_pe(struct bzb_span file, unsigned int kinds)
{
	const char *format = kinds & BZB_IS_ZBOOT ? "EFI zboot image" : "PE image";
	struct identity id;
	struct bzb_pe pe;

	if (bzb_pe_parse(file, &pe))
		snprintf(id.text, sizeof(id.text), "a broken %s", format);
	else if (pe.machine == BZB_PE_MACHINE_X86_64)
		snprintf(id.text, sizeof(id.text), "another kind of %s", format);
	else
		snprintf(id.text, sizeof(id.text), "%s %s for another machine (%s)",
			 kinds & BZB_IS_ZBOOT ? "an" : "a", format, pe_machine_name(pe.machine));
	return id;
}

struct identity identify(struct bzb_span file)
{
	unsigned int kinds = bzb_probe(file);
	struct identity id = { "a file of unknown format" };
	struct bzb_span bytes;
	enum bzb_codec codec;

	if (kinds & BZB_IS_ELF)
		return identify_elf(file);
	for (size_t i = 0; i < COUNT(marks); i++) {
		const struct mark *mark = &marks[i];

		if (!bzb_slice(file, mark->offset, mark->size, &bytes) &&
		    !memcmp(bytes.data, mark->magic, mark->size)) {
			snprintf(id.text, sizeof(id.text), "%s", mark->name);
			return id;
		}
	}
	if (kinds & (BZB_IS_PE | BZB_IS_ZBOOT))
		return identify_pe(file, kinds);
	if (!bzb_codec_from_magic(file, &codec))
		snprintf(id.text, sizeof(id.text), "a file compressed with %s",
			 bzb_codec_name(codec));
	return id;
}
