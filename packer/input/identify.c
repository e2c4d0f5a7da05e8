/* SPDX-License-Identifier: BSD-2-Clause */
#include "identify.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/bzimage.h>
#include <bzboot/elf.h>
#include <bzboot/payload.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/zboot.h>

#include "multiboot.h"
#include "stream.h"

struct machine {
	uint16_t number;
	const char *name;
};

/* Machines that bzboot does not pack for. */
static const struct machine elf_machines[] = {
	{ 8, "mips" }, { 20, "powerpc" }, { 21, "powerpc64" }, { 22, "s390" }, { 40, "arm" },
};

/* Likewise. "PE Format", "Machine Types" */
static const struct machine pe_machines[] = {
	{ 0x014c, "i386" }, { 0x01c0, "arm" },	   { 0x01c2, "arm" },	      { 0x01c4, "arm" },
	{ 0x0200, "ia64" }, { 0x5032, "riscv32" }, { 0x6232, "loongarch32" },
};

/* Formats in the order of preference for the name of a file. */
static const struct mark {
	size_t offset, size;
	const char *magic;
	const char *article, *noun;
} marks[] = {
	/* Linux, Documentation/arch/{arm64/booting,riscv/boot-image-header}.rst; they may be PE
	   images as well */
	{ 0x38, 4, "ARM\x64", "an", "arm64 Image" },
	{ 0x38, 4, "RSC\x05", "a", "RISC-V Image" },
	{ 0x24, 4, "\x18\x28\x6f\x01", "an", "arm zImage" },
	{ 0, 4, "\x27\x05\x19\x56", "a", "U-Boot image" },
	{ 0, 4, "\xd0\x0d\xfe\xed", "a", "device tree or FIT image" },
	{ 0, 5, "07070", "a", "cpio archive" },
	{ 0, 8, "!<arch>\n", "an", "ar archive" },
};

static const char *machine_name(const struct machine *table, size_t count, uint16_t number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	return "unknown machine";
}

const char *pe_machine_name(uint16_t machine)
{
	enum bzb_machine known;

	return bzb_machine_of_pe(machine, &known) ?
		       machine_name(pe_machines, BZB_ARRAY_SIZE(pe_machines), machine) :
		       bzb_machine_name(known);
}

/* UEFI 2.10, 3.5.1.1 */
static const char *const efi_names[BZB_MACHINE_COUNT] = {
	[BZB_MACHINE_X86_64] = "x64",
	[BZB_MACHINE_ARM64] = "aa64",
	[BZB_MACHINE_RISCV64] = "riscv64",
	[BZB_MACHINE_LOONG64] = "loongarch64",
};

const char *machine_efi_name(enum bzb_machine machine)
{
	return efi_names[machine];
}

int machine_of_efi_name(const char *name, enum bzb_machine *ret)
{
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++)
		if (!strcmp(efi_names[i], name)) {
			*ret = (enum bzb_machine)i;
			return 0;
		}
	return -1;
}

const char *machine_article(enum bzb_machine machine)
{
	return machine == BZB_MACHINE_X86_64 || machine == BZB_MACHINE_ARM64 ? "an" : "a";
}

static int parse_elf(struct bzb_span file)
{
	struct bzb_elf elf;

	return bzb_elf_parse(file, &elf);
}

static int parse_bzimage(struct bzb_span file)
{
	struct bzb_bzimage bzimage;

	return bzb_bzimage_parse(file, &bzimage);
}

static int parse_zboot(struct bzb_span file)
{
	struct bzb_zboot zboot;

	return bzb_zboot_parse(file, &zboot);
}

static int parse_pe(struct bzb_span file)
{
	struct bzb_pe pe;

	return bzb_pe_parse(file, &pe);
}

/* A file may have several formats: the first one names it. */
static const struct format {
	enum bzb_kind kind;
	const char *name;
	int (*parse)(struct bzb_span file);
} formats[] = {
	{ BZB_IS_ELF, "ELF file", parse_elf },
	{ BZB_IS_BZIMAGE, "bzImage", parse_bzimage },
	{ BZB_IS_ZBOOT, "EFI zboot image", parse_zboot },
	{ BZB_IS_PE, "PE image", parse_pe },
};

/* The name of a file without faults. */
struct name {
	const char *article;
	char noun[64];
};

static struct name name_for(enum bzb_machine machine, const char *format)
{
	struct name name = { machine_article(machine), "" };

	snprintf(name.noun, sizeof(name.noun), "%s %s", bzb_machine_name(machine), format);
	return name;
}

static struct name name_elf(struct bzb_span file)
{
	const struct bzb_elf_ehdr *ehdr = (const void *)file.data;
	struct name name = { "an", "ELF file" };
	enum bzb_machine machine;
	uint16_t number;

	if (file.size < sizeof(*ehdr))
		return name;
	number = bzb_ld16(ehdr->e_machine);
	if (ehdr->e_ident[5] != BZB_ELFDATA2LSB)
		return (struct name){ "a", "big-endian ELF file" };
	if (ehdr->e_ident[4] != BZB_ELFCLASS64 && multiboot_find(file))
		return (struct name){ "a", "32-bit ELF file for Multiboot loaders" };
	if (number == BZB_EM_386)
		return (struct name){ "a", "32-bit x86 ELF file" };
	if (bzb_machine_of_elf(number, &machine))
		snprintf(name.noun, sizeof(name.noun), "ELF file for another machine (%s)",
			 machine_name(elf_machines, BZB_ARRAY_SIZE(elf_machines), number));
	else if (ehdr->e_ident[4] != BZB_ELFCLASS64)
		return (struct name){ "a", "32-bit ELF file" };
	else if (parse_elf(file) == -BZB_ERR_BADTYPE)
		return (struct name){ "an", "ELF file that is not an executable" };
	else if (!parse_elf(file))
		return name_for(machine, "ELF file");
	return name;
}

/* A PE image, or a zboot image, which is one too. */
static struct name name_pe(struct bzb_span file, const char *format)
{
	struct name name = { *format == 'E' ? "an" : "a", "" };
	enum bzb_machine machine;
	struct bzb_pe pe;

	if (bzb_pe_parse(file, &pe))
		snprintf(name.noun, sizeof(name.noun), "%s", format);
	else if (!bzb_machine_of_pe(pe.machine, &machine))
		return name_for(machine, format);
	else
		snprintf(name.noun, sizeof(name.noun), "%s for another machine (%s)", format,
			 pe_machine_name(pe.machine));
	return name;
}

static const struct mark *find_mark(struct bzb_span file)
{
	struct bzb_span bytes;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(marks); i++)
		if (!bzb_slice(file, marks[i].offset, marks[i].size, &bytes) &&
		    !memcmp(bytes.data, marks[i].magic, marks[i].size))
			return &marks[i];
	return NULL;
}

/* The name of a file that is compressed as a whole. */
static bool find_codec(struct bzb_span file, enum bzb_codec *ret)
{
	const struct stream_format *format = stream_format(file);

	if (!format)
		return !bzb_codec_from_magic(file, ret);
	*ret = stream_codec(format);
	return true;
}

static struct name name_of(struct bzb_span file, unsigned int kinds)
{
	const struct mark *mark = find_mark(file);
	struct name name = { "a", "file of unknown format" };
	enum bzb_codec codec;

	if (kinds & BZB_IS_ELF)
		return name_elf(file);
	if (mark) {
		name.article = mark->article;
		snprintf(name.noun, sizeof(name.noun), "%s", mark->noun);
	} else if (kinds & BZB_IS_BZIMAGE) {
		return (struct name){ "a", "bzImage" };
	} else if (kinds & (BZB_IS_ZBOOT | BZB_IS_PE)) {
		return name_pe(file, kinds & BZB_IS_ZBOOT ? "EFI zboot image" : "PE image");
	} else if (find_codec(file, &codec)) {
		snprintf(name.noun, sizeof(name.noun), "file compressed with %s",
			 bzb_codec_name(codec));
	}
	return name;
}

/* The other errors tell the kind of file, not a fault of it. */
static bool is_fault(int err)
{
	return err && err != -BZB_ERR_BADCLASS && err != -BZB_ERR_BADENDIAN &&
	       err != -BZB_ERR_BADMACHINE && err != -BZB_ERR_BADTYPE;
}

/* The first of its formats that has a fault; NULL if there is none. */
static const struct format *find_fault(struct bzb_span file, unsigned int kinds, int *ret)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(formats); i++) {
		*ret = kinds & formats[i].kind ? formats[i].parse(file) : 0;
		if (is_fault(*ret))
			return &formats[i];
	}
	return NULL;
}

struct identity identify(struct bzb_span file)
{
	unsigned int kinds = bzb_probe(file);
	struct name name = name_of(file, kinds);
	struct identity id;
	int err;
	const struct format *faulty = find_fault(file, kinds, &err);

	id.broken = faulty;
	if (!faulty)
		snprintf(id.text, sizeof(id.text), "%s %s", name.article, name.noun);
	else if (err == -BZB_ERR_TRUNCATED)
		snprintf(id.text, sizeof(id.text), "a truncated %s", name.noun);
	else if (!strcmp(name.noun, faulty->name))
		snprintf(id.text, sizeof(id.text), "a broken %s (%s)", name.noun,
			 bzb_strerror(err));
	else
		snprintf(id.text, sizeof(id.text), "a broken %s (%s: %s)", name.noun, faulty->name,
			 bzb_strerror(err));
	return id;
}

int explain_identity(struct why *why, struct bzb_span file, const char *wanted)
{
	struct identity id = identify(file);

	if (!file.size)
		return explain(why, "is empty");
	return id.broken ? explain(why, "is %s", id.text) :
			   explain(why, "is %s, not %s", id.text, wanted);
}
