/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "input/os_release.h"
#include "io/fileio.h"
#include "io/text.h"

#define BLANKS " \t\r\n"
#define PREVIOUS "~previous"

/* statfs(2): a FAT file system, which is what firmware reads */
#define FAT_TYPE 0x4d44

static const char *const layout_names[LAYOUT_COUNT] = {
	[LAYOUT_UKI] = "uki",
	[LAYOUT_BLS] = "bls",
	[LAYOUT_NONE] = "none",
};

static const struct install_menu menus[] = {
	[LAYOUT_UKI] = { "EFI/Linux", ".efi" },
	[LAYOUT_BLS] = { "loader/entries", ".conf" },
};

static const char *const esp_paths[] = { "/efi", "/boot/efi", "/boot" };

const char *install_layout_name(enum install_layout layout)
{
	return layout_names[layout];
}

int install_layout_by_name(const char *name, enum install_layout *ret)
{
	for (unsigned int i = 0; i < LAYOUT_COUNT; i++) {
		if (strcmp(layout_names[i], name))
			continue;
		*ret = (enum install_layout)i;
		return 0;
	}
	return -1;
}

const struct install_menu *install_menu(enum install_layout layout)
{
	return &menus[layout];
}

/* --- the EFI system partition ------------------------------------------------------------- */

const char *install_usual_esp(size_t index)
{
	return index < BZB_ARRAY_SIZE(esp_paths) ? esp_paths[index] : NULL;
}

static bool has_folder(const char *path, const char *name)
{
	char *inside = text_make("%s/%s", path, name);
	struct stat st;
	const bool has = !stat(inside, &st) && S_ISDIR(st.st_mode);

	free(inside);
	return has;
}

static bool has_loader(const char *path)
{
	return has_folder(path, "EFI") || has_folder(path, "loader");
}

/* The dot has the system mount what it mounts only when it is used. */
static bool is_mounted(const char *path)
{
	char *inside = text_make("%s/.", path), *above = text_make("%s/..", path);
	struct stat st, st_above;
	const bool is = !stat(inside, &st) && !stat(above, &st_above) &&
			(st.st_dev != st_above.st_dev || st.st_ino == st_above.st_ino);

	free(inside);
	free(above);
	return is;
}

static bool is_fat(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == FAT_TYPE;
}

/* @path: one of the usual folders */
static bool is_esp(const struct install_place *place, const char *path)
{
	if (*place->root)
		return has_loader(path);
	return is_mounted(path) && (is_fat(path) || has_loader(path));
}

static int search_esp(struct install_place *place)
{
	struct why why;

	for (size_t i = 0; install_usual_esp(i); i++) {
		place->esp = install_path(place, install_usual_esp(i));
		if (is_esp(place, place->esp))
			return 0;
		free(place->esp);
	}
	place->esp = NULL;
	explain(&why,
		"no EFI system partition is mounted at /efi, /boot/efi or /boot: mount it, or "
		"name its folder by ESP= in bzboot.conf");
	return diag_fail(*place->root ? place->root : "/", &why);
}

/* A folder that is there, but not mounted, would be filled in vain. */
static int take_esp(struct install_place *place, const char *path)
{
	struct stat st;
	struct why why;

	place->esp = text_make("%s", path);
	if (stat(path, &st))
		explain(&why, "cannot open: %s", strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		explain(&why, "is not a folder");
	else if (has_loader(path) || is_mounted(path))
		return 0;
	else
		explain(&why, "no EFI system partition is mounted here: mount it first (it has "
			      "neither EFI/ nor loader/)");
	return diag_fail(path, &why);
}

/* --- names -------------------------------------------------------------------------------- */

/* FAT can hold such a word, and boot loaders and shells take it without quotes. */
static int check_word(const char *what, const char *text, struct why *why)
{
	if (!*text)
		return explain(why, "%s is empty", what);
	if (strlen(text) > NAME_MAX / 2)
		return explain(why, "%s is longer than %d characters", what, NAME_MAX / 2);
	if (*text == '.' || *text == '-')
		return explain(why, "%s '%.100s' begins with '%c'", what, text, *text);
	for (const char *c = text; *c; c++)
		if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-._~",
			    *c))
			return explain(why,
				       "%s '%.100s' has a character that is not a letter, a "
				       "digit, or one of + - . _ ~ (character %zu)",
				       what, text, (size_t)(c - text) + 1);
	return 0;
}

int install_version_check(const char *version, struct why *why)
{
	return check_word("the version", version, why);
}

int install_token_check(const char *token, struct why *why)
{
	return check_word("the entry token", token, why);
}

bool install_is_running(const struct install_place *place, const char *version)
{
	struct utsname system;

	return !*place->root && !uname(&system) && !strcmp(system.release, version);
}

/* The first word of a file of the system. returns: NULL if there is none */
static char *read_word(const struct install_place *place, const char *name)
{
	char *path = install_path(place, name), *word = NULL;
	struct blob bytes;
	struct why why;

	if (!file_read(path, &bytes, &why)) {
		char *text = text_make("%.*s", (int)bytes.size, (const char *)bytes.data);
		const char *start = text + strspn(text, BLANKS);

		word = text_make("%.*s", (int)strcspn(start, BLANKS), start);
		free(text);
		blob_free(&bytes);
	}
	free(path);
	if (word && *word)
		return word;
	free(word);
	return NULL;
}

char *install_machine_id(const struct install_place *place)
{
	char *id = read_word(place, "/etc/machine-id");

	if (!id || strcmp(id, "uninitialized"))
		return id;
	free(id);
	return NULL;
}

static char *read_os_id(const struct install_place *place)
{
	static const char *const names[] = { "/etc/os-release", "/usr/lib/os-release" };
	char *id = NULL;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names) && !id; i++) {
		char *path = install_path(place, names[i]);
		struct blob text, value;
		struct why why;

		if (!file_read(path, &text, &why)) {
			value = os_release_value(blob_span(&text), "ID");
			if (value.size)
				id = text_make("%.*s", (int)value.size, (const char *)value.data);
			blob_free(&value);
			blob_free(&text);
		}
		free(path);
	}
	return id;
}

static int find_token(struct install_place *place, const char *wish)
{
	const char *subject = "--entry-token";
	struct why why;

	place->token = wish ? text_make("%s", wish) : NULL;
	if (!place->token) {
		subject = "/etc/kernel/entry-token";
		place->token = read_word(place, subject);
	}
	if (!place->token) {
		subject = "/etc/machine-id";
		place->token = install_machine_id(place);
	}
	if (!place->token) {
		subject = "/etc/os-release";
		place->token = read_os_id(place);
	}
	if (place->token && !install_token_check(place->token, &why))
		return 0;
	if (!place->token)
		explain(&why, "there is no name for the files: write one to "
			      "/etc/kernel/entry-token");
	return diag_fail(subject, &why);
}

static int find_tries(struct install_place *place, const char *wish)
{
	const char *subject = wish ? "--tries" : "/etc/kernel/tries";
	char *word = wish ? text_make("%s", wish) : read_word(place, subject), *end = NULL;
	unsigned long tries = word ? strtoul(word, &end, 10) : 0;
	struct why why;
	int err = 0;

	if (word &&
	    (*end || tries > INSTALL_TRIES_MAX || strspn(word, "0123456789") != strlen(word))) {
		explain(&why, "'%.50s' is not a number from 0 to %d", word, INSTALL_TRIES_MAX);
		err = diag_fail(subject, &why);
	}
	place->tries = (unsigned int)tries;
	free(word);
	return err;
}

char *install_root(const char *root)
{
	size_t length = root ? strlen(root) : 0;

	while (length && root[length - 1] == '/')
		length--;
	return text_make("%.*s", (int)length, root ? root : "");
}

int install_place_find(const struct install_wishes *wishes, struct install_place *ret)
{
	int err;

	*ret = (struct install_place){ .root = install_root(wishes->root) };
	err = wishes->esp ? take_esp(ret, wishes->esp) : search_esp(ret);
	if (!err)
		err = find_token(ret, wishes->token);
	if (!err)
		err = find_tries(ret, wishes->tries);
	return err;
}

void install_place_free(struct install_place *place)
{
	free(place->root);
	free(place->esp);
	free(place->token);
	*place = (struct install_place){ 0 };
}

char *install_path(const struct install_place *place, const char *path)
{
	return text_make("%s%s", place->root, path);
}

char *install_esp_path(const struct install_place *place, const char *path)
{
	return text_make("%s/%s", place->esp, path);
}

/* returns: what follows the digits at @text; NULL if there is none, or they are not a number */
static const char *parse_count(const char *text, unsigned int *ret)
{
	const size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 4)
		return NULL;
	*ret = (unsigned int)strtoul(text, NULL, 10);
	return text + digits;
}

/* @suffix: between the version and the ending: "", "+LEFT", "+LEFT-DONE" or "~previous" */
static bool parse_suffix(const char *suffix, const char *ending, struct install_name *ret)
{
	struct install_name name = { 0 };

	if (!strncmp(suffix, PREVIOUS, strlen(PREVIOUS))) {
		name.is_previous = true;
		suffix += strlen(PREVIOUS);
	} else if (*suffix == '+') {
		name.is_counted = true;
		suffix = parse_count(suffix + 1, &name.left);
		if (suffix && *suffix == '-')
			suffix = parse_count(suffix + 1, &name.done);
	}
	if (!suffix || strcmp(suffix, ending))
		return false;
	*ret = name;
	return true;
}

bool install_name_parse(const struct install_place *place, enum install_layout layout,
			const char *version, const char *name, struct install_name *ret)
{
	char *start = text_make("%s-%s", place->token, version);
	const size_t length = strlen(start);
	const bool is = !strncmp(name, start, length) &&
			parse_suffix(name + length, menus[layout].ending, ret);

	free(start);
	return is;
}

char *install_name_path(const struct install_place *place, enum install_layout layout,
			const char *version, bool is_previous)
{
	const struct install_menu *menu = &menus[layout];
	char tries[16] = "";

	if (place->tries && !is_previous)
		snprintf(tries, sizeof(tries), "+%u", place->tries);
	return text_make("%s/%s-%s%s%s", menu->folder, place->token, version,
			 is_previous ? PREVIOUS : tries, menu->ending);
}
