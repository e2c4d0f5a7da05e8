/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognises the formats of a file by their magic numbers. */
#include <bzboot/manifest.h>
#include <bzboot/pe.h>
#include <bzboot/probe.h>
#include <bzboot/zboot.h>

static bool has(struct bzb_span file, uint64_t offset, const char *magic, size_t size)
{
	struct bzb_span bytes;

	return !bzb_slice(file, offset, size, &bytes) && !memcmp(bytes.data, magic, size);
}

static bool is_elf(struct bzb_span file)
{
	return has(file, 0, "\177ELF", 4);
}

static bool is_pe(struct bzb_span file)
{
	struct bzb_span field;

	if (!has(file, 0, "MZ", 2) || bzb_slice(file, BZB_PE_LFANEW, 4, &field))
		return false;
	return has(file, bzb_get32(field.data), "PE\0\0", 4);
}

static bool is_bzimage(struct bzb_span file)
{
	return has(file, 0x1fe, "\x55\xaa", 2) && has(file, 0x202, "HdrS", 4);
}

static bool is_zboot(struct bzb_span file)
{
	enum bzb_zboot_magic magic;

	return !bzb_zboot_find_magic(file, &magic);
}

/* Only kernels for x86-64 are bzImages. */
static bool is_for_another_machine(struct bzb_span file)
{
	enum bzb_machine machine;
	struct bzb_pe pe;

	return !bzb_pe_parse(file, &pe) && !bzb_machine_of_pe(pe.machine, &machine) &&
	       machine != BZB_MACHINE_X86_64;
}

static bool is_bzboot(struct bzb_span file)
{
	struct bzb_span data;

	return is_zboot(file) && (is_bzimage(file) || is_for_another_machine(file)) &&
	       !bzb_manifest_find(file, &data) && has(data, 0, BZB_MANIFEST_MAGIC, 8);
}

/* As kernel-install and boot menus tell them from other EFI applications */
static bool is_uki(struct bzb_span file)
{
	struct bzb_pe_section section;
	struct bzb_pe pe;

	return !bzb_pe_parse(file, &pe) && !bzb_pe_find_section(&pe, ".linux", &section) &&
	       !bzb_pe_find_section(&pe, ".osrel", &section);
}

static bool is_addon(struct bzb_span file)
{
	static const char *const names[] = { ".cmdline", ".dtb", ".dtbauto", ".initrd", ".ucode" };
	struct bzb_pe_section section;
	struct bzb_pe pe;

	if (bzb_pe_parse(file, &pe) || !bzb_pe_find_section(&pe, ".linux", &section))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (!bzb_pe_find_section(&pe, names[i], &section))
			return true;
	return false;
}

static const struct {
	enum bzb_kind kind;
	bool (*probe)(struct bzb_span file);
} probes[] = {
	/* clang-format off */
	{ BZB_IS_ELF, is_elf },
	{ BZB_IS_PE, is_pe },
	{ BZB_IS_BZIMAGE, is_bzimage },
	{ BZB_IS_ZBOOT, is_zboot },
	{ BZB_IS_BZBOOT, is_bzboot },
	{ BZB_IS_UKI, is_uki },
	{ BZB_IS_ADDON, is_addon },
	/* clang-format on */
};

unsigned int bzb_probe(struct bzb_span file)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(probes); i++)
		if (probes[i].probe(file))
			kinds |= probes[i].kind;
	return kinds;
}
