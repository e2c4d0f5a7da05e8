/* SPDX-License-Identifier: BSD-2-Clause */
#include "embedded.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/probe.h>

#include "initrd.h"
#include "pe_section.h"

/* Other sections of a unified kernel image, for its stub and for boot menus. */
static const char *const unified[] = {
	".osrel", ".uname", ".splash", ".dtb",	   ".dtbauto",
	".hwids", ".efifw", ".pcrsig", ".pcrpkey", ".profile",
};

/* Of one that is not ours, SBAT is about its stub. */
static const char *const about_stub[] = { ".sbat" };

/* Sections of bzboot's images that the manifest describes. */
static const char *const described[] = { ".cmdline", ".initrd", ".bzcmd", ".bzinit" };

int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret)
{
	struct bzb_span data;
	int err = bzb_manifest_find(image, &data);

	return err ? err : bzb_manifest_parse(data, ret);
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

/* Empty if there is no such section. */
static struct bzb_span find_section(struct bzb_span file, const char *name)
{
	struct bzb_span bytes = { 0 };

	(void)pe_section_find(file, name, &bytes);
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

static void list_left_out(const struct bzb_pe *pe, const char *const *names, size_t count,
			  struct embedded *ret)
{
	struct bzb_pe_section section;
	char *list = ret->left_out;

	for (size_t i = 0; i < count; i++)
		if (!bzb_pe_find_section(pe, names[i], &section))
			snprintf(list + strlen(list), sizeof(ret->left_out) - strlen(list), "%s%s",
				 *list ? ", " : "", names[i]);
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

static int read_sections(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct blob cmdline, initrd = { 0 };

	if (initrd_append(&initrd, find_section(file, ".ucode"), why) ||
	    initrd_append(&initrd, find_section(file, ".initrd"), why)) {
		blob_free(&initrd);
		return -1;
	}
	cmdline = embedded_cmdline(find_section(file, ".cmdline"));
	decide(&ret->cmdline, &cmdline, BZB_MANIFEST_CMDLINE_DECIDED, ret);
	decide(&ret->initrd, &initrd, BZB_MANIFEST_INITRD_DECIDED, ret);
	return 0;
}

/* The kernel in .linux may be an image of ours. */
static int read_uki(const struct bzb_pe *pe, struct bzb_span kernel, struct embedded *ret,
		    struct why *why)
{
	struct why inside;

	list_left_out(pe, about_stub, BZB_ARRAY_SIZE(about_stub), ret);
	list_left_out(pe, unified, BZB_ARRAY_SIZE(unified), ret);
	if (bzb_probe(kernel) & BZB_IS_BZBOOT && read_own(kernel, ret, &inside))
		return explain(why, "section .linux: %.230s", inside.text);
	return read_sections(pe->file, ret, why);
}

static int read_image(const struct bzb_pe *pe, struct embedded *ret, struct why *why)
{
	struct bzb_span kernel;

	if (bzb_probe(pe->file) & BZB_IS_BZBOOT) {
		list_left_out(pe, unified, BZB_ARRAY_SIZE(unified), ret);
		return read_own(pe->file, ret, why);
	}
	if (is_of_other_version(pe->file))
		list_left_out(pe, described, BZB_ARRAY_SIZE(described), ret);
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
}
