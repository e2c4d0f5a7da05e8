/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions that set variables of the firmware: enroll, reset. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <bzboot/siglist.h>

#include "io/efivar.h"
#include "io/lap.h"
#include "sign/efi_update.h"
#include "key_files.h"
#include "keys_actions.h"

/* One of PK, KEK and db: our value of it, and what is to be done */
struct update {
	const struct efi_variable *variable;
	struct blob value, update, current; /* of the files; of the firmware */
	bool same;
};

static bool has_entry(struct bzb_span lists, const struct bzb_siglist_entry *wanted)
{
	struct bzb_siglist_walk walk = { .rest = lists };
	struct bzb_siglist_entry entry;

	while (bzb_siglist_next(&walk, &entry) > 0)
		if (!memcmp(entry.type, wanted->type, BZB_GUID_SIZE) &&
		    bytes_are_same(entry.data, wanted->data))
			return true;
	return false;
}

/* How many entries of the firmware our value does not have; those that cannot be read count as one */
static size_t count_lost(const struct update *update)
{
	struct bzb_siglist_walk walk = { .rest = blob_span(&update->current) };
	struct bzb_siglist_entry entry;
	size_t count = 0;
	int more;

	while ((more = bzb_siglist_next(&walk, &entry)) > 0)
		count += !has_entry(blob_span(&update->value), &entry);
	return count + (more < 0);
}

static int read_variable(const struct keys_options *options, const struct efi_variable *variable,
			 struct blob *ret)
{
	struct why why;

	return efivar_read(options->efivars, variable->name, variable->guid, ret, &why) ?
		       diag_fail(variable->name, &why) :
		       0;
}

/* returns: 1, 0, or -1, after a message */
static int read_setup_mode(const struct keys_options *options)
{
	struct blob value;
	struct why why;
	int on;

	if (read_variable(options, &efi_setup_mode, &value))
		return -1;
	if (!value.size) {
		explain(&why, "has no variable SetupMode: UEFI firmware has to have started the "
			      "system, and efivarfs to be mounted there");
		return diag_fail(options->efivars, &why);
	}
	on = value.data[0] == 1;
	blob_free(&value);
	return on;
}

static int read_update(const struct keys_options *options, const struct efi_variable *variable,
		       struct update *update)
{
	update->variable = variable;
	if (key_file_read(options->folder, variable->name, ".esl", &update->value) ||
	    key_file_read(options->folder, variable->name, ".auth", &update->update) ||
	    read_variable(options, variable, &update->current))
		return -1;
	update->same = bytes_are_same(blob_span(&update->value), blob_span(&update->current));
	return 0;
}

static void free_update(struct update *update)
{
	blob_free(&update->value);
	blob_free(&update->update);
	blob_free(&update->current);
}

static int write_variable(const struct keys_options *options, const struct efi_variable *variable,
			  const struct blob *update, const char *done)
{
	struct why why;

	if (efivar_write(options->efivars, variable->name, variable->guid, EFI_UPDATE_ATTRIBUTES,
			 blob_span(update), &why))
		return diag_fail(variable->name, &why);
	printf("%s: %s\n", variable->name, done);
	return 0;
}

/* Outside setup mode the firmware takes only updates that the owner of its PK has signed. */
static int check_owner(const struct update *pk)
{
	struct why why;

	if (pk->same)
		return 0;
	explain(&why,
		"the firmware has another one, and is not in setup mode: delete its keys in the "
		"firmware's setup (\"reset to setup mode\"), then try again");
	return diag_fail(pk->variable->name, &why);
}

static int check_lost(const struct keys_options *options, const struct update *update)
{
	const size_t lost = options->replace ? 0 : count_lost(update);
	struct why why;

	if (!lost)
		return 0;
	explain(&why,
		"the firmware has %zu more: --replace removes them; new keys can include them "
		"('bzboot keys init --also-db, --also-kek')",
		lost);
	return diag_fail(update->variable->name, &why);
}

static int enroll(const struct keys_options *options, struct update *updates)
{
	const int setup_mode = read_setup_mode(options);

	if (setup_mode < 0)
		return -1;
	for (size_t i = 0; i < EFI_KEY_COUNT; i++)
		if (read_update(options, &efi_keys[i], &updates[i]))
			return -1;
	if (!setup_mode && check_owner(&updates[EFI_KEY_PK]))
		return -1;
	for (size_t i = 0; i < EFI_KEY_COUNT; i++)
		if (check_lost(options, &updates[i]))
			return -1;
	lap("read the variables");
	for (size_t i = 0; i < EFI_KEY_COUNT; i++) {
		if (updates[i].same)
			printf("%s: is there already\n", updates[i].variable->name);
		else if (write_variable(options, updates[i].variable, &updates[i].update,
					"written"))
			return -1;
	}
	return 0;
}

/* systemd-boot writes what it finds there if the firmware is in setup mode. */
static int write_for_loader(const struct keys_options *options)
{
	struct key_files files = { 0 };
	char path[4096];
	struct folder folder;
	struct blob bytes;
	struct why why;
	struct stat st;
	int err = 0;

	if (stat(options->esp, &st) || !S_ISDIR(st.st_mode)) {
		explain(&why, "is not a folder");
		return diag_fail(options->esp, &why);
	}
	for (size_t i = 0; i < EFI_KEY_COUNT && !err; i++) {
		err = key_file_read(options->folder, efi_keys[i].name, ".auth", &bytes);
		if (!err)
			key_files_add(&files, efi_keys[i].name, ".auth", bytes);
	}
	folder = key_files_folder(&files);
	folder.is_secret = false;
	snprintf(path, sizeof(path), "%s/loader/keys/auto", options->esp);
	if (!err && folder_create(path, &folder, &why))
		err = diag_fail(path, &why);
	key_files_free(&files);
	return err;
}

int action_enroll(const struct keys_options *options)
{
	struct update updates[EFI_KEY_COUNT] = { 0 };
	int err;

	if (options->esp)
		return write_for_loader(options);
	err = enroll(options, updates);
	lap("write the variables");
	for (size_t i = 0; i < EFI_KEY_COUNT; i++)
		free_update(&updates[i]);
	return err;
}

static int reset(const struct keys_options *options, struct update *pk)
{
	struct blob deletion;
	int err;

	if (read_update(options, &efi_keys[EFI_KEY_PK], pk) || check_owner(pk) ||
	    key_file_read(options->folder, "noPK", ".auth", &deletion))
		return -1;
	err = write_variable(options, pk->variable, &deletion, "deleted");
	blob_free(&deletion);
	return err;
}

int action_reset(const struct keys_options *options)
{
	const int setup_mode = read_setup_mode(options);
	struct update pk = { 0 };
	int err = setup_mode < 0 ? -1 : 0;

	if (setup_mode > 0)
		puts("PK: is not there");
	else if (!err)
		err = reset(options, &pk);
	lap("delete the variable");
	free_update(&pk);
	return err;
}
