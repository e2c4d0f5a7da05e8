/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Editing any PE image: the new one can be parsed and signed, has the new sections, and all others
 * as they were; the same edit of the new image changes nothing.
 */
#include "fuzz.h"

#include "../packer/image/edit.h"
#include "../packer/input/pe_section.h"

/* As in f_pack.c */
#define MEMORY_MAX (8 * BZB_KERNEL_GAP_UNIT)

static const char cmdline[] = "quiet debug";

static bool is_too_large(struct bzb_span image)
{
	struct bzb_manifest manifest;

	return !embedded_manifest(image, &manifest) && manifest.memory_size > MEMORY_MAX;
}

static struct bzb_span bytes_of(const struct bzb_pe *pe, unsigned int index)
{
	const struct bzb_pe_section section = bzb_pe_section(pe, index);
	struct bzb_span bytes = { pe->file.data, 0 };

	if (section.virtual_size)
		PROMISE(!pe_section_bytes(pe->file, &section, &bytes));
	return bytes;
}

static bool is_named(const struct bzb_pe *pe, unsigned int index, const char *name)
{
	return !strcmp(bzb_pe_section(pe, index).name, name);
}

/* Sections in between are those that the edit replaces, adds or removes. */
static bool may_differ(const struct bzb_pe *pe, unsigned int index)
{
	static const char *const names[] = { ".cmdline", ".bzcmd", ".more", ".pcrsig",
					     ".text",	 ".data",  ".setup" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (is_named(pe, index, names[i]))
			return true;
	return false;
}

static void check_others(const struct bzb_pe *old, const struct bzb_pe *new)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < old->sections; i++) {
		struct bzb_span a, b;

		if (may_differ(old, i))
			continue;
		while (at < new->sections && may_differ(new, at))
			at++;
		PROMISE(at < new->sections);
		a = bytes_of(old, i);
		b = bytes_of(new, at++);
		PROMISE(a.size <= b.size && (!a.size || !memcmp(a.data, b.data, a.size)));
	}
}

static void check_image(struct bzb_span old, struct bzb_span new)
{
	struct bzb_authenticode image;
	struct bzb_pe pe;

	PROMISE(!bzb_pe_parse(old, &pe) && !bzb_authenticode_parse(new, &image));
	check_others(&pe, &image.pe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *section = ".more:some text";
	const struct edit_options plain = {
		.contents = { .cmdline = cmdline, .decided = BZB_MANIFEST_CMDLINE_DECIDED },
		.profile = PROFILE_BASE,
	};
	struct edit_options options = plain;
	struct edited edited, again;
	struct bzb_span image = { data, size };
	struct bzb_pe pe;
	const char *culprit;
	struct why why;

	if (is_too_large(image) || bzb_pe_parse(image, &pe) || pe.certificate_size)
		return 0;
	if (size % 2)
		options.contents.uki.sections = (struct names){ &section, 1 };
	if (edit_image(image, &options, &edited, &culprit, &why)) {
		PROMISE(*why.text);
		return 0;
	}
	check_image(image, blob_span(&edited.image));
	PROMISE(!edit_image(blob_span(&edited.image), &options, &again, &culprit, &why));
	PROMISE(!again.changed);
	edited_free(&edited);
	edited_free(&again);
	return 0;
}
