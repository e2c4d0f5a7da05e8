/* SPDX-License-Identifier: BSD-2-Clause */
#include "embedded.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/probe.h>

#include "initrd.h"
#include "pe_section.h"

/* Other sections that systemd-stub and boot menus read. */
static const char *const foreign[] = {
	".osrel", ".uname", ".splash", ".dtb", ".dtbauto", ".hwids", ".efifw", ".pcrsig", ".pcrpkey",
	".profile",
};

int embedded_manifest(struct bzb_span image, struct bzb_manifest *ret)
{
	struct bzb_span data;
	int err = pe_section_find(image, ".data", &data);

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

/* Up to a NUL; what is not printable is a space, and there is none at the end: so systemd-stub reads it. */
static struct blob clean_cmdline(struct bzb_span text)
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

static void list_foreign(const struct bzb_pe *pe, struct embedded *ret)
{
	struct bzb_pe_section section;
	char *list = ret->left_out;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (!bzb_pe_find_section(pe, foreign[i], &section))
			snprintf(list + strlen(list), sizeof(ret->left_out) - strlen(list), "%s%s",
				 *list ? ", " : "", foreign[i]);
}

static int read_sections(const struct bzb_pe *pe, struct embedded *ret, struct why *why)
{
	if (initrd_append(&ret->initrd, find_section(pe->file, ".ucode"), why) ||
	    initrd_append(&ret->initrd, find_section(pe->file, ".initrd"), why))
		return -1;
	ret->cmdline = clean_cmdline(find_section(pe->file, ".cmdline"));
	ret->decided = (ret->cmdline.size ? BZB_MANIFEST_CMDLINE_DECIDED : 0) |
		       (ret->initrd.size ? BZB_MANIFEST_INITRD_DECIDED : 0);
	list_foreign(pe, ret);
	return 0;
}

int embedded_find(struct bzb_span file, struct embedded *ret, struct why *why)
{
	struct embedded embedded = { 0 };
	struct bzb_pe pe;
	int err;

	if (!bzb_pe_parse(file, &pe)) {
		err = bzb_probe(file) & BZB_IS_BZBOOT ? read_own(file, &embedded, why) :
							read_sections(&pe, &embedded, why);
		if (err) {
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
