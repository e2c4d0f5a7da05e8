/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts in a unified kernel image or an addon, for boot menus and the kernel. */
#include "info_chapters.h"

#include <bzboot/uki.h>

#include "input/os_release.h"
#include "input/pe_section.h"
#include "io/json.h"

/* As of boot menus, which read no longer ones */
#define TEXT_MAX ((size_t)64 << 10)

static struct bzb_span text_of(const struct bzb_uki *uki, enum bzb_uki_name name)
{
	const struct bzb_span none = { uki->pe.file.data, 0 };
	struct bzb_pe_section section;
	struct bzb_span text;

	if (bzb_uki_section(uki, name, &section) ||
	    pe_section_bytes(uki->pe.file, &section, &text) || text.size > TEXT_MAX)
		return none;
	return text;
}

static void set_value(json_t *object, const char *member, struct bzb_span text, const char *name)
{
	struct blob value = os_release_value(text, name);

	json_put(object, member, json_text(blob_span(&value)));
	blob_free(&value);
}

static json_t *profile_object(const struct bzb_uki *uki, unsigned int number)
{
	struct bzb_span profile = text_of(uki, BZB_UKI_PROFILE);
	json_t *object = json_object();

	json_put(object, "profile", json_number(number));
	set_value(object, "id", profile, "ID");
	set_value(object, "title", profile, "TITLE");
	set_value(object, "os", text_of(uki, BZB_UKI_OSREL), "PRETTY_NAME");
	json_put(object, "uname", json_text(text_of(uki, BZB_UKI_UNAME)));
	json_put(object, "cmdline", json_text(text_of(uki, BZB_UKI_CMDLINE)));
	return object;
}

/* An addon has no .linux, and no profiles. */
static json_t *profiles(const struct bzb_pe *pe)
{
	struct bzb_uki uki = { .pe = *pe, .base_end = pe->sections };
	json_t *array = json_array();

	if (bzb_uki_find(pe, 0, &uki))
		json_add(array, profile_object(&uki, 0));
	for (unsigned int i = 0; !bzb_uki_find(pe, i, &uki); i++)
		json_add(array, profile_object(&uki, i));
	return array;
}

void info_add_profiles(struct info *info)
{
	struct bzb_pe pe;

	if (!bzb_pe_parse(info->file, &pe))
		json_put(info->tree, "profiles", profiles(&pe));
}
