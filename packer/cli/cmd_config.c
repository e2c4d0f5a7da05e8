/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/lap.h"
#include "command.h"
#include "command_line.h"
#include "configure.h"

struct options {
	const char *root;
	bool json, defaults, example;
};

/* Bits of struct command_option.excludes */
enum {
	EXCLUDES_JSON = 1 << 0,
	EXCLUDES_ROOT = 1 << 1,
	EXCLUDES_DEFAULTS = 1 << 2,
	EXCLUDES_ALL = EXCLUDES_JSON | EXCLUDES_ROOT | EXCLUDES_DEFAULTS,
};

static const struct command_option option_rows[] = {
	{ "json", 0, NULL, GROUP_OUTPUT, "print JSON", .excludes = EXCLUDES_JSON,
	  OPTION_FLAG(struct options, json) },
	{ "defaults", 0, NULL, GROUP_OUTPUT, "print the keys that no file sets, too",
	  .excludes = EXCLUDES_DEFAULTS, OPTION_FLAG(struct options, defaults) },
	{ "example", 0, NULL, GROUP_OUTPUT, "print a file with every key in a comment",
	  .excludes = EXCLUDES_ALL, OPTION_FLAG(struct options, example) },
	{ "root", 0, "DIR", GROUP_OTHER, "the root folder of the system", .value = &value_folder,
	  .initial = "/", .excludes = EXCLUDES_ROOT, OPTION_TEXT(struct options, root) },
};

static const char *const examples[] = {
	"bzboot config",
	"bzboot config --example",
	NULL,
};

const struct command_line line_config = {
	.name = "config",
	.usage = "[--json] [--defaults] [--root DIR]\n--example",
	.text = "Checks the configuration, bzboot.conf(5), and prints each key that counts, with the "
		"file and the line that set it.",
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static bool is_set(const struct settings *settings, const struct config_key *key)
{
	return settings_find(settings, key->row->name);
}

/* returns: NULL: there is none, or it is not a value */
static const char *default_of(const struct config_key *key)
{
	return key->value == CONFIG_FLAG ? "no" : key->row->initial;
}

/* --- as a file -------------------------------------------------------------------------- */

/* Other lines of a value are indented, and # after a blank would begin a comment. */
static void print_value(const char *value)
{
	for (; *value; value++) {
		putchar(*value);
		if (*value == '\n')
			putchar('\t');
		if (strchr(" \t\n", *value) && value[1] == '#')
			putchar('\\');
	}
	putchar('\n');
}

static void print_default(const struct config_key *key)
{
	const char *value = default_of(key);

	if (key->row->otherwise)
		printf("# Default: %s\n", key->row->otherwise);
	printf("#%s=%s\n", key->name, value ? value : "");
}

static void print_values(const struct settings *settings, const struct config_key *key)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->settings[i];

		if (setting->key != key)
			continue;
		printf("# %s:%u\n%s=", setting->path, setting->line, key->name);
		print_value(setting->value);
	}
}

/* @settings: all zeros for those of no file */
static void print_keys(const struct settings *settings, bool defaults)
{
	const char *section = "";
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)); i++) {
		if (!defaults && !is_set(settings, key))
			continue;
		if (strcmp(section, key->section))
			printf("\n[%s]\n", key->section);
		section = key->section;
		print_values(settings, key);
		if (!is_set(settings, key))
			print_default(key);
	}
}

static void print_text(const struct settings *settings, bool defaults)
{
	for (size_t i = 0; i < settings->files.count; i++)
		printf("# %s\n", settings->files.files[i].path);
	if (!settings->files.count)
		puts("# No file is there.");
	print_keys(settings, defaults);
}

static void print_example(void)
{
	const struct settings none = { 0 };

	puts("# /etc/bzboot/bzboot.conf: the configuration of bzboot. See bzboot.conf(5).\n"
	     "#\n"
	     "# Each key has its default here.");
	print_keys(&none, true);
}

/* --- as JSON ---------------------------------------------------------------------------- */

static json_t *text_to_json(const char *text)
{
	return text ? json_name(text) : json_null();
}

static json_t *value_to_json(const struct config_key *key, const char *value, const char *path,
			     unsigned int line)
{
	json_t *json = json_object();

	json_put(json, "section", text_to_json(key->section));
	json_put(json, "key", text_to_json(key->name));
	json_put(json, "value", text_to_json(value));
	json_put(json, "file", text_to_json(path));
	json_put(json, "line", path ? json_number(line) : json_null());
	return json;
}

static void add_values(const struct settings *settings, const struct config_key *key, json_t *all)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->settings[i];

		if (setting->key == key)
			json_add(all,
				 value_to_json(key, setting->value, setting->path, setting->line));
	}
}

static void print_json(const struct settings *settings, bool defaults)
{
	json_t *json = json_object(), *files = json_array(), *all = json_array();
	const struct config_key *key;

	for (size_t i = 0; i < settings->files.count; i++)
		json_add(files, text_to_json(settings->files.files[i].path));
	for (size_t i = 0; (key = config_key_at(i)); i++) {
		add_values(settings, key, all);
		if (defaults && !is_set(settings, key))
			json_add(all, value_to_json(key, default_of(key), NULL, 0));
	}
	json_put(json, "files", files);
	json_put(json, "settings", all);
	json_print(json);
	json_decref(json);
}

/* --- the command ------------------------------------------------------------------------ */

/* Takes the values as pack and install would, those for unified kernel images, too. */
static int check_values(const struct settings *settings)
{
	const struct setting *kernel = settings_find(settings, "linux");
	struct pack_options pack = { .contents.is_uki = true };
	int status = pack_configure(settings, &pack);

	pack_options_free(&pack);
	if (!status)
		status = install_configure(settings);
	if (!status && kernel)
		status = settings_check_file(kernel);
	return status;
}

static int print(const struct options *options)
{
	struct settings settings = { 0 };
	int status = EXIT_FAILURE;

	if (!settings_read(&(struct settings_source){ .root = options->root }, &settings)) {
		lap("read the files");
		status = check_values(&settings);
		lap("check the values");
	}
	if (!status && options->json)
		print_json(&settings, options->defaults);
	else if (!status)
		print_text(&settings, options->defaults);
	settings_free(&settings);
	return status;
}

int cmd_config(int argc, char **argv)
{
	struct options options = { 0 };
	const char *name;
	int status = command_line_parse(&line_config, argc, argv, &options, &name);

	if (!name)
		return status;
	if (!options.example)
		return print(&options);
	print_example();
	return EXIT_SUCCESS;
}
