/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "io/efivar.h"
#include "sign/new_key.h"
#include "command.h"
#include "command_line.h"
#include "keys_actions.h"
#include "sign_options.h"

/* Characters of --name: " KEK" follows in the certificate. */
#define NAME_MAX_SIZE (NEW_KEY_NAME_MAX - 4)

enum {
	INIT = 1,
	LIST = 2,
	ENROLL = 4,
	RESET = 8,
	ROTATE = 16,
	RETIRE = 32,
};

static const struct action {
	const char *name;
	unsigned int bit;
	int (*run)(const struct keys_options *options);
} actions[] = {
	{ "init", INIT, action_init },	     { "list", LIST, action_list },
	{ "enroll", ENROLL, action_enroll }, { "reset", RESET, action_reset },
	{ "rotate", ROTATE, action_rotate }, { "retire", RETIRE, action_retire },
};

enum { EXCLUDES_TARGET = 1 };

static const char *action_name(size_t index)
{
	return index < BZB_ARRAY_SIZE(actions) ? actions[index].name : NULL;
}

/* The second operand is a folder, which shells offer with files of any type. */
static const struct option_value value_operands = { .files = "*.auth", .word = action_name };
static const struct option_value value_also = {
	.files = "*.esl *.pem *.crt *.cer *.der *.p7b",
};

static int take_days(const char *command, const char *argument, void *to)
{
	if (!parse_number(argument, 1, 36500, to))
		return diag_usage(command, "--days %s is not a number from 1 to 36500", argument);
	return 0;
}

static const struct command_option option_rows[] = {
	{ "esp", 0, "FOLDER", GROUP_OUTPUT,
	  "enroll: write to loader/keys/auto of this EFI system partition, for systemd-boot",
	  .value = &value_folder, .excludes = EXCLUDES_TARGET,
	  OPTION_TEXT(struct keys_options, esp) },
	{ "efivars", 0, "FOLDER", GROUP_OUTPUT, "enroll, reset: the firmware's variables",
	  .value = &value_folder, .otherwise = EFIVAR_FOLDER, .excludes = EXCLUDES_TARGET,
	  OPTION_TEXT(struct keys_options, efivars) },
	{ "replace", 0, NULL, GROUP_OUTPUT,
	  "enroll: remove entries of the firmware that the files do not have",
	  OPTION_FLAG(struct keys_options, replace) },

	{ "name", 0, "NAME", GROUP_CONTENTS, "init, rotate: the owner's name, in the certificates",
	  .otherwise = "the machine's", OPTION_TEXT(struct keys_options, name) },
	{ "days", 0, "N", GROUP_CONTENTS, "init, rotate: how long the certificates are valid",
	  .initial = "3650", .take = take_days, .offset = offsetof(struct keys_options, days) },
	{ "also-db", 0, "FILE", GROUP_CONTENTS, "init: db has these certificates or lists, too",
	  .value = &value_also, OPTION_NAMES(struct keys_options, also_db) },
	{ "also-kek", 0, "FILE", GROUP_CONTENTS, "init: the same for KEK", .value = &value_also,
	  OPTION_NAMES(struct keys_options, also_kek) },

	{ "use", 0, NULL, GROUP_SIGNING,
	  "init: name the db key in a file of bzboot.conf.d: updates are signed with it",
	  OPTION_FLAG(struct keys_options, use) },
	{ "pk-key", 0, "KEY", GROUP_SIGNING,
	  "init: the private key of PK, which is there already: a file, or a URI of OpenSSL",
	  .value = &value_key, .otherwise = "a new one", OPTION_TEXT(struct keys_options, pk.key) },
	{ "pk-cert", 0, "CERT", GROUP_SIGNING, "init: its certificate", .value = &value_cert,
	  .otherwise = "a new one", OPTION_TEXT(struct keys_options, pk.cert) },
	{ "kek-key", 0, "KEY", GROUP_SIGNING, "init, rotate, retire: the same for KEK",
	  .value = &value_key, .otherwise = "KEK.key of the folder, which init makes",
	  OPTION_TEXT(struct keys_options, kek.key) },
	{ "kek-cert", 0, "CERT", GROUP_SIGNING, "init: its certificate", .value = &value_cert,
	  .otherwise = "a new one", OPTION_TEXT(struct keys_options, kek.cert) },
	{ "encrypt", 0, NULL, GROUP_SIGNING, "init: encrypt the private keys by a passphrase",
	  OPTION_FLAG(struct keys_options, encrypt) },
	KEY_ACCESS_OPTIONS(struct keys_options, access),
};

static const char *const examples[] = {
	"bzboot keys init /etc/bzboot/keys --name \"Example Inc.\" --use",
	"bzboot keys init --kek-key handle:0x81000001 --provider tpm2",
	NULL,
};

const struct command_line line_keys = {
	.name = "keys",
	.usage = "init [FOLDER] [OPTION]...\n"
		 "list [FOLDER]\n"
		 "enroll [FOLDER] [--esp FOLDER | --efivars FOLDER] [--replace]\n"
		 "reset [FOLDER] [--efivars FOLDER]\n"
		 "rotate [FOLDER] [OPTION]...\n"
		 "retire [FOLDER] [OPTION]...",
	.text = "Makes keys of your own for Secure Boot, and enrolls them. FOLDER is /etc/bzboot/keys "
		"by default.\n\n"
		"init makes PK, KEK and db, and never overwrites a key. list shows them. enroll makes "
		"the firmware trust them, if it is in setup mode; later, it updates KEK and db. reset "
		"deletes PK: the firmware is in setup mode again.\n\n"
		"rotate makes a new db, and keeps the old one as db-old: both are trusted. retire removes "
		"db-old. After each of the two, enroll again; after retire, with --replace.",
	.operand = "action",
	.operand_value = &value_operands,
	.second = offsetof(struct keys_options, folder),
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

/* returns: 0, or an exit status */
static int check_options(const struct keys_options *options, const struct action *action)
{
	const struct {
		const char *option;
		bool given;
		unsigned int actions;
	} rules[] = {
		{ "esp", options->esp, ENROLL },
		{ "efivars", options->efivars, ENROLL | RESET },
		{ "replace", options->replace, ENROLL },
		{ "name", options->name, INIT | ROTATE },
		{ "also-db", options->also_db.count, INIT },
		{ "also-kek", options->also_kek.count, INIT },
		{ "use", options->use, INIT },
		{ "pk-key", options->pk.key, INIT },
		{ "pk-cert", options->pk.cert, INIT },
		{ "kek-key", options->kek.key, INIT | ROTATE | RETIRE },
		{ "kek-cert", options->kek.cert, INIT },
		{ "encrypt", options->encrypt, INIT },
		{ "provider", options->access.providers.count, INIT | ROTATE | RETIRE },
		{ "provider-path", options->access.provider_path, INIT | ROTATE | RETIRE },
		{ "pin-file", options->access.pin_file, INIT | ROTATE | RETIRE },
		{ "pin-env", options->access.pin_env, INIT | ROTATE | RETIRE },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(rules); i++)
		if (rules[i].given && !(rules[i].actions & action->bit))
			return diag_usage("keys", "%s takes no --%s", action->name,
					  rules[i].option);
	if ((options->pk.cert && !options->pk.key) || (options->kek.cert && !options->kek.key))
		return diag_usage("keys", "--pk-cert needs --pk-key, and --kek-cert --kek-key");
	if (action->bit == INIT && !options->encrypt && !options->pk.key && !options->kek.key &&
	    (options->access.pin_file || options->access.pin_env))
		return diag_usage("keys", "init: --pin-file and --pin-env need --encrypt, or a key "
					  "that is there already");
	if (options->use && options->encrypt && !options->access.pin_file)
		return diag_usage("keys",
				  "init: --use with --encrypt needs --pin-file, because "
				  "nothing asks for the passphrase while packages are installed");
	if (options->name && count_characters(options->name) > NAME_MAX_SIZE)
		return diag_usage("keys", "--name has more than %d characters", NAME_MAX_SIZE);
	return 0;
}

static int run(struct keys_options *options)
{
	const struct action *action = find_action(options->action);
	struct utsname system;
	int status;

	if (!action)
		return diag_usage("keys", "no such action: %s", options->action);
	status = check_options(options, action);
	if (status)
		return status;
	if (!options->folder)
		options->folder = "/etc/bzboot/keys";
	if (!options->efivars)
		options->efivars = EFIVAR_FOLDER;
	if (!options->name && !uname(&system)) {
		system.nodename[NAME_MAX_SIZE] = '\0';
		options->name = system.nodename;
	}
	return action->run(options) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_keys(int argc, char **argv)
{
	struct keys_options options = { 0 };
	int status = command_line_parse(&line_keys, argc, argv, &options, &options.action);

	if (options.action)
		status = run(&options);
	names_free(&options.also_db);
	names_free(&options.also_kek);
	names_free(&options.access.providers);
	return status;
}
