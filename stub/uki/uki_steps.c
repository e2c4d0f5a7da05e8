/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a unified kernel image are measured, for those who bind secrets to them: UAPI group,
 * "Unified Kernel Image" and "Linux TPM PCR Registry".
 */
#include <bzboot/pe.h>

#include "efi/efi_services.h"
#include "efi/unified.h"

#define KERNEL_PCR 11
#define STUB_IPL 13		/* EV_IPL */

/* In the order in which every stub measures them. Signatures of the PCR are not measured. */
static const char *const sections[] = {
	".linux",  ".osrel", ".cmdline", ".initrd",  ".ucode",
	".splash", ".uname", ".sbat",	 ".pcrpkey",
};

/* The name is hashed in ASCII with its NUL, and logged in UTF-16. */
static bool measure(struct efi *efi, const char *name, struct bzb_span bytes)
{
	CHAR16 text[sizeof(((struct bzb_pe_section *)0)->name)];
	struct bzb_span ascii = { (const unsigned char *)name, 0 }, event;

	do
		text[ascii.size] = (unsigned char)name[ascii.size];
	while (name[ascii.size++]);
	event = (struct bzb_span){ (const unsigned char *)text, ascii.size * sizeof(text[0]) };
	return efi_extend(efi, KERNEL_PCR, STUB_IPL, event, ascii) &&
	       efi_extend(efi, KERNEL_PCR, STUB_IPL, event, bytes);
}

/* returns: false if there is such a section, and it is not measured */
static bool measure_section(const struct boot *boot, const struct bzb_pe *pe, const char *name)
{
	struct bzb_pe_section section;
	struct bzb_span bytes;

	if (bzb_pe_find_section(pe, name, &section) || !section.virtual_size)
		return true;
	return !bzb_slice(pe->file, section.virtual_address, section.virtual_size, &bytes) &&
	       measure(boot->efi, name, bytes);
}

/* In memory, the image is as in the file. The headers are there if the firmware has loaded it. */
static bool find_headers(const struct boot *boot, struct bzb_pe *ret)
{
	const struct bzb_span image = { boot->image, boot->load.manifest.image_size };
	struct bzb_pe_section section;

	return boot->efi->image && !bzb_pe_parse(image, ret) &&
	       !bzb_pe_find_section(ret, ".linux", &section);
}

/* If all are measured, a variable says so to the operating system. */
static void measure_sections(struct boot *boot)
{
	static const CHAR16 pcr[] = L"11";
	bool measured = true;
	struct bzb_pe pe;

	if (!find_headers(boot, &pe))
		return;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(sections); i++)
		measured &= measure_section(boot, &pe, sections[i]);
	if (measured)
		efi_set_variable(boot->efi, L"StubPcrKernelImage", pcr, sizeof(pcr));
}

enum stub_error unified_read_cmdline(struct boot *boot)
{
	measure_sections(boot);
	return efi_read_cmdline(boot);
}

enum stub_error unified_set_initrd(struct boot *boot)
{
	return efi_set_initrd(boot);
}
