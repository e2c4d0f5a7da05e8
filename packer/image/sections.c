/* SPDX-License-Identifier: BSD-2-Clause */
#include "sections.h"

#include <stdio.h>
#include <string.h>

/* Where the bytes of a section are in the contents. */
struct row {
	const char *name;
	enum section_use use;
	bool is_text, before_payload;
	size_t offset; /* of the blob, in struct contents */
};

#define AT(member) .offset = offsetof(struct contents, member)

/* bootctl and kernel-install take an image with a section .cmdline or .initrd, and without .linux,
 * for an addon. */
static const struct row plain[] = {
	{ ".sbat", .is_text = true, AT(sbat) },
	{ ".bzcmd", .use = SECTION_CMDLINE, .is_text = true, AT(cmdline) },
	{ ".bzinit", .use = SECTION_INITRD, AT(initrd) },
};

/* In the order of ukify, but microcode comes before the initrd, as the kernel needs it. */
static const struct row unified[] = {
	{ ".osrel", .is_text = true, .before_payload = true, AT(uki.os_release) },
	{ ".cmdline", .use = SECTION_CMDLINE, .is_text = true, .before_payload = true,
	  AT(cmdline) },
	{ ".dtb", .before_payload = true, AT(uki.device_tree) },
	{ ".uname", .is_text = true, .before_payload = true, AT(uki.uname) },
	{ ".splash", .before_payload = true, AT(uki.splash) },
	{ ".pcrpkey", .is_text = true, .before_payload = true, AT(uki.pcrpkey) },
	{ ".ucode", .use = SECTION_INITRD, AT(microcode) },
	{ ".initrd", .use = SECTION_INITRD, AT(initrd) },
	{ ".sbat", .is_text = true, AT(sbat) },
	{ ".sdmagic", .is_text = true, AT(uki.magic) },
};

/* After all sections that profiles share: signatures of the first profile are its own. */
static const struct row first_profile[] = {
	{ ".profile", .is_text = true, AT(uki.profile) },
	{ ".pcrsig", .is_text = true, AT(uki.pcrsig) },
};

int sections_add(struct sections *to, const struct section *section, struct why *why)
{
	if (to->count == SECTIONS_MAX)
		return explain(why, "section %s is one more than there is room for (%d)",
			       section->name, SECTIONS_MAX);
	to->list[to->count++] = *section;
	return 0;
}

static int add_filled(struct sections *to, const struct section *section, struct why *why)
{
	return section->bytes.size ? sections_add(to, section, why) : 0;
}

static int add_rows(struct sections *to, const struct contents *contents, const struct row *rows,
		    size_t count, struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		const struct row *row = &rows[i];
		const void *blob = (const char *)contents + row->offset;
		struct section section = {
			.use = row->use,
			.is_text = row->is_text,
			.before_payload = row->before_payload,
			.bytes = blob_span(blob),
		};

		snprintf(section.name, sizeof(section.name), "%s", row->name);
		err = add_filled(to, &section, why);
	}
	return err;
}

static int add_others(struct sections *to, const struct uki *uki, struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < uki->other_count && !err; i++) {
		struct section section = {
			.is_text = uki->others[i].is_text,
			.bytes = blob_span(&uki->others[i].bytes),
		};

		snprintf(section.name, sizeof(section.name), "%s", uki->others[i].name);
		err = add_filled(to, &section, why);
	}
	return err;
}

static int add_joined(struct sections *to, const struct uki *uki, struct why *why)
{
	int err = 0;

	for (size_t i = 0; i < uki->joined_count && !err; i++) {
		struct section section = {
			.bytes = blob_span(&uki->joined[i].bytes),
			.in_profile = true,
		};

		memcpy(section.name, uki->joined[i].name, sizeof(section.name));
		(void)sections_describe(true, &section);
		section.use = SECTION_FOR_OTHERS;
		section.before_payload = false;
		err = add_filled(to, &section, why);
	}
	return err;
}

int sections_of(const struct contents *contents, struct sections *ret, struct why *why)
{
	struct sections sections = { .uki = contents->is_uki };
	int err = contents->is_uki ?
			  add_rows(&sections, contents, unified, BZB_ARRAY_SIZE(unified), why) :
			  add_rows(&sections, contents, plain, BZB_ARRAY_SIZE(plain), why);

	if (!err)
		err = add_others(&sections, &contents->uki, why);
	if (!err)
		err = add_rows(&sections, contents, first_profile, BZB_ARRAY_SIZE(first_profile),
			       why);
	if (!err)
		err = add_joined(&sections, &contents->uki, why);
	if (!err)
		*ret = sections;
	return err;
}

struct rows {
	const struct row *rows;
	size_t count;
	const char *payload;
};

static struct rows rows_of(bool uki)
{
	if (uki)
		return (struct rows){ unified, BZB_ARRAY_SIZE(unified), SECTION_PAYLOAD_UKI };
	return (struct rows){ plain, BZB_ARRAY_SIZE(plain), SECTION_PAYLOAD_PLAIN };
}

static bool describe(const struct row *rows, size_t count, struct section *section)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].name, section->name))
			continue;
		section->use = rows[i].use;
		section->is_text = rows[i].is_text;
		section->before_payload = rows[i].before_payload;
		return true;
	}
	return false;
}

bool sections_describe(bool uki, struct section *section)
{
	const struct rows rows = rows_of(uki);

	return describe(rows.rows, rows.count, section) ||
	       describe(first_profile, BZB_ARRAY_SIZE(first_profile), section);
}

bool sections_is_stub(const char *name)
{
	static const char *const names[] = { ".setup", ".text", ".data" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Ranks of names: the stub, sections before the payload, the payload, sections after it,
 * others, those of the first profile */
enum {
	RANK_STUB,
	RANK_BEFORE = 1,
	RANK_PAYLOAD = 100,
	RANK_AFTER = 101,
	RANK_OTHER = 200,
	RANK_PROFILE
};

unsigned int sections_rank(bool uki, const char *name)
{
	const struct rows rows = rows_of(uki);

	if (sections_is_stub(name))
		return RANK_STUB;
	for (size_t i = 0; i < rows.count; i++)
		if (!strcmp(rows.rows[i].name, name))
			return (unsigned int)i +
			       (rows.rows[i].before_payload ? RANK_BEFORE : RANK_AFTER);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(first_profile); i++)
		if (!strcmp(first_profile[i].name, name))
			return (unsigned int)i + RANK_PROFILE;
	return strcmp(rows.payload, name) ? RANK_OTHER : RANK_PAYLOAD;
}
