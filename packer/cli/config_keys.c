/* SPDX-License-Identifier: BSD-2-Clause */
#include "config_keys.h"

#include <ctype.h>
#include <string.h>

#include "command.h"

/* More than there are. */
#define KEYS_MAX 96

static const char *const sections[] = { "Output", "Compression", "Contents",
					"UKI",	  "Signing",	 "Install" };

static const char *const section_of[GROUP_COUNT] = {
	[GROUP_OUTPUT] = "Output", [GROUP_COMPRESSION] = "Compression",
	[GROUP_UKI] = "UKI",	   [GROUP_CONTENTS] = "Contents",
	[GROUP_OTHER] = "Output",  [GROUP_SIGNING] = "Signing",
	[GROUP_BOOT] = "Output",   [GROUP_INSTALL] = "Install",
};

/* Options for one run: its files, and where the keys are. (Those of all commands are in no table.) */
static const char *const for_one_run[] = {
	/* clang-format off */
	"output",
	"config",
	"system",
	"root",
	"prepare",
	"prepared",
	"attach",
	"hook",
	"efivars",
	/* clang-format on */
};

/* Values that differ from the arguments of their options. */
static const struct {
	const char *option;
	enum config_value value;
} own_values[] = {
	/* clang-format off */
	{ "cmdline", CONFIG_WORDS },
	{ "default-cmdline", CONFIG_WORDS },
	{ "initrd", CONFIG_FILES },
	{ "default-initrd", CONFIG_FILES },
	{ "sbat", CONFIG_SBAT },
	/* clang-format on */
};

/* Words of options that are not only capitalised. */
static const char *const spellings[] = {
	"DeviceTree", "EFI", "ESP", "OS", "PCRPKey", "PCRSig", "PIN", "SBAT", "UKI",
};

/* Keys of ukify that are not options. */
static const struct command_option other_rows[] = {
	{ "linux", 0, "FILE", GROUP_UKI, "the kernel", .value = &value_kernel },
	{ "efi-arch", 0, "ARCH", GROUP_UKI, "the architecture", .otherwise = "the kernel's" },
};

/* ukify's names, in its section, of keys that are in another one or have another name. */
static const struct {
	const char *name, *option;
} others_names[] = {
	/* clang-format off */
	{ "Cmdline", "cmdline" },
	{ "Initrd", "initrd" },
	{ "Microcode", "microcode" },
	{ "SBAT", "sbat" },
	{ "SecureBootPrivateKey", "key" },
	{ "SecureBootCertificate", "cert" },
	{ "SigningProvider", "provider" },
	{ "CertificateProvider", "provider" },
	/* clang-format on */
};

/* Keys of ukify, up to 262, without a meaning for bzboot. */
static const char *const idle_names[] = {
	/* clang-format off */
	"DeviceTreeAuto",
	"Firmware",
	"HWIDs",
	"PCRBanks",
	"SecureBootCertificateDir",
	"SecureBootCertificateName",
	"SecureBootCertificateValidity",
	"SecureBootSigningTool",
	"SignKernel",
	"SignInitrdPCRs",
	"SigningEngine",
	"Stub",
	/* clang-format on */
};

/* Likewise, in the sections [PCRSignature:NAME]. */
static const char *const policy_names[] = {
	"PCRPrivateKey", "PCRPublicKey", "PCRCertificate", "Phases", "PolicyRef",
};

#define UKIFY_SECTION "UKI"
#define UKIFY_POLICIES "PCRSignature:"

static struct config_key keys[KEYS_MAX];
static size_t key_count;

static bool is_in(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static enum config_value value_of(const struct command_option *row)
{
	const struct option_value *value = row->value;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(own_values); i++)
		if (!strcmp(own_values[i].option, row->name))
			return own_values[i].value;
	if (!row->argument)
		return CONFIG_FLAG;
	if (value && value->kind == VALUE_AT)
		return value->word ? CONFIG_SECTION : CONFIG_AT_FILE;
	if (value && value->files)
		return value->words ? CONFIG_KEY : CONFIG_FILE;
	return value && value->kind == VALUE_FOLDER ? CONFIG_FILE : CONFIG_TEXT;
}

/* Writes @length bytes: the spelling differs in its capitals only. */
static void spell(const char *word, size_t length, char *to)
{
	memcpy(to, word, length);
	*to = (char)toupper((unsigned char)*to);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(spellings); i++)
		if (strlen(spellings[i]) == length && !strncasecmp(spellings[i], word, length))
			memcpy(to, spellings[i], length);
}

static void name_key(struct config_key *key)
{
	const char *word = key->row->name;
	size_t used = 0;

	while (*word) {
		const size_t length = strcspn(word, "-");

		if (used + length >= sizeof(key->name))
			break;
		spell(word, length, key->name + used);
		used += length;
		word += length + (word[length] == '-');
	}
	key->name[used] = '\0';
}

static void add_key(const struct command_option *row, const struct command_line *line)
{
	struct config_key *key = &keys[key_count];

	if (!row->text || key_count == KEYS_MAX || config_key_of(row->name) ||
	    is_in(for_one_run, BZB_ARRAY_SIZE(for_one_run), row->name))
		return;
	*key = (struct config_key){
		.section = section_of[row->group],
		.row = row,
		.line = line,
		.value = value_of(row),
	};
	name_key(key);
	key_count++;
}

static void add_rows(const char *section, const struct command_option *rows, size_t count,
		     const struct command_line *line)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(section_of[rows[i].group], section))
			add_key(&rows[i], line);
}

static void fill_keys(void)
{
	static const struct command_line *const lines[] = { &line_pack, &line_sign, &line_install };
	static bool done;

	if (done)
		return;
	done = true;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(sections); i++) {
		add_rows(sections[i], other_rows, BZB_ARRAY_SIZE(other_rows), NULL);
		for (size_t j = 0; j < BZB_ARRAY_SIZE(lines); j++)
			add_rows(sections[i], lines[j]->options, lines[j]->option_count, lines[j]);
	}
}

const struct config_key *config_key_at(size_t index)
{
	fill_keys();
	return index < key_count ? &keys[index] : NULL;
}

const struct config_key *config_key_of(const char *option)
{
	fill_keys();
	for (size_t i = 0; i < key_count; i++)
		if (!strcmp(keys[i].row->name, option))
			return &keys[i];
	return NULL;
}

const struct config_key *config_key_find(const char *section, const char *name)
{
	fill_keys();
	for (size_t i = 0; i < key_count; i++)
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return &keys[i];
	for (size_t i = 0; i < BZB_ARRAY_SIZE(others_names); i++)
		if (!strcmp(section, UKIFY_SECTION) && !strcmp(others_names[i].name, name))
			return config_key_of(others_names[i].option);
	return NULL;
}

bool config_section_is_known(const char *section)
{
	return is_in(sections, BZB_ARRAY_SIZE(sections), section) ||
	       !strncmp(section, UKIFY_POLICIES, strlen(UKIFY_POLICIES));
}

bool config_key_is_idle(const char *section, const char *name)
{
	if (!strcmp(section, UKIFY_SECTION))
		return is_in(idle_names, BZB_ARRAY_SIZE(idle_names), name);
	return !strncmp(section, UKIFY_POLICIES, strlen(UKIFY_POLICIES)) &&
	       is_in(policy_names, BZB_ARRAY_SIZE(policy_names), name);
}

const struct config_key *config_key_hint(const char *section, const char *name)
{
	const struct config_key *elsewhere = NULL;

	fill_keys();
	for (size_t i = 0; i < key_count; i++) {
		if (strcasecmp(keys[i].name, name))
			continue;
		if (!strcasecmp(keys[i].section, section))
			return &keys[i];
		elsewhere = &keys[i];
	}
	return elsewhere;
}
