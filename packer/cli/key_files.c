/* SPDX-License-Identifier: BSD-2-Clause */
#include "key_files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "io/fileio.h"
#include "io/names.h"

static const char *const stems[] = { "PK", "KEK", "db", "db-old", "noPK", "owner" };
static const char *const endings[] = { ".key", ".crt", ".cer", ".esl", ".auth", ".guid" };

void key_files_add(struct key_files *files, const char *stem, const char *ending, struct blob bytes)
{
	const size_t i = files->count++;

	snprintf(files->names[i], sizeof(files->names[i]), "%s%s", stem, ending);
	files->bytes[i] = bytes;
	files->files[i] = (struct folder_file){
		.name = files->names[i],
		.bytes = blob_span(&bytes),
		.is_secret = !strcmp(ending, ".key"),
	};
}

_Static_assert(BZB_ARRAY_SIZE(stems) * BZB_ARRAY_SIZE(endings) == KEY_FILES_MAX, "all files");

static bool has(const struct key_files *files, const char *stem, const char *ending)
{
	char name[16];

	snprintf(name, sizeof(name), "%s%s", stem, ending);
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->names[i], name))
			return true;
	return false;
}

int key_files_keep(struct key_files *files, const char *folder, const char *except)
{
	struct blob bytes;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(stems); i++)
		for (size_t j = 0; j < BZB_ARRAY_SIZE(endings); j++) {
			if ((except && !strcmp(stems[i], except)) ||
			    has(files, stems[i], endings[j]) ||
			    access(key_file_path(folder, stems[i], endings[j]), F_OK))
				continue;
			if (key_file_read(folder, stems[i], endings[j], &bytes))
				return -1;
			key_files_add(files, stems[i], endings[j], bytes);
		}
	return 0;
}

struct folder key_files_folder(const struct key_files *files)
{
	return (struct folder){ files->files, files->count, .is_secret = true };
}

void key_files_free(struct key_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		OPENSSL_cleanse(files->bytes[i].data, files->bytes[i].size);
		blob_free(&files->bytes[i]);
	}
	files->count = 0;
}

const char *key_file_path(const char *folder, const char *stem, const char *ending)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s%s", folder, stem, ending);
	return path;
}

int key_file_read(const char *folder, const char *stem, const char *ending, struct blob *ret)
{
	const char *path = key_file_path(folder, stem, ending);
	struct why why;

	return file_read(path, ret, &why) ? diag_fail(path, &why) : 0;
}

int key_file_certificate(const char *folder, const char *stem, X509 **ret)
{
	const char *path = key_file_path(folder, stem, ".crt"), *culprit;
	const struct names names = { &path, 1 };
	STACK_OF(X509) *certificates;
	struct why why;

	if (keys_read_certificates(&names, &certificates, &culprit, &why))
		return diag_fail(culprit, &why);
	*ret = sk_X509_shift(certificates);
	sk_X509_pop_free(certificates, X509_free);
	return 0;
}
