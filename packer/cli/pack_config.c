/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack_config.h"

#include <string.h>

struct reading {
	struct pack_options *pack;
	struct pack_config *config;
};

/* ukify: any blanks, newlines among them, become one space. */
static void join_words(char *text)
{
	static const char blanks[] = " \t\r\n\f\v";
	char *to = text, *from = text + strspn(text, blanks);

	while (*from) {
		const size_t size = strcspn(from, blanks);

		memmove(to, from, size);
		to += size;
		from += size + strspn(from + size, blanks);
		if (*from)
			*to++ = ' ';
	}
	*to = '\0';
}

static void take_cmdline(struct reading *reading, char *value)
{
	struct contents_options *contents = &reading->pack->contents;

	if ((contents->decided | contents->defaults) & BZB_MANIFEST_CMDLINE_DECIDED)
		return;
	if (*value != '@')
		join_words(value);
	contents_options_set_cmdline(contents, value);
	contents->decided |= BZB_MANIFEST_CMDLINE_DECIDED;
}

/* Names between blanks; those of the option follow. */
static void take_initrd(struct reading *reading, char *value)
{
	char *rest = NULL;

	for (char *name = strtok_r(value, " \t\r\n", &rest); name;
	     name = strtok_r(NULL, " \t\r\n", &rest))
		names_add(&reading->config->initrds, name);
}

static void take_sbat(struct reading *reading, char *value)
{
	struct names *sbats = &reading->pack->contents.sbats;

	if (!sbats->count)
		names_add(sbats, value);
}

static void take_microcode(struct reading *reading, char *value)
{
	struct names *microcodes = &reading->pack->contents.microcodes;

	if (!microcodes->count)
		names_add(microcodes, value);
}

/* Other values of EFIArch are for other machines. */
static void take_arch(struct reading *reading, char *value)
{
	struct why why;

	(void)reading;
	if (!strcmp(value, "x64"))
		return;
	explain(&why, "warning: '%.50s' is not x64, which images are for", value);
	diag_note("EFIArch", &why);
}

static const struct {
	const char *key;
	size_t offset; /* of a const char * in struct pack_options, if there is no function */
	void (*take)(struct reading *reading, char *value);
} keys[] = {
	{ "Linux", offsetof(struct pack_options, kernel), NULL },
	{ "OSRelease", offsetof(struct pack_options, contents.uki.os_release), NULL },
	{ "Cmdline", 0, take_cmdline },
	{ "Initrd", 0, take_initrd },
	{ "Microcode", 0, take_microcode },
	{ "Splash", offsetof(struct pack_options, contents.uki.splash), NULL },
	{ "Uname", offsetof(struct pack_options, contents.uki.uname), NULL },
	{ "SBAT", 0, take_sbat },
	{ "PCRPKey", offsetof(struct pack_options, contents.uki.pcrpkey), NULL },
	{ "PCRSig", offsetof(struct pack_options, contents.uki.pcrsig), NULL },
	{ "Profile", offsetof(struct pack_options, contents.uki.profile), NULL },
	{ "EFIArch", 0, take_arch },
	{ "SecureBootPrivateKey", offsetof(struct pack_options, sign.key), NULL },
	{ "SecureBootCertificate", offsetof(struct pack_options, sign.cert), NULL },
};

/* Whether a later entry has the same key, which counts then. */
static bool is_replaced(const struct ini *ini, size_t index)
{
	for (size_t i = index + 1; i < ini->count; i++)
		if (!strcmp(ini->entries[i].section, ini->entries[index].section) &&
		    !strcmp(ini->entries[i].key, ini->entries[index].key))
			return true;
	return false;
}

static bool take_entry(struct reading *reading, const struct ini_entry *entry)
{
	if (strcmp(entry->section, "UKI"))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(keys); i++) {
		const char **text = (const char **)((char *)reading->pack + keys[i].offset);

		if (strcmp(keys[i].key, entry->key))
			continue;
		if (keys[i].take)
			keys[i].take(reading, entry->value);
		else if (!*text || !**text)
			*text = entry->value;
		return true;
	}
	return false;
}

/* The file's before those that are given, unless an option leaves the initrd out. */
static void prepend_initrds(struct reading *reading)
{
	struct contents_options *contents = &reading->pack->contents;
	struct names *all = &reading->config->initrds, given = contents->initrds;
	const uint8_t kinds = contents->decided | contents->defaults;

	if (!all->count || (kinds & BZB_MANIFEST_INITRD_DECIDED && !given.count))
		return;
	for (size_t i = 0; i < given.count; i++)
		names_add(all, given.names[i]);
	contents->initrds = *all;
	*all = given;
	if (!(kinds & BZB_MANIFEST_INITRD_DECIDED))
		contents->decided |= BZB_MANIFEST_INITRD_DECIDED;
}

static void warn(const char *path, const struct ini_entry *entry)
{
	struct why why;

	explain(&why, "warning: [%.60s] %.60s is not used", entry->section, entry->key);
	diag_note_at(path, entry->line, &why);
}

int pack_config_read(const char *path, struct pack_options *pack, struct pack_config *ret)
{
	struct reading reading = { pack, ret };
	struct ini *ini = &ret->ini;
	unsigned int line;
	struct why why;

	if (ini_read(path, ini, &line, &why))
		return diag_at(path, line, &why);
	for (size_t i = 0; i < ini->count; i++)
		if (!is_replaced(ini, i) && *ini->entries[i].value &&
		    !take_entry(&reading, &ini->entries[i]))
			warn(path, &ini->entries[i]);
	prepend_initrds(&reading);
	return 0;
}

void pack_config_free(struct pack_config *config)
{
	names_free(&config->initrds);
	ini_free(&config->ini);
}
