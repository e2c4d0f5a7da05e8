/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "io/fileio.h"
#include "io/hex.h"
#include "io/json.h"
#include "io/text.h"

#define FOLDER "/var/lib/bzboot"
#define ENDING ".json"
#define TEMPORARY ".bzboot-" /* the start of the names of file_write() */

static const char *const kind_names[RECORD_KIND_COUNT] = {
	[RECORD_IMAGE] = "image",
	[RECORD_ENTRY] = "entry",
	[RECORD_KERNEL] = "kernel",
	[RECORD_INITRD] = "initrd",
};

/* --- digests ------------------------------------------------------------------------------ */

void record_digest(struct bzb_span bytes, char ret[RECORD_DIGEST_SIZE])
{
	unsigned char value[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(bytes.data, bytes.size, value, NULL, EVP_sha256(), NULL))
		diag_no_memory(bytes.size);
	hex_write(value, RECORD_DIGEST_SIZE / 2, ret);
}

int record_digest_file(const char *path, char ret[RECORD_DIGEST_SIZE], uint64_t *ret_size,
		       struct why *why)
{
	struct blob bytes;

	if (file_read_any(path, &bytes, why))
		return -1;
	record_digest(blob_span(&bytes), ret);
	if (ret_size)
		*ret_size = bytes.size;
	blob_free(&bytes);
	return 0;
}

/* --- lists of files ----------------------------------------------------------------------- */

void record_add(struct record_files *files, const struct record_file *file)
{
	const size_t size = (files->count + 1) * sizeof(*files->files);
	struct record_file *longer = realloc(files->files, size);

	if (!longer)
		diag_no_memory(size);
	files->files = longer;
	longer[files->count] = *file;
	longer[files->count++].path = text_make("%s", file->path);
}

const struct record_file *record_find(const struct record_files *files, const char *sha256)
{
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->files[i].sha256, sha256))
			return &files->files[i];
	return NULL;
}

void record_files_free(struct record_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->files[i].path);
	free(files->files);
	*files = (struct record_files){ 0 };
}

bool record_is_spare(const struct record_files *files, const struct record_file *file)
{
	for (size_t i = 0; i < files->count; i++)
		if (!files->files[i].is_previous && !strcmp(files->files[i].path, file->path))
			return false;
	return file->is_previous;
}

bool record_has_current(const struct install_record *record)
{
	for (size_t i = 0; i < record->files.count; i++)
		if (!record->files.files[i].is_previous)
			return true;
	return false;
}

bool record_is_current(const struct install_record *record)
{
	for (size_t i = 0; i < record->files.count; i++)
		if (!record->files.files[i].is_previous &&
		    !strcmp(record->files.files[i].sha256, record->current))
			return true;
	return false;
}

char *record_subject(const X509 *certificate)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL, *subject;
	long size;

	if (!out ||
	    X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0)
		diag_no_memory(0);
	size = BIO_get_mem_data(out, &text);
	subject = text_make("%.*s", (int)size, text);
	BIO_free(out);
	return subject;
}

void record_set_certificate(struct install_record *record, const X509 *signer)
{
	unsigned char *der = NULL;
	int size;

	free(record->certificate_sha256);
	free(record->certificate_subject);
	record->certificate_sha256 = record->certificate_subject = NULL;
	if (!signer)
		return;
	size = i2d_X509(signer, &der);
	if (size <= 0)
		diag_no_memory(0);
	record->certificate_sha256 = text_make("%*s", RECORD_DIGEST_SIZE - 1, "");
	record_digest((struct bzb_span){ der, (size_t)size }, record->certificate_sha256);
	record->certificate_subject = record_subject(signer);
	OPENSSL_free(der);
}

void record_free(struct install_record *record)
{
	record_files_free(&record->files);
	record_files_free(&record->sources);
	name_list_free(&record->folders);
	free(record->version);
	free(record->token);
	free(record->cmdline);
	free(record->inputs);
	free(record->certificate_sha256);
	free(record->certificate_subject);
	*record = (struct install_record){ 0 };
}

/* --- reading ------------------------------------------------------------------------------ */

/* A member that is a text. returns: NULL if it is none */
static char *get_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text_make("%s", text) : NULL;
}

static int get_kind(const json_t *object, enum record_kind *ret)
{
	const char *text = json_string_value(json_object_get(object, "kind"));

	for (unsigned int i = 0; text && i < RECORD_KIND_COUNT; i++) {
		if (strcmp(kind_names[i], text))
			continue;
		*ret = (enum record_kind)i;
		return 0;
	}
	return -1;
}

/* remove deletes what a path names: it must not lead anywhere else. */
static bool is_inside(const char *path)
{
	return !strstr(path, "..");
}

static int get_digest(const json_t *object, const char *name, char ret[RECORD_DIGEST_SIZE])
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text || strlen(text) != RECORD_DIGEST_SIZE - 1)
		return -1;
	memcpy(ret, text, RECORD_DIGEST_SIZE);
	return 0;
}

static int get_file(const json_t *object, struct record_files *to)
{
	const char *path = json_string_value(json_object_get(object, "path"));
	struct record_file file = {
		.is_previous = json_is_true(json_object_get(object, "previous")),
		.size = (uint64_t)json_integer_value(json_object_get(object, "size")),
	};

	if (!path || !is_inside(path) || get_digest(object, "sha256", file.sha256) ||
	    get_kind(object, &file.kind))
		return -1;
	file.path = text_make("%s", path);
	record_add(to, &file);
	free(file.path);
	return 0;
}

static int get_files(const json_t *object, const char *name, struct record_files *to)
{
	const json_t *files = json_object_get(object, name), *file;
	size_t i;
	int err = json_is_array(files) ? 0 : -1;

	json_array_foreach(files, i, file)
		err |= get_file(file, to);
	return err;
}

static int get_folders(const json_t *object, struct name_list *to)
{
	const json_t *folders = json_object_get(object, "folders"), *folder;
	size_t i;

	json_array_foreach(folders, i, folder) {
		if (!json_is_string(folder) || !is_inside(json_string_value(folder)))
			return -1;
		name_list_add(to, json_string_value(folder));
	}
	return 0;
}

/* returns: -1 if a member is missing or of another form */
static int get_record(const json_t *json, const char *version, struct install_record *ret)
{
	const char *layout = json_string_value(json_object_get(json, "layout"));
	const json_t *certificate = json_object_get(json, "certificate");

	*ret = (struct install_record){
		.version = get_text(json, "version"),
		.token = get_text(json, "token"),
		.time = json_integer_value(json_object_get(json, "time")),
		.cmdline = get_text(json, "cmdline"),
		.inputs = get_text(json, "inputs"),
		.certificate_sha256 = get_text(certificate, "sha256"),
		.certificate_subject = get_text(certificate, "subject"),
	};
	if (get_files(json, "files", &ret->files) || get_files(json, "sources", &ret->sources) ||
	    get_folders(json, &ret->folders) || get_digest(json, "current", ret->current))
		return -1;
	if (!layout || install_layout_by_name(layout, &ret->layout) || ret->layout == LAYOUT_NONE)
		return -1;
	if (!ret->version || strcmp(ret->version, version))
		return -1;
	return ret->token && ret->cmdline && ret->inputs ? 0 : -1;
}

static int parse(struct bzb_span text, const char *version, struct install_record *ret,
		 struct why *why)
{
	json_error_t error;
	json_t *json = json_loadb((const char *)text.data, text.size, 0, &error);
	int err;

	if (!json)
		return explain(why, "is not JSON: %.150s (line %d)", error.text, error.line);
	err = get_record(json, version, ret);
	json_decref(json);
	if (!err)
		return 0;
	record_free(ret);
	return explain(why, "is not a record of bzboot: 'bzboot install %.60s' makes a new one",
		       version);
}

char *record_path(const struct install_place *place, const char *version)
{
	return text_make("%s" FOLDER "/%s" ENDING, place->root, version);
}

int record_read(const struct install_place *place, const char *version, struct install_record *ret)
{
	char *path = record_path(place, version);
	struct blob text = { 0 };
	struct why why;
	int result = 0;

	*ret = (struct install_record){ 0 };
	if (!access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR))
		result = file_read_any(path, &text, &why) ||
					 parse(blob_span(&text), version, ret, &why) ?
				 diag_fail(path, &why) :
				 1;
	blob_free(&text);
	free(path);
	return result;
}

/* --- writing ------------------------------------------------------------------------------ */

static json_t *files_to_json(const struct record_files *files, bool with_previous)
{
	json_t *all = json_array();

	for (size_t i = 0; i < files->count; i++) {
		const struct record_file *file = &files->files[i];
		json_t *json = json_object();

		json_put(json, "path", json_name(file->path));
		json_put(json, "kind", json_name(kind_names[file->kind]));
		if (with_previous)
			json_put(json, "previous", json_boolean(file->is_previous));
		json_put(json, "sha256", json_name(file->sha256));
		json_put(json, "size", json_number(file->size));
		json_add(all, json);
	}
	return all;
}

static json_t *folders_to_json(const struct name_list *folders)
{
	json_t *all = json_array();

	for (size_t i = 0; i < folders->count; i++)
		json_add(all, json_name(folders->names[i]));
	return all;
}

static json_t *certificate_to_json(const struct install_record *record)
{
	json_t *json = json_object();

	if (!record->certificate_sha256) {
		json_decref(json);
		return json_null();
	}
	json_put(json, "sha256", json_name(record->certificate_sha256));
	json_put(json, "subject", json_name(record->certificate_subject));
	return json;
}

static json_t *record_to_json(const struct install_record *record)
{
	json_t *json = json_object();

	json_put(json, "version", json_name(record->version));
	json_put(json, "token", json_name(record->token));
	json_put(json, "layout", json_name(install_layout_name(record->layout)));
	json_put(json, "time", json_integer(record->time));
	json_put(json, "files", files_to_json(&record->files, true));
	json_put(json, "folders", folders_to_json(&record->folders));
	json_put(json, "current", json_name(record->current));
	json_put(json, "sources", files_to_json(&record->sources, false));
	json_put(json, "cmdline", json_name(record->cmdline));
	json_put(json, "inputs", json_name(record->inputs));
	json_put(json, "certificate", certificate_to_json(record));
	return json;
}

static int make_folder(const struct install_place *place, struct why *why)
{
	static const char *const names[] = { "/var", "/var/lib", FOLDER };
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names) && !err; i++) {
		char *path = install_path(place, names[i]);

		if (mkdir(path, 0755) && errno != EEXIST)
			err = explain(why, "cannot make its folder: %s", strerror(errno));
		free(path);
	}
	return err;
}

static int write_text(const struct install_place *place, const char *path, const char *text)
{
	const struct bzb_span bytes = { (const unsigned char *)text, strlen(text) };
	struct why why;

	if (file_has(path, bytes, &why) > 0)
		return 0;
	return make_folder(place, &why) || file_write(path, bytes, &why) ? diag_fail(path, &why) :
									   0;
}

int record_write(const struct install_place *place, const struct install_record *record)
{
	json_t *json = record_to_json(record);
	char *dump = json_dumps(json, JSON_INDENT(2)), *text,
	     *path = record_path(place, record->version);
	int err;

	if (!dump)
		diag_no_memory(0);
	text = text_make("%s\n", dump);
	err = write_text(place, path, text);
	json_decref(json);
	free(dump);
	free(text);
	free(path);
	return err;
}

int record_delete(const struct install_place *place, const char *version)
{
	char *path = record_path(place, version), *folder = install_path(place, FOLDER);
	struct why why;
	int err = 0;

	if (unlink(path) && errno != ENOENT) {
		explain(&why, "cannot remove it: %s", strerror(errno));
		err = diag_fail(path, &why);
	}
	rmdir(folder);
	free(path);
	free(folder);
	return err;
}

void record_clean(const struct install_place *place)
{
	char *path = install_path(place, FOLDER);
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, TEMPORARY, strlen(TEMPORARY)))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	free(path);
}

/* --- all of them -------------------------------------------------------------------------- */

static void add_record(struct name_list *names, const char *name)
{
	const size_t length = strlen(name), ending = strlen(ENDING);
	char *version;

	if (*name == '.' || length <= ending || strcmp(name + length - ending, ENDING))
		return;
	version = text_make("%.*s", (int)(length - ending), name);
	name_list_add(names, version);
	free(version);
}

int record_list(const struct install_place *place, struct name_list *ret)
{
	char *path = install_path(place, FOLDER);
	struct name_list names;
	int err = name_list_folder(path, &names);

	*ret = (struct name_list){ 0 };
	for (size_t i = 0; i < names.count; i++)
		add_record(ret, names.names[i]);
	name_list_free(&names);
	free(path);
	return err;
}
