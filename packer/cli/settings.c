/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/identify.h"
#include "io/lap.h"
#include "io/text.h"

#define BLANKS " \t\r\n\f\v"

/* An assignment that is being read. */
struct assignment {
	struct settings *settings;
	const struct config_key *key;
	const struct config_file *file;
	unsigned int line;
};

/* The words of yes and no: systemd's, and so ukify's. */
static const struct {
	const char *word;
	bool value;
} flags[] = {
	/* clang-format off */
	{ "yes", true },
	{ "no", false },
	{ "true", true },
	{ "false", false },
	{ "on", true },
	{ "off", false },
	{ "y", true },
	{ "n", false },
	{ "t", true },
	{ "f", false },
	{ "1", true },
	{ "0", false },
	/* clang-format on */
};

/* ukify: any blanks, newlines among them, become one space. */
static void join_words(char *text)
{
	char *to = text, *from = text + strspn(text, BLANKS);

	while (*from) {
		const size_t size = strcspn(from, BLANKS);

		memmove(to, from, size);
		to += size;
		from += size + strspn(from + size, BLANKS);
		if (*from)
			*to++ = ' ';
	}
	*to = '\0';
}

static bool parse_flag(const char *text, bool *ret)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(flags); i++) {
		if (strcasecmp(flags[i].word, text))
			continue;
		*ret = flags[i].value;
		return true;
	}
	return false;
}

static bool is_off(const struct setting *setting)
{
	return setting->key->value == CONFIG_FLAG && !strcmp(setting->value, "no");
}

/* The name of a file in a value of a key; NULL if it names none. */
static const char *file_in(const struct config_key *key, const char *value)
{
	const char *colon = strchr(value, ':');
	const bool is_at = *value == '@';

	switch (key->value) {
	case CONFIG_FILE:
	case CONFIG_FILES:
		return value;
	case CONFIG_KEY:
		return colon ? NULL : value;
	case CONFIG_SBAT:
		return strncmp(value, "sbat,", 5) ? value + is_at : NULL;
	case CONFIG_WORDS:
	case CONFIG_AT_FILE:
		return is_at ? value + 1 : NULL;
	case CONFIG_SECTION:
		return colon && colon[1] == '@' ? colon + 2 : NULL;
	case CONFIG_FLAG:
	case CONFIG_TEXT:
		break;
	}
	return NULL;
}

/* --- reading ---------------------------------------------------------------------------- */

static int fail(const struct assignment *one, const struct why *why)
{
	return diag_at(one->file->path, one->line, why);
}

/* Removes the values before that count no longer. */
static void drop(struct settings *settings,
		 bool (*is_dropped)(const struct setting *setting, const struct config_key *key),
		 const struct config_key *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < settings->count; i++)
		if (!is_dropped(&settings->settings[i], key))
			settings->settings[kept++] = settings->settings[i];
	settings->count = kept;
}

static bool has_key(const struct setting *setting, const struct config_key *key)
{
	return setting->key == key;
}

static bool is_excluded(const struct setting *setting, const struct config_key *key)
{
	const struct config_key *other = setting->key;

	return other != key && other->line == key->line &&
	       other->row->excludes & key->row->excludes && !is_off(setting);
}

static char *keep_text(struct settings *settings, char *text)
{
	const size_t size = (settings->text_count + 1) * sizeof(*settings->texts);

	settings->texts = realloc(settings->texts, size);
	if (!text || !settings->texts)
		diag_no_memory(size);
	settings->texts[settings->text_count++] = text;
	return text;
}

/* The value as an argument: with the root before the name of its file. */
static const char *argument_of(const struct assignment *one, const char *value)
{
	const char *file = file_in(one->key, value), *root = one->file->root;

	if (!root || !file || !strcmp(root, "/"))
		return value;
	return keep_text(one->settings,
			 text_make("%.*s%s%s", (int)(file - value), value, root, file));
}

static int check_path(const struct assignment *one, const char *value)
{
	const char *file = file_in(one->key, value);
	struct why why;

	if (!file || !one->file->root || *file == '/')
		return 0;
	explain(&why, "'%.100s' is not an absolute path", file);
	return fail(one, &why);
}

static int add_value(const struct assignment *one, const char *value)
{
	struct settings *settings = one->settings;
	const size_t size = (settings->count + 1) * sizeof(*settings->settings);

	if (check_path(one, value))
		return -1;
	settings->settings = realloc(settings->settings, size);
	if (!settings->settings)
		diag_no_memory(size);
	settings->settings[settings->count++] = (struct setting){
		one->key, value, argument_of(one, value), one->file->path, one->line,
	};
	return 0;
}

static int add_flag(const struct assignment *one, const char *value)
{
	struct why why;
	bool flag;

	if (parse_flag(value, &flag))
		return add_value(one, flag ? "yes" : "no");
	explain(&why, "%s '%.100s' is not yes or no", one->key->name, value);
	return fail(one, &why);
}

static int add_files(const struct assignment *one, char *value)
{
	char *rest = NULL;
	int err = 0;

	for (char *name = strtok_r(value, BLANKS, &rest); name;
	     name = strtok_r(NULL, BLANKS, &rest))
		err |= add_value(one, name);
	return err;
}

static int add_values(const struct assignment *one, char *value)
{
	switch (one->key->value) {
	case CONFIG_FLAG:
		return add_flag(one, value);
	case CONFIG_FILES:
		return add_files(one, value);
	case CONFIG_WORDS:
		if (*value != '@')
			join_words(value);
		return add_value(one, value);
	default:
		return add_value(one, value);
	}
}

static int assign(const struct assignment *one, const char *text)
{
	char *value = keep_text(one->settings, strdup(text + strspn(text, BLANKS)));
	struct settings *settings = one->settings;
	int err;

	if (!one->key->row->repeats || !*value)
		drop(settings, has_key, one->key);
	if (!*value)
		return 0;
	err = add_values(one, value);
	if (!err && !is_off(&settings->settings[settings->count - 1]))
		drop(settings, is_excluded, one->key);
	return err;
}

static void warn_of_idle_key(const struct config_file *file, const struct ini_entry *entry)
{
	struct why why;

	if (!*entry->value)
		return;
	explain(&why, "warning: [%.60s] %.60s is not used", entry->section, entry->key);
	diag_note_at(file->path, entry->line, &why);
}

static int refuse_key(const struct config_file *file, const struct ini_entry *entry)
{
	const struct config_key *hint = config_key_hint(entry->section, entry->key);
	struct why what, why;

	if (config_section_is_known(entry->section))
		explain(&what, "unknown key '%.60s' in [%.60s]", entry->key, entry->section);
	else
		explain(&what, "unknown section [%.60s]", entry->section);
	if (hint)
		explain(&why, "%.160s: write %s in [%s]", what.text, hint->name, hint->section);
	else
		explain(&why, "%.160s (see bzboot.conf(5))", what.text);
	return diag_at(file->path, entry->line, &why);
}

/* The kernel decides; others than these have no images. */
static void check_architecture(const struct config_file *file, const struct ini_entry *entry)
{
	enum bzb_machine machine;
	struct why why;

	if (!*entry->value || !machine_of_efi_name(entry->value, &machine))
		return;
	explain(&why, "warning: EFIArch '%.50s' is no machine that images are for", entry->value);
	diag_note_at(file->path, entry->line, &why);
}

static int read_entry(struct settings *settings, const struct config_file *file,
		      const struct ini_entry *entry)
{
	const struct config_key *key = config_key_find(entry->section, entry->key);
	const struct assignment one = { settings, key, file, entry->line };

	if (!key && config_key_is_idle(entry->section, entry->key)) {
		warn_of_idle_key(file, entry);
		return 0;
	}
	if (!key)
		return refuse_key(file, entry);
	if (key == config_key_of("efi-arch"))
		check_architecture(file, entry);
	return assign(&one, entry->value);
}

int settings_read(const struct settings_source *source, struct settings *ret)
{
	int err = 0;

	if (source->system || source->root)
		err = config_files_find(source->root ? source->root : "/", &ret->files);
	if (source->file)
		err |= config_files_add(&ret->files, source->file, NULL);
	for (size_t i = 0; i < ret->files.count; i++) {
		const struct config_file *file = &ret->files.files[i];

		for (size_t j = 0; j < file->ini.count; j++)
			err |= read_entry(ret, file, &file->ini.entries[j]);
	}
	return err;
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->text_count; i++)
		free(settings->texts[i]);
	free(settings->texts);
	free(settings->settings);
	config_files_free(&settings->files);
	*settings = (struct settings){ 0 };
}

/* --- using ------------------------------------------------------------------------------ */

const struct setting *settings_find(const struct settings *settings, const char *option)
{
	for (size_t i = settings->count; i--;)
		if (!strcmp(settings->settings[i].key->row->name, option))
			return &settings->settings[i];
	return NULL;
}

bool settings_is_on(const struct settings *settings, const char *option, bool otherwise)
{
	const struct setting *setting = settings_find(settings, option);

	return setting ? !is_off(setting) : otherwise;
}

const char *settings_file(const struct setting *setting)
{
	return file_in(setting->key, setting->argument);
}

int settings_check_file(const struct setting *setting)
{
	const char *file = settings_file(setting);
	struct why why;

	if (!file || !strcmp(file, "-") || !access(file, F_OK) ||
	    (errno != ENOENT && errno != ENOTDIR))
		return 0;
	explain(&why, "%s '%.120s': %s", setting->key->name, file, strerror(errno));
	diag_at(setting->path, setting->line, &why);
	return EXIT_FAILURE;
}

/* The row of a command for a value; NULL if the command has none, or does not take it. */
static const struct command_option *row_for(const struct command_line *line, const bool *given,
					    const char *option)
{
	const struct command_option *row = NULL;

	for (size_t i = 0; i < line->option_count && !row; i++)
		if (!strcmp(line->options[i].name, option) && !given[i])
			row = &line->options[i];
	for (size_t i = 0; row && i < line->option_count; i++)
		if (given[i] && line->options[i].excludes & row->excludes)
			return NULL;
	return row;
}

static int take(const struct setting *setting, const struct command_line *line,
		const struct command_option *row, void *options)
{
	int status = settings_check_file(setting);

	if (status)
		return status;
	diag_set_place(setting->path, setting->line);
	status = row->take(line->name, row->argument ? setting->argument : NULL,
			   (char *)options + row->offset);
	diag_set_place(NULL, 0);
	return status;
}

/* @only_signing: leave out the options of other groups */
static int apply(const struct settings *settings, bool only_signing,
		 const struct command_line *line, const bool *given, void *options)
{
	int status = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->settings[i];
		const struct command_option *key = setting->key->row, *row = NULL;
		int its_status;

		if (!only_signing || key->group == GROUP_SIGNING)
			row = row_for(line, given, key->name);
		its_status = row && !is_off(setting) ? take(setting, line, row, options) : 0;

		if (!status)
			status = its_status;
	}
	return status;
}

int settings_apply(const struct settings *settings, const struct command_line *line,
		   const bool *given, void *options)
{
	return apply(settings, false, line, given, options);
}

int settings_apply_signing(const struct settings_source *source, const struct command_line *line,
			   const bool *given, void *options, struct settings *ret)
{
	if (settings_read(source, ret))
		return EXIT_FAILURE;
	if (ret->files.count)
		lap("read the configuration");
	return apply(ret, true, line, given, options);
}

void settings_blame(const struct settings *settings, const struct command_line *line,
		    const bool *given, const char *option)
{
	const struct setting *setting = settings_find(settings, option);

	if (setting && row_for(line, given, option))
		diag_set_place(setting->path, setting->line);
	else
		diag_set_place(NULL, 0);
}
