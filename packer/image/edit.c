/* SPDX-License-Identifier: BSD-2-Clause */
#include "edit.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/probe.h>
#include <bzboot/uki.h>

#include "input/identify.h"
#include "input/sbat.h"
#include "kernel/application.h"
#include "own_image.h"
#include "pe_edit.h"
#include "sections.h"

/* An edit in the making. */
struct edit {
	const struct edit_options *options;
	bool own, uki; /* an image of bzboot; a unified kernel image or an addon */
	struct section_list list;
	struct section_range range; /* what is edited */
	struct contents given;
	struct sections new;
	uint8_t decided, undecided; /* BZB_MANIFEST_*_DECIDED: that become so, or no longer are */
	bool measured;		    /* a section that is measured changes */
	bool pcrsig_dropped;
	const char *culprit;
};

/* --- which images ------------------------------------------------------------------- */

/* The last byte of the magic number is the version. */
static bool is_of_other_version(const struct edit *edit)
{
	const struct listed *data = section_list_find(&edit->list, edit->range, ".data");
	const size_t size = sizeof(BZB_MANIFEST_MAGIC) - 1;

	return data && data->bytes.size >= size &&
	       !memcmp(data->bytes.data, BZB_MANIFEST_MAGIC, size - 1) &&
	       memcmp(data->bytes.data, BZB_MANIFEST_MAGIC, size);
}

static int find_kind(struct edit *edit, struct bzb_span image, struct why *why)
{
	const unsigned int kinds = bzb_probe(image);

	edit->own = kinds & BZB_IS_BZBOOT;
	if (is_of_other_version(edit))
		return explain(why, "made by another version of bzboot: pack it again");
	edit->uki = section_list_find(&edit->list, edit->range, ".linux") ||
		    (!edit->own && kinds & BZB_IS_ADDON);
	if (edit->own || edit->uki)
		return 0;
	return explain_identity(why, image,
				"a unified kernel image, an addon or an image of bzboot");
}

static int find_range(struct edit *edit, struct bzb_span image, struct why *why)
{
	struct bzb_pe pe;
	int err = bzb_pe_parse(image, &pe);

	if (err)
		return explain(why, "PE headers: %s", bzb_strerror(err));
	if (section_list_read(&pe, &edit->list, why) ||
	    section_list_range(&edit->list, PROFILE_BASE, &edit->range, why) ||
	    find_kind(edit, image, why))
		return -1;
	return section_list_range(&edit->list, edit->options->profile, &edit->range, why);
}

/* --- the new sections --------------------------------------------------------------- */

/* As the profile has it, which may be as the base has it. */
static const struct listed *current(const struct edit *edit, const char *name)
{
	const struct listed *listed = section_list_find(&edit->list, edit->range, name);
	struct section_range base;
	struct why unused;

	if (!listed && !section_list_range(&edit->list, PROFILE_BASE, &base, &unused))
		listed = section_list_find(&edit->list, base, name);
	return listed;
}

static int refuse_plain(struct edit *edit, struct why *why)
{
	const struct contents_options *contents = &edit->options->contents;

	if (edit->uki)
		return 0;
	if (uki_is_given(&contents->uki))
		return explain(why,
			       "not a unified kernel image, so it has no such section: 'bzboot "
			       "pack IMAGE --uki' makes one");
	if (contents->microcodes.count && !contents->initrds.count)
		return explain(why, "its microcode is part of its initrd: give --initrd, too");
	return 0;
}

static int make_title(struct edit *edit, struct why *why)
{
	const struct uki_options *uki = &edit->options->contents.uki;
	const struct listed *osrel = current(edit, ".osrel");

	if (!uki->title || uki->os_release)
		return 0;
	edit->culprit = "--title";
	if (!osrel)
		return explain(why, "the image has no section .osrel: give --os-release, too");
	edit->given.uki.os_release = uki_with_title(osrel->bytes, uki->title);
	return 0;
}

static void append_cmdline(struct edit *edit)
{
	const char *name = edit->uki ? ".cmdline" : ".bzcmd";
	const struct listed *listed = current(edit, name);
	const char *text = edit->options->append;
	struct blob *to = &edit->given.cmdline;
	size_t at;

	if (!text)
		return;
	*to = embedded_cmdline(listed ? listed->bytes : (struct bzb_span){ 0 });
	at = to->size + (to->size > 0);
	blob_resize(to, at + strlen(text));
	if (at)
		to->data[at - 1] = ' ';
	memcpy(to->data + at, text, strlen(text));
}

static int make_cmdline(struct edit *edit, struct why *why)
{
	const struct blob *cmdline = &edit->given.cmdline;

	append_cmdline(edit);
	edit->culprit = edit->options->append ? "--append" : "--cmdline";
	if (cmdline->size > BZB_CMDLINE_MAX)
		return explain(why, "the command line has %zu characters, more than %u",
			       cmdline->size, BZB_CMDLINE_MAX);
	return 0;
}

/* Lines are added to those of the image. */
static int keep_sbat(struct edit *edit, struct why *why)
{
	const struct listed *sbat = current(edit, ".sbat");
	struct bzb_span text;

	if (!edit->options->contents.sbats.count || !sbat)
		return 0;
	text = sbat->bytes;
	while (text.size && !text.data[text.size - 1])
		text.size--;
	edit->given.sbat = blob_copy(text);
	if (!text.size || !sbat_check(text, why))
		return 0;
	edit->culprit = NULL;
	return -1;
}

static int read_given(struct edit *edit, struct why *why)
{
	struct contents_options options = edit->options->contents;
	enum bzb_machine machine;

	options.is_uki = edit->uki;
	options.exact_initrd = !edit->own;
	if (keep_sbat(edit, why) ||
	    contents_add(&edit->given, &options, NULL, &edit->culprit, why) ||
	    make_title(edit, why) || make_cmdline(edit, why))
		return -1;
	if (!options.sbats.count)
		blob_free(&edit->given.sbat);
	edit->decided = options.decided;
	edit->culprit = NULL;
	if (!bzb_machine_of_pe(edit->list.pe.machine, &machine) &&
	    uki_check_machine(&edit->given.uki, machine, &edit->culprit, why))
		return -1;
	return sections_of(&edit->given, &edit->new, why);
}

/* --- changing the list -------------------------------------------------------------- */

static bool is_measured(const char *name)
{
	const enum bzb_uki_name found = section_list_name(name);

	return found != BZB_UKI_NAMES && bzb_uki_is_measured(found);
}

/* In an image of bzboot, sections have an order; in others, a new one is the last. */
static unsigned int place_for(const struct edit *edit, const char *name)
{
	unsigned int at = edit->range.end;

	if (!edit->own || edit->options->profile != PROFILE_BASE)
		return at;
	while (at > edit->range.start && sections_rank(edit->uki, edit->list.list[at - 1].name) >
						 sections_rank(edit->uki, name))
		at--;
	return at;
}

static void insert_section(struct edit *edit, unsigned int at, const struct section *section)
{
	struct listed new = {
		.index = LISTED_NEW,
		.changed = true,
		.is_text = section->is_text,
		.bytes = section->bytes,
	};

	memcpy(new.name, section->name, sizeof(new.name));
	section_list_insert(&edit->list, at, &new);
}

/* The code of stubs, what it works with, and what makes the image a unified kernel image */
static const char *const needed[] = {
	".text",  ".rodata", ".data",  ".reloc",   ".dynamic", ".rela",	   ".dynsym",	".setup",
	".linux", ".osrel",  ".rdata", ".payload", ".profile", ".sdmagic", ".eh_frame",
};

static bool is_needed(const struct edit *edit, const struct listed *listed)
{
	const uint32_t code = BZB_PE_CNT_CODE | BZB_PE_MEM_EXECUTE | (uint32_t)BZB_PE_MEM_WRITE;

	/* A profile may have its own .osrel. */
	if (edit->options->profile != PROFILE_BASE && !strcmp(listed->name, ".osrel"))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(needed); i++)
		if (!strcmp(listed->name, needed[i]))
			return true;
	return listed->index != LISTED_NEW && section_list_name(listed->name) == BZB_UKI_NAMES &&
	       bzb_pe_section(&edit->list.pe, listed->index).characteristics & code;
}

static int set_section(struct edit *edit, const struct section *section, struct why *why)
{
	struct listed *old = section_list_find(&edit->list, edit->range, section->name);
	struct section known = *section;

	if (old && bytes_are_same(old->bytes, section->bytes))
		return 0;
	if (old && !sections_describe(edit->uki, &known) && is_needed(edit, old)) {
		edit->culprit = "--section";
		return explain(why, "section %s is part of the stub", section->name);
	}
	edit->measured |= is_measured(section->name);
	if (old) {
		old->bytes = section->bytes;
		old->is_text = section->is_text;
		old->changed = true;
	} else {
		insert_section(edit, place_for(edit, section->name), section);
		edit->range.end++;
	}
	return 0;
}

static void remove_section(struct edit *edit, const struct listed *listed)
{
	edit->measured |= is_measured(listed->name);
	section_list_remove(&edit->list, (unsigned int)(listed - edit->list.list));
	edit->range.end--;
}

/* Without its section, a command line or an initrd is a boot loader's to give. */
static uint8_t decided_by(const struct edit *edit, const char *name)
{
	struct section section = { 0 };

	snprintf(section.name, sizeof(section.name), "%s", name);
	if (edit->options->profile != PROFILE_BASE || !sections_describe(edit->uki, &section))
		return 0;
	if (section.use == SECTION_CMDLINE)
		return BZB_MANIFEST_CMDLINE_DECIDED;
	return section.use == SECTION_INITRD ? BZB_MANIFEST_INITRD_DECIDED : 0;
}

static int remove_named(struct edit *edit, const char *name, struct why *why)
{
	const struct listed *listed = section_list_find(&edit->list, edit->range, name);

	edit->culprit = "--remove";
	if (!listed)
		return explain(why, "there is no section '%.100s'", name);
	if (is_needed(edit, listed))
		return explain(why, "the image does not work without section %s", listed->name);
	edit->undecided |= decided_by(edit, name);
	remove_section(edit, listed);
	edit->culprit = NULL;
	return 0;
}

/* An empty command line is as good as none. */
static void drop_empty_cmdline(struct edit *edit)
{
	const struct contents_options *options = &edit->options->contents;
	const struct listed *listed =
		section_list_find(&edit->list, edit->range, edit->uki ? ".cmdline" : ".bzcmd");

	if (listed && (options->cmdline || options->cmdline_file) && !edit->given.cmdline.size)
		remove_section(edit, listed);
}

/* The values in PCR 11 that it signs are those of other sections; of the base, in all profiles. */
static void drop_pcrsig(struct edit *edit)
{
	struct section_range range = edit->range;
	const struct listed *listed;

	if (!edit->measured)
		return;
	if (edit->options->profile == PROFILE_BASE)
		range.end = edit->list.count;
	while ((listed = section_list_find(&edit->list, range, ".pcrsig"))) {
		if (listed->changed) {
			range.start = (unsigned int)(listed - edit->list.list) + 1;
			continue;
		}
		remove_section(edit, listed);
		range.end--;
		edit->pcrsig_dropped = true;
	}
}

static int change_list(struct edit *edit, struct why *why)
{
	const struct names *removals = &edit->options->removals;

	for (size_t i = 0; i < removals->count; i++)
		if (remove_named(edit, removals->names[i], why))
			return -1;
	for (unsigned int i = 0; i < edit->new.count; i++) {
		const struct section *section = &edit->new.list[i];

		if (section->in_profile)
			insert_section(edit, edit->list.count, section);
		else if (set_section(edit, section, why))
			return -1;
	}
	drop_empty_cmdline(edit);
	drop_pcrsig(edit);
	return 0;
}

/* --- the new image ------------------------------------------------------------------ */

static bool is_changed(const struct edit *edit)
{
	if (edit->list.count != edit->list.pe.sections)
		return true;
	for (unsigned int i = 0; i < edit->list.count; i++)
		if (edit->list.list[i].changed || edit->list.list[i].index != i)
			return true;
	return false;
}

static bool has_initrd(const struct edit *edit)
{
	static const char *const names[] = { ".initrd", ".ucode", ".bzinit" };
	struct section_range base;
	struct why unused;

	if (section_list_range(&edit->list, PROFILE_BASE, &base, &unused))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (section_list_find(&edit->list, base, names[i]))
			return true;
	return false;
}

static int write_image(struct edit *edit, struct bzb_span image, struct edited *ret,
		       struct why *why)
{
	const struct own_image_change change = {
		.list = &edit->list,
		.decided = edit->decided,
		.undecided = edit->undecided,
	};
	struct edited edited = { .changed = true, .pcrsig_dropped = edit->pcrsig_dropped };
	enum bzb_machine machine;
	int err = 0;

	if (edit->own)
		err = own_image_change(image, &change, &edited.image, why);
	else if (is_changed(edit))
		err = pe_edit(&edit->list, &edited.image, why);
	else
		edited.image = blob_copy(image);
	if (err)
		return -1;
	edited.changed = !bytes_are_same(image, blob_span(&edited.image));
	edited.has_initrd = has_initrd(edit);
	if (!bzb_machine_of_pe(edit->list.pe.machine, &machine))
		edited.cmdline_size = application_cmdline_size(machine);
	edited.cmdline = edit->given.cmdline;
	edit->given.cmdline = (struct blob){ 0 };
	*ret = edited;
	return 0;
}

int edit_image(struct bzb_span image, const struct edit_options *options, struct edited *ret,
	       const char **ret_culprit, struct why *why)
{
	struct edit edit = { .options = options };
	int err = find_range(&edit, image, why);

	if (!err)
		err = refuse_plain(&edit, why);
	if (!err)
		err = read_given(&edit, why);
	if (!err)
		err = change_list(&edit, why);
	if (!err)
		err = write_image(&edit, image, ret, why);
	if (err)
		*ret_culprit = edit.culprit;
	section_list_free(&edit.list);
	contents_free(&edit.given);
	return err ? -1 : 0;
}

void edited_free(struct edited *edited)
{
	blob_free(&edited->image);
	blob_free(&edited->cmdline);
}
