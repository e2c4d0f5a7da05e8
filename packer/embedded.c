/* SPDX-License-Identifier: BSD-2-Clause */
#include "embedded.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/probe.h>

/* Linux, Documentation/driver-api/early-userspace/buffer-format.rst */
#define ARCHIVE_ALIGN 4

/* Sections that systemd-stub and boot menus also read. */
static const char *const foreign[] = {
	".osrel", ".uname", ".splash", ".dtb", ".dtbauto", ".hwids", ".efifw", ".pcrsig", ".pcrpkey",
	".profile",
};

int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret)
{
	struct bzb_pe_section data;
	struct bzb_span bytes;
	struct bzb_pe pe;
	int err;

	if ((err = bzb_pe_parse(image, &pe)) || (err = bzb_pe_find_section(&pe, ".data", &data)) ||
	    (err = bzb_slice(image, data.raw_offset, data.raw_size, &bytes)))
		return err;
	return bzb_manifest_parse(bytes, ret);
}

int embedded_section(struct bzb_span image, const struct bzb_pe_section *section,
		     struct bzb_span *ret)
{
	uint32_t size = section->raw_size;

	if (section->virtual_size && section->virtual_size < size)
		size = section->virtual_size;
	return bzb_slice(image, section->raw_offset, size, ret);
}

static struct blob copy_of(struct bzb_span bytes)
{
	struct blob copy = blob_alloc(bytes.size);

	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	return copy;
}

static int read_own(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct bzb_span cmdline, initrd;
	struct bzb_manifest m;
	int err = embedded_manifest(file, &m);

	if (err || (err = bzb_slice(file, m.cmdline_offset, m.cmdline_size, &cmdline)) ||
	    (err = bzb_slice(file, m.initrd_offset, m.initrd_size, &initrd)))
		return explain(why, "manifest: %s", bzb_strerror(err));
	ret->cmdline = copy_of(cmdline);
	ret->initrd = copy_of(initrd);
	ret->decided = m.flags & (BZB_MANIFEST_CMDLINE_DECIDED | BZB_MANIFEST_INITRD_DECIDED);
	return 0;
}

static struct bzb_span find_section(const struct bzb_pe *pe, const char *name)
{
	struct bzb_pe_section section;
	struct bzb_span bytes;

	if (bzb_pe_find_section(pe, name, &section) ||
	    embedded_section(pe->file, &section, &bytes))
		return (struct bzb_span){ 0 };
	return bytes;
}

/* Up to a NUL; what is not printable is a space, and there is none at the end: so systemd-stub reads it. */
static struct blob clean_cmdline(struct bzb_span text)
{
	struct blob clean = copy_of(text);
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

/* One archive, and another one after it. */
static struct blob join(struct bzb_span first, struct bzb_span second)
{
	size_t at = bzb_align_up(first.size, ARCHIVE_ALIGN);
	struct blob joined = blob_alloc(second.size ? at + second.size : first.size);

	if (first.size)
		memcpy(joined.data, first.data, first.size);
	if (second.size)
		memcpy(joined.data + at, second.data, second.size);
	return joined;
}

static void list_foreign(const struct bzb_pe *pe, struct embedded *ret)
{
	struct bzb_pe_section section;
	char *list = ret->left_out;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (!bzb_pe_find_section(pe, foreign[i], &section))
			snprintf(list + strlen(list), sizeof(ret->left_out) - strlen(list), "%s%s",
				 *list ? ", " : "", foreign[i]);
}

static void read_sections(const struct bzb_pe *pe, struct embedded *ret)
{
	ret->cmdline = clean_cmdline(find_section(pe, ".cmdline"));
	ret->initrd = join(find_section(pe, ".ucode"), find_section(pe, ".initrd"));
	ret->decided = (ret->cmdline.size ? BZB_MANIFEST_CMDLINE_DECIDED : 0) |
		       (ret->initrd.size ? BZB_MANIFEST_INITRD_DECIDED : 0);
	list_foreign(pe, ret);
}

int embedded_find(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct embedded embedded = { 0 };
	struct bzb_pe pe;

	if (!bzb_pe_parse(file, &pe)) {
		if (!(bzb_probe(file) & BZB_IS_BZBOOT))
			read_sections(&pe, &embedded);
		else if (read_own(file, &embedded, why))
			return -1;
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
