/* SPDX-License-Identifier: BSD-2-Clause */
#include "present.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/fileio.h"
#include "io/text.h"
#include "menu_entry.h"

/* One search: for the files of a record, on the ESP */
struct search {
	const struct install_place *place;
	const struct install_record *record;
	struct present *present;
};

static bool is_among(const struct record_files *files, const struct record_file *file)
{
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->files[i].path, file->path) &&
		    files->files[i].is_previous == file->is_previous)
			return true;
	return false;
}

/* The file of the record that is at a path, NULL if none is. returns: -1 after a message */
static int look_at(const struct search *search, const char *path, const struct record_file **ret)
{
	char *full = install_esp_path(search->place, path), digest[RECORD_DIGEST_SIZE];
	struct stat st;
	struct why why;
	int err = 0;

	*ret = NULL;
	if (!stat(full, &st)) {
		err = record_digest_file(full, digest, NULL, &why);
		if (err)
			diag(full, &why);
		else
			*ret = record_find(&search->record->files, digest);
	}
	free(full);
	return err;
}

static int add_named(const struct search *search, const char *path, bool is_previous)
{
	const struct record_file *known;
	struct record_file file;

	if (strstr(path, ".."))
		return 0;
	if (look_at(search, path, &known))
		return -1;
	if (!known)
		return 0;
	file = *known;
	file.path = (char *)path;
	file.is_previous = is_previous;
	if (!is_among(&search->present->files, &file))
		record_add(&search->present->files, &file);
	return 0;
}

/* The files of the lines "linux" and "initrd" of an entry. */
static int add_all_named(const struct search *search, const char *entry, bool is_previous)
{
	char *full = install_esp_path(search->place, entry), *text, *rest;
	const char *path;
	bool is_kernel;
	struct blob bytes;
	struct why why;
	int err = 0;

	if (file_read_any(full, &bytes, &why)) {
		diag(full, &why);
		free(full);
		return -1;
	}
	rest = text = text_make("%.*s", (int)bytes.size, (const char *)bytes.data);
	while (!err && (path = menu_entry_next_file(&rest, &is_kernel)))
		err = add_named(search, path, is_previous);
	free(text);
	blob_free(&bytes);
	free(full);
	return err;
}

static int add_shown(const struct search *search, const char *name)
{
	const struct install_record *record = search->record;
	struct install_name parsed;
	char *path;
	size_t before = search->present->files.count;
	int err;

	if (!install_name_parse(search->place, record->layout, record->version, name, &parsed))
		return 0;
	path = text_make("%s/%s", install_menu(record->layout)->folder, name);
	err = add_named(search, path, parsed.is_previous);
	if (!err && search->present->files.count == before)
		name_list_add(&search->present->foreign, path);
	/* An entry that was edited needs its files, too. */
	if (!err && record->layout == LAYOUT_BLS)
		err = add_all_named(search, path, parsed.is_previous);
	free(path);
	return err;
}

static int search_menu(const struct search *search)
{
	char *path = install_esp_path(search->place, install_menu(search->record->layout)->folder);
	struct name_list names;
	int err = name_list_folder(path, &names);

	for (size_t i = 0; i < names.count && !err; i++)
		err = add_shown(search, names.names[i]);
	name_list_free(&names);
	free(path);
	return err;
}

static int search_left(const struct search *search)
{
	const struct record_files *files = &search->record->files;
	struct present *present = search->present;
	int err = 0;

	for (size_t i = 0; i < files->count && !err; i++) {
		const struct record_file *known;
		struct record_file file = files->files[i];
		bool is_used = false;

		for (size_t j = 0; j < present->files.count; j++)
			is_used |= !strcmp(present->files.files[j].path, file.path);
		if (is_used)
			continue;
		err = look_at(search, file.path, &known);
		if (!err && known && !strcmp(known->sha256, file.sha256) &&
		    !is_among(&present->left, &file))
			record_add(&present->left, &file);
	}
	return err;
}

int present_find(const struct install_place *place, const struct install_record *record,
		 struct present *ret)
{
	const struct search search = { place, record, ret };

	*ret = (struct present){ 0 };
	return search_menu(&search) || search_left(&search) ? -1 : 0;
}

void present_free(struct present *present)
{
	record_files_free(&present->files);
	record_files_free(&present->left);
	name_list_free(&present->foreign);
}
