/* SPDX-License-Identifier: BSD-2-Clause */
#include "embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/probe.h>

#include "pe_section.h"

/* Other sections of a unified kernel image, for its stub and for boot menus, and whether another
 * one keeps them: signatures of PCR values and profiles are about this image. Kernels for x86-64
 * take no device tree. */
static const struct {
	const char *name;
	bool is_kept, not_x86;
} unified[] = {
	{ .name = ".osrel", .is_kept = true },
	{ .name = ".uname", .is_kept = true },
	{ .name = ".splash", .is_kept = true },
	{ .name = ".dtb", .is_kept = true, .not_x86 = true },
	{ .name = ".dtbauto" },
	{ .name = ".hwids" },
	{ .name = ".efifw" },
	{ .name = ".pcrsig" },
	{ .name = ".pcrpkey", .is_kept = true },
	{ .name = ".profile" },
};

/* Of one that is not ours, SBAT is about its stub. */
static const char about_stub[] = ".sbat";

/* Sections of bzboot's unified kernel images that others have anyway */
static const char *const own[] = { ".text",  ".data",	".linux", ".cmdline",
				   ".ucode", ".initrd", ".sbat",  ".sdmagic" };

/* Sections of bzboot's images that the manifest describes. */
static const char *const described[] = { ".cmdline", ".initrd", ".bzcmd", ".bzinit" };

int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret)
{
	struct bzb_span data;
	int err = bzb_manifest_find(image, &data);

	return err ? err : bzb_manifest_parse(data, ret);
}

int embedded_open(struct bzb_span image, struct bzb_load *ret)
{
	struct bzb_manifest manifest;
	struct bzb_span data;
	int err = bzb_manifest_find(image, &data);

	if (err || (err = bzb_manifest_parse(data, &manifest)))
		return err;
	return manifest.image_size > image.size ? -BZB_ERR_TRUNCATED :
						  bzb_load_open_at(data, image.data, ret);
}

static int read_own(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct bzb_span cmdline, initrd;
	struct bzb_manifest m;
	int err = embedded_manifest(file, &m);

	if (err || (err = bzb_slice(file, m.cmdline_offset, m.cmdline_size, &cmdline)) ||
	    (err = bzb_slice(file, m.initrd_offset, m.initrd_size, &initrd)))
		return explain(why, "manifest: %s", bzb_strerror(err));
	ret->cmdline = blob_copy(cmdline);
	ret->initrd = blob_copy(initrd);
	ret->decided = m.flags & (BZB_MANIFEST_CMDLINE_DECIDED | BZB_MANIFEST_INITRD_DECIDED);
	return 0;
}

/* The sections that profiles share; all if there are no profiles. */
static struct bzb_pe base_of(const struct bzb_pe *pe)
{
	struct bzb_pe base = *pe;

	base.sections = 0;
	while (base.sections < pe->sections &&
	       strcmp(bzb_pe_section(pe, base.sections).name, ".profile"))
		base.sections++;
	return base;
}

/* Empty if there is no such section. */
static struct bzb_span find_section(const struct bzb_pe *pe, const char *name)
{
	const struct bzb_pe base = base_of(pe);
	struct bzb_pe_section section;
	struct bzb_span bytes = { 0 };

	if (!bzb_pe_find_section(&base, name, &section))
		(void)pe_section_bytes(pe->file, &section, &bytes);
	return bytes;
}

struct blob embedded_cmdline(struct bzb_span text)
{
	struct blob clean = blob_copy(text);
	size_t size = 0;

	for (size_t i = 0; i < clean.size && clean.data[i]; i++) {
		if (clean.data[i] < ' ')
			clean.data[i] = ' ';
		if (clean.data[i] != ' ')
			size = i + 1;
	}
	blob_resize(&clean, size);
	return clean;
}

static void list(char *to, size_t size, const char *name)
{
	const size_t used = strlen(to);

	snprintf(to + used, size - used, "%s%s", used ? ", " : "", name);
}

static void leave_out(struct embedded *ret, const char *name)
{
	list(ret->left_out, sizeof(ret->left_out), name);
	list(ret->left_out_of_uki, sizeof(ret->left_out_of_uki), name);
}

static void keep_section(const struct bzb_pe *pe, const char *name, struct embedded *ret)
{
	const size_t size = (ret->section_count + 1) * sizeof(*ret->sections);
	struct embedded_section section = { .bytes = blob_copy(find_section(pe, name)) };

	snprintf(section.name, sizeof(section.name), "%s", name);
	ret->sections = realloc(ret->sections, size);
	if (!ret->sections)
		diag_no_memory(size);
	ret->sections[ret->section_count++] = section;
	list(ret->left_out, sizeof(ret->left_out), name);
}

static void read_unified(const struct bzb_pe *pe, struct embedded *ret)
{
	struct bzb_pe_section section;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(unified); i++) {
		if (bzb_pe_find_section(pe, unified[i].name, &section))
			continue;
		if (unified[i].is_kept && find_section(pe, unified[i].name).size &&
		    (!unified[i].not_x86 || pe->machine != BZB_PE_MACHINE_X86_64))
			keep_section(pe, unified[i].name, ret);
		else
			leave_out(ret, unified[i].name);
	}
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(unified); i++)
		if (!strcmp(name, unified[i].name))
			return true;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(own); i++)
		if (!strcmp(name, own[i]))
			return true;
	return false;
}

/* Sections that the user chose. */
static void read_others(const struct bzb_pe *pe, struct embedded *ret)
{
	const struct bzb_pe base = base_of(pe);

	for (unsigned int i = 0; i < base.sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (!is_known(section.name))
			keep_section(pe, section.name, ret);
	}
}

/* The last byte of the magic number is the version. */
static bool is_of_other_version(struct bzb_span file)
{
	const size_t size = sizeof(BZB_MANIFEST_MAGIC) - 1;
	struct bzb_span data;

	return !bzb_manifest_find(file, &data) && data.size >= size &&
	       !memcmp(data.data, BZB_MANIFEST_MAGIC, size - 1) &&
	       memcmp(data.data, BZB_MANIFEST_MAGIC, size);
}

/* The contents of a section are decided, and replace those of @part. */
static void decide(struct blob *part, struct blob *section, uint8_t flag, struct embedded *embedded)
{
	if (!section->size) {
		blob_free(section);
		return;
	}
	blob_free(part);
	*part = *section;
	embedded->decided |= flag;
}

static void read_sections(const struct bzb_pe *pe, struct embedded *ret)
{
	struct blob cmdline = embedded_cmdline(find_section(pe, ".cmdline"));
	struct blob initrd = blob_copy(find_section(pe, ".initrd"));
	struct blob microcode = blob_copy(find_section(pe, ".ucode"));

	/* Microcode alone replaces an initrd, too. */
	if (microcode.size)
		blob_free(&ret->initrd);
	decide(&ret->cmdline, &cmdline, BZB_MANIFEST_CMDLINE_DECIDED, ret);
	decide(&ret->initrd, &initrd, BZB_MANIFEST_INITRD_DECIDED, ret);
	decide(&ret->microcode, &microcode, BZB_MANIFEST_INITRD_DECIDED, ret);
}

/* The manifest has one initrd, which begins with the microcode. */
static void split_initrd(const struct bzb_pe *pe, struct embedded *ret)
{
	blob_free(&ret->initrd);
	ret->initrd = blob_copy(find_section(pe, ".initrd"));
	ret->microcode = blob_copy(find_section(pe, ".ucode"));
}

/* The kernel in .linux may be an image of ours. */
static int read_uki(const struct bzb_pe *pe, struct bzb_span kernel, struct embedded *ret,
		    struct why *why)
{
	struct bzb_pe_section section;
	struct why inside;

	if (!bzb_pe_find_section(pe, about_stub, &section))
		leave_out(ret, about_stub);
	read_unified(pe, ret);
	if (bzb_probe(kernel) & BZB_IS_BZBOOT && read_own(kernel, ret, &inside))
		return explain(why, "section .linux: %.230s", inside.text);
	read_sections(pe, ret);
	return 0;
}

static int read_image(const struct bzb_pe *pe, struct embedded *ret, struct why *why)
{
	const unsigned int kinds = bzb_probe(pe->file);
	struct bzb_span kernel;

	if (kinds & BZB_IS_BZBOOT) {
		read_unified(pe, ret);
		if (kinds & BZB_IS_UKI)
			read_others(pe, ret);
		if (read_own(pe->file, ret, why))
			return -1;
		if (kinds & BZB_IS_UKI)
			split_initrd(pe, ret);
		return 0;
	}
	if (is_of_other_version(pe->file))
		for (size_t i = 0; i < BZB_ARRAY_SIZE(described); i++)
			if (find_section(pe, described[i]).size)
				leave_out(ret, described[i]);
	return pe_section_find(pe->file, ".linux", &kernel) ? 0 : read_uki(pe, kernel, ret, why);
}

int embedded_find(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct embedded embedded = { 0 };
	struct bzb_pe pe;

	if (!bzb_pe_parse(file, &pe)) {
		if (read_image(&pe, &embedded, why)) {
			embedded_free(&embedded);
			return -1;
		}
		embedded.is_signed = pe.certificate_size;
	}
	*ret = embedded;
	return 0;
}

void embedded_free(struct embedded *embedded)
{
	blob_free(&embedded->cmdline);
	blob_free(&embedded->initrd);
	blob_free(&embedded->microcode);
	for (size_t i = 0; i < embedded->section_count; i++)
		blob_free(&embedded->sections[i].bytes);
	free(embedded->sections);
}
