/* SPDX-License-Identifier: BSD-2-Clause */
#include "put.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fileio.h"
#include "io/text.h"
#include "present.h"
#include "room.h"

/* A file that is not complete: no boot loader shows such a name. */
#define NEW_START "."
#define NEW_ENDING ".new"

/* returns: -1 */
static int fail(const char *path, const char *what)
{
	struct why why;

	explain(&why, "%s: %s", what, strerror(errno));
	return diag_fail(path, &why);
}

/* --- files on the ESP --------------------------------------------------------------------- */

/* The path of a file while it is not complete; a text for free(). */
static char *new_path(const struct install_place *place, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	return text_make("%s/%.*s" NEW_START "%s" NEW_ENDING, place->esp, (int)(name - path), path,
			 name);
}

static int sync_esp(const struct install_place *place)
{
	int fd = open(place->esp, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	err = fd < 0 || syncfs(fd) ? fail(place->esp, "cannot flush it to the disk") : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

static int rename_file(const char *from, const char *to)
{
	return rename(from, to) ? fail(to, "cannot rename a file to it") : 0;
}

/* Renames a file of the ESP. */
static int move(const struct install_place *place, const char *from, const char *to)
{
	char *old = install_esp_path(place, from), *new = install_esp_path(place, to);
	int err = rename_file(old, new);

	free(old);
	free(new);
	return err;
}

static int drop_file(const struct install_place *place, const char *path)
{
	char *full = install_esp_path(place, path);
	int err = unlink(full) && errno != ENOENT ? fail(full, "cannot remove it") : 0;

	free(full);
	return err;
}

static int drop_files(const struct install_place *place, const struct record_files *files)
{
	int err = 0;

	for (size_t i = 0; i < files->count; i++)
		err |= drop_file(place, files->files[i].path);
	return err;
}

/* --- what was left ------------------------------------------------------------------------ */

static bool is_new(const char *name, const char *start)
{
	const size_t length = strlen(name), ending = strlen(NEW_ENDING);

	return length > ending && !strncmp(name, start, strlen(start)) &&
	       !strcmp(name + length - ending, NEW_ENDING);
}

/* Removes files that are not complete from a folder. @start: of their names */
static void clean_folder(const char *path, const char *start)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (is_new(entry->d_name, start))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
}

static void clean(const struct install_place *place, const struct install_record *record)
{
	char *menu = install_esp_path(place, install_menu(record->layout)->folder);
	char *start = text_make(NEW_START "%s-", place->token);
	char *own = text_make("%s/%s/%s", place->esp, place->token, record->version);

	clean_folder(menu, start);
	clean_folder(own, NEW_START);
	free(menu);
	free(start);
	free(own);
	record_clean(place);
}

static int check_writable(const struct install_place *place)
{
	struct why why;

	if (!access(place->esp, W_OK | X_OK))
		return 0;
	if (errno == EROFS)
		explain(&why,
			"is mounted read-only: 'mount -o remount,rw %.150s', and check the "
			"file system if that fails",
			place->esp);
	else
		explain(&why, "cannot write to it: %s", strerror(errno));
	return diag_fail(place->esp, &why);
}

/* The file that boot loaders show as the current one, or as the previous one; NULL if there is
 * none, or if it is foreign. */
static const struct record_file *shown(const struct install_record *record,
				       const struct record_files *files, bool is_previous)
{
	const enum record_kind kind = record->layout == LAYOUT_BLS ? RECORD_ENTRY : RECORD_IMAGE;

	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].kind == kind && files->files[i].is_previous == is_previous)
			return &files->files[i];
	return NULL;
}

/* The same among foreign files. */
static const char *foreign_shown(const struct install_place *place,
				 const struct install_record *record, const struct present *present,
				 bool is_previous)
{
	for (size_t i = 0; i < present->foreign.count; i++) {
		const char *path = present->foreign.names[i];
		struct install_name name;

		if (install_name_parse(place, record->layout, record->version, file_base_name(path),
				       &name) &&
		    name.is_previous == is_previous)
			return path;
	}
	return NULL;
}

/* The record gets the files that are there, and those that nothing names go. */
static int settle(const struct install_place *place, struct install_record *record)
{
	struct present present;
	int err = present_find(place, record, &present);

	if (!err)
		err = drop_files(place, &present.left);
	if (!err) {
		record_files_free(&record->files);
		record->files = present.files;
		present.files = (struct record_files){ 0 };
	}
	present_free(&present);
	return err;
}

int put_prepare(const struct install_place *place, struct install_record *record)
{
	if (check_writable(place))
		return -1;
	clean(place, record);
	return settle(place, record);
}

/* --- putting ------------------------------------------------------------------------------ */

/* A file of that name, which has its digest in it, need not be written again. */
static bool is_there(const struct install_place *place, const struct put_file *file)
{
	char *path = install_esp_path(place, file->path);
	struct why why;
	const bool is = file_has(path, blob_span(&file->bytes), &why) > 0;

	free(path);
	return is;
}

/* Makes the folders above a path, and notes those that it made. */
static int make_folders(const struct put *put, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *folder = text_make("%.*s", (int)(slash - path), path);
		char *full = install_esp_path(put->place, folder);
		int err = mkdir(full, 0755);

		if (!err)
			name_list_add(&put->record->folders, folder);
		else if (errno != EEXIST)
			fail(full, "cannot make the folder");
		else
			err = 0;
		free(folder);
		free(full);
		if (err)
			return -1;
	}
	return 0;
}

/* The folders that are empty go, those inside others first. */
static void remove_folders(const struct install_place *place, const struct name_list *folders)
{
	for (size_t i = folders->count; i--;) {
		char *full = install_esp_path(place, folders->names[i]);

		rmdir(full);
		free(full);
	}
}

static int write_bytes(int fd, struct bzb_span bytes)
{
	int err = file_write_all(fd, bytes) || fsync(fd) ? errno : 0;

	if (close(fd) && !err)
		err = errno;
	errno = err;
	return err ? -1 : 0;
}

/* The system forgets the bytes first, so that they come from the disk. */
static int read_back(const char *path, struct bzb_span bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), same;
	struct why why;

	if (fd >= 0) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		close(fd);
	}
	same = file_has(path, bytes, &why);
	if (same > 0)
		return 0;
	if (!same)
		explain(&why, "the bytes that are read are not those that were written: the disk "
			      "or its file system fails");
	return diag_fail(path, &why);
}

static int write_new(const struct install_place *place, const char *name, struct bzb_span bytes)
{
	char *path = new_path(place, name), *full;
	int fd, err;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write_bytes(fd, bytes)) {
		full = install_esp_path(place, name);
		err = fail(full, "cannot write");
		free(full);
	} else {
		err = read_back(path, bytes);
	}
	if (err)
		unlink(path);
	free(path);
	return err;
}

static void drop_all_new(const struct put *put)
{
	for (size_t i = 0; i < put->count; i++) {
		char *path = new_path(put->place, put->files[i].path);

		unlink(path);
		free(path);
	}
}

static void drop_previous(const struct put *put)
{
	const struct record_files *files = &put->record->files;

	for (size_t i = 0; i < files->count; i++)
		if (record_is_spare(files, &files->files[i]))
			drop_file(put->place, files->files[i].path);
}

/* The previous files go early only if there is no other way. */
static int make_room(const struct put *put)
{
	uint64_t needed = 0;
	struct room room;

	for (size_t i = 0; i < put->count; i++)
		if (!is_there(put->place, &put->files[i]))
			needed += put->files[i].bytes.size;
	if (room_check(put->place, put->record, needed) || room_measure(put->place, &room))
		return -1;
	if (needed > room.free)
		drop_previous(put);
	return 0;
}

static int write_all_new(const struct put *put)
{
	int err = 0;

	for (size_t i = 0; i < put->count && !err; i++) {
		const struct put_file *file = &put->files[i];

		if (i + 1 < put->count && is_there(put->place, file))
			continue;
		err = make_folders(put, file->path);
		if (!err)
			err = write_new(put->place, file->path, blob_span(&file->bytes));
	}
	return err;
}

/* The file that becomes the previous one, relative to the ESP */
struct replaced {
	const char *path; /* NULL: there is none */
	bool is_foreign;
};

/* bzboot did not make it, but keeps it. */
static int adopt(const struct put *put, const char *path)
{
	char *full = install_esp_path(put->place, path);
	struct record_file file = {
		.path = (char *)path,
		.kind = put->files[put->count - 1].kind,
		.is_previous = true,
	};
	struct why why;
	int err = record_digest_file(full, file.sha256, &file.size, &why);

	if (err) {
		diag(full, &why);
	} else {
		explain(&why, "warning: bzboot did not make it: it becomes the previous one");
		diag_note(full, &why);
		record_add(&put->record->files, &file);
	}
	free(full);
	return err;
}

static void add_new(const struct put *put)
{
	for (size_t i = 0; i < put->count; i++) {
		struct record_file file = {
			.path = put->files[i].path,
			.kind = put->files[i].kind,
			.size = put->files[i].bytes.size,
		};

		record_digest(blob_span(&put->files[i].bytes), file.sha256);
		record_add(&put->record->files, &file);
	}
}

static const char *new_name(const struct put *put)
{
	return put->files[put->count - 1].path;
}

/* The file that the new one replaces. */
static struct replaced find_replaced(const struct put *put, const struct present *present)
{
	const struct record_file *own = shown(put->record, &present->files, false);
	const char *foreign = foreign_shown(put->place, put->record, present, false);

	for (size_t i = 0; i < present->foreign.count; i++)
		if (!strcmp(present->foreign.names[i], new_name(put)))
			return (struct replaced){ present->foreign.names[i], true };
	if (own)
		return (struct replaced){ own->path, false };
	return (struct replaced){ foreign, foreign };
}

/* The record before the files get their names: those that go, and the new ones. */
static int announce(const struct put *put, const struct replaced *replaced)
{
	struct record_files *files = &put->record->files;

	for (size_t i = 0; i < files->count; i++)
		files->files[i].is_previous = true;
	if (replaced->is_foreign && adopt(put, replaced->path))
		return -1;
	add_new(put);
	memcpy(put->record->current, files->files[files->count - 1].sha256,
	       sizeof(put->record->current));
	return record_write(put->place, put->record);
}

static int name_new(const struct install_place *place, const char *path)
{
	char *from = new_path(place, path), *to = install_esp_path(place, path);
	int err = rename_file(from, to);

	free(from);
	free(to);
	return err;
}

/* Those that no boot loader shows: nothing names them yet. */
static int name_hidden(const struct put *put)
{
	int err = 0;

	for (size_t i = 0; i + 1 < put->count && !err; i++) {
		char *from = new_path(put->place, put->files[i].path);

		if (!access(from, F_OK))
			err = name_new(put->place, put->files[i].path);
		free(from);
	}
	return err;
}

static void tell_replaced(const struct put *put, const struct present *present)
{
	const char *foreign = foreign_shown(put->place, put->record, present, true);
	struct why why;
	char *full;

	if (!foreign)
		return;
	full = install_esp_path(put->place, foreign);
	explain(&why, "warning: bzboot did not make it: it is replaced");
	diag_note(full, &why);
	free(full);
}

/* The current file becomes the previous one, and the new one the current one. */
static int replace(const struct put *put, const char *current)
{
	const struct install_record *record = put->record;
	char *previous = install_name_path(put->place, record->layout, record->version, true);
	int err = current ? move(put->place, current, previous) : 0;

	if (!err) {
		err = name_new(put->place, new_name(put));
		if (err && current)
			move(put->place, previous, current);
	}
	free(previous);
	return err;
}

static bool drops(const struct put *put, const struct replaced *replaced)
{
	return put->drop_previous && !replaced->is_foreign;
}

static int show(const struct put *put, const struct replaced *replaced)
{
	return drops(put, replaced) ? name_new(put->place, new_name(put)) :
				      replace(put, replaced->path);
}

/* Files that boot loaders show, and that are neither the new one nor one to be kept. @ret: whether
 * there were any */
static int drop_old(const struct put *put, const struct replaced *replaced, bool *ret)
{
	const struct record_files *files = &put->record->files;
	const enum record_kind kind = put->files[put->count - 1].kind;
	int err = 0;

	*ret = false;
	for (size_t i = 0; i < files->count && !err; i++) {
		const struct record_file *file = &files->files[i];

		if (file->kind != kind ||
		    !(file->is_previous ? drops(put, replaced) :
					  !!strcmp(file->path, new_name(put))))
			continue;
		err = drop_file(put->place, file->path);
		*ret = true;
	}
	return err;
}

/* returns: 0, or -1 after a message */
static int finish(const struct put *put, const struct replaced *replaced)
{
	bool dropped;

	if (settle(put->place, put->record) || drop_old(put, replaced, &dropped) ||
	    (dropped && settle(put->place, put->record)) || sync_esp(put->place))
		return -1;
	return record_write(put->place, put->record);
}

static int put_in_place(const struct put *put, const struct present *present)
{
	const struct replaced replaced = find_replaced(put, present);

	if (make_room(put))
		return -1;
	if (write_all_new(put) || sync_esp(put->place) || announce(put, &replaced) ||
	    name_hidden(put) || sync_esp(put->place)) {
		drop_all_new(put);
		return -1;
	}
	if (!drops(put, &replaced))
		tell_replaced(put, present);
	if (show(put, &replaced)) {
		drop_all_new(put);
		return -1;
	}
	return sync_esp(put->place) || finish(put, &replaced) ? -1 : 0;
}

/* Folders that another version's record has are ours, too. */
static void inherit_folders(const struct put *put)
{
	struct name_list versions;

	record_list(put->place, &versions);
	for (size_t i = 0; i < versions.count; i++) {
		struct install_record other;

		if (record_read(put->place, versions.names[i], &other) > 0)
			for (size_t j = 0; j < other.folders.count; j++)
				name_list_add(&put->record->folders, other.folders.names[j]);
		record_free(&other);
	}
	name_list_free(&versions);
}

/* A signal must not end the program in the middle of it. */
static void hold_signals(sigset_t *before)
{
	sigset_t all;

	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, before);
}

int put_files(const struct put *put)
{
	struct present present;
	sigset_t before;
	int err;

	hold_signals(&before);
	err = present_find(put->place, put->record, &present);
	if (!err) {
		inherit_folders(put);
		err = put_in_place(put, &present);
	}
	if (err)
		remove_folders(put->place, &put->record->folders);
	present_free(&present);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

int put_replace(const struct install_place *place, const char *path, struct bzb_span bytes)
{
	sigset_t before;
	int err;

	hold_signals(&before);
	err = write_new(place, path, bytes) || sync_esp(place) || name_new(place, path) ||
	      sync_esp(place);
	if (err) {
		char *new = new_path(place, path);

		unlink(new);
		free(new);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err ? -1 : 0;
}

/* --- removing ----------------------------------------------------------------------------- */

static int tell_foreign(const struct install_place *place, const struct present *present)
{
	int err = 0;

	for (size_t i = 0; i < present->foreign.count; i++) {
		char *full = install_esp_path(place, present->foreign.names[i]);
		struct why why;

		explain(&why, "stays, because it is not the file that bzboot installed");
		err = diag_fail(full, &why);
		free(full);
	}
	return err;
}

int put_remove(const struct install_place *place, struct install_record *record)
{
	struct present present;
	sigset_t before;
	int err;

	hold_signals(&before);
	err = present_find(place, record, &present);
	if (!err)
		err = drop_files(place, &present.files) | drop_files(place, &present.left);
	if (!err) {
		remove_folders(place, &record->folders);
		err = sync_esp(place);
	}
	if (!err)
		err = record_delete(place, record->version);
	if (!err)
		err = tell_foreign(place, &present);
	present_free(&present);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
