/* SPDX-License-Identifier: BSD-2-Clause */
/* Companion files: credentials and extensions beside the image and for all images of the volume.
 * Those of a group are one archive, a part of the initrd, which is measured. */
#include <bzboot/cpio.h>

#include "console.h"
#include "uki_folder.h"

static const struct uki_names_kind credentials = { ".cred", NULL };
static const struct uki_names_kind sysexts = { ".raw", ".confext.raw" };
static const struct uki_names_kind confexts = { ".confext.raw", NULL };

static const struct group {
	const CHAR16 *folder; /* NULL: beside the image */
	const struct uki_names_kind *kind;
	struct bzb_cpio_folder archive;
	enum uki_place place;
	enum uki_measured what;
	const CHAR16 *event;
} groups[] = {
	/* clang-format off */
	{ NULL, &credentials, { ".extra/credentials", 0500, 0400 },
	  UKI_CREDENTIALS, UKI_OF_PARAMETERS, L"Credentials initrd" },
	{ L"\\loader\\credentials", &credentials, { ".extra/global_credentials", 0500, 0400 },
	  UKI_GLOBAL_CREDENTIALS, UKI_OF_PARAMETERS, L"Global credentials initrd" },
	{ NULL, &sysexts, { ".extra/sysext", 0555, 0444 },
	  UKI_SYSEXTS, UKI_OF_SYSEXTS, L"System extension initrd" },
	{ L"\\loader\\extensions", &sysexts, { ".extra/global_sysext", 0555, 0444 },
	  UKI_GLOBAL_SYSEXTS, UKI_OF_SYSEXTS, L"Global system extension initrd" },
	{ NULL, &confexts, { ".extra/confext", 0555, 0444 },
	  UKI_CONFEXTS, UKI_OF_CONFEXTS, L"Configuration extension initrd" },
	{ L"\\loader\\extensions", &confexts, { ".extra/global_confext", 0555, 0444 },
	  UKI_GLOBAL_CONFEXTS, UKI_OF_CONFEXTS, L"Global configuration extension initrd" },
	/* clang-format on */
};

/* The names are ASCII. */
static int add_file(struct bzb_cpio *cpio, const struct uki_file *file, unsigned char **ret)
{
	char name[UKI_NAMES_MAX + 1];
	size_t i = 0;

	do
		name[i] = (char)file->name[i];
	while (file->name[i++]);
	return bzb_cpio_add(cpio, name, file->size, ret);
}

static bool read_file(struct boot *boot, EFI_FILE_HANDLE folder, const struct uki_file *file,
		      unsigned char *to)
{
	EFI_FILE_HANDLE open;
	bool ok;

	if (EFI_ERROR(folder->Open(folder, &open, (CHAR16 *)(uintptr_t)file->name,
				   EFI_FILE_MODE_READ, 0)))
		return false;
	ok = efi_read_file(boot, open, to, file->size);
	open->Close(open);
	return ok;
}

/* Adds what is between the folders and the end. Without memory, nothing is read or printed. */
static void add_files(struct boot *boot, EFI_FILE_HANDLE folder, const struct uki_file *files,
		      struct bzb_cpio *cpio)
{
	for (; files; files = files->next) {
		const struct bzb_cpio before = *cpio;
		unsigned char *to;
		const int err = add_file(cpio, files, &to);

		if (!cpio->to)
			continue;
		if (err) {
			uki_say_ignored(boot, files, "it is too large");
		} else if (!read_file(boot, folder, files, to)) {
			uki_say_ignored(boot, files, "it cannot be read");
			*cpio = before;
		}
	}
}

static int write_archive(struct boot *boot, EFI_FILE_HANDLE folder, const struct uki_file *files,
			 const struct bzb_cpio_folder *in, unsigned char *to, size_t *size)
{
	struct bzb_cpio cpio;
	int err = bzb_cpio_begin(to, *size, in, &cpio);

	if (err)
		return err;
	add_files(boot, folder, files, &cpio);
	err = bzb_cpio_end(&cpio);
	*size = cpio.size;
	return err;
}

static enum stub_error pack(struct boot *boot, const struct group *group, EFI_FILE_HANDLE folder,
			    const struct uki_file *files)
{
	struct bzb_span *part = &boot->efi->uki->initrds[group->place];
	unsigned char *to = NULL;
	size_t size = 0;

	if (!write_archive(boot, folder, files, &group->archive, NULL, &size))
		to = efi_keep(boot->efi, EfiLoaderData, size);
	if (!to)
		return boot_fail(boot, STUB_NO_MEMORY,
				 "no memory for the files beside the image: add memory");
	if (!write_archive(boot, folder, files, &group->archive, to, &size))
		*part = (struct bzb_span){ to, size };
	uki_measure(boot, group->what, group->event, *part);
	return STUB_OK;
}

static enum stub_error load_group(struct boot *boot, const struct group *group,
				  EFI_FILE_HANDLE folder)
{
	struct uki_file *files;
	enum stub_error error = uki_folder_list(boot, folder, group->kind, &files);

	if (error || !files)
		return error;
	return pack(boot, group, folder, files);
}

static enum stub_error load_groups(struct boot *boot, EFI_FILE_HANDLE root)
{
	enum stub_error error = STUB_OK;
	struct uki_path beside;

	uki_folder_beside(boot->efi, &beside);
	for (size_t i = 0; !error && i < BZB_ARRAY_SIZE(groups); i++) {
		const struct group *group = &groups[i];
		EFI_FILE_HANDLE folder =
			uki_folder_open(root, group->folder ? group->folder : beside.text);

		if (!folder)
			continue;
		error = load_group(boot, group, folder);
		folder->Close(folder);
	}
	return error;
}

enum stub_error uki_load_companions(struct boot *boot)
{
	EFI_FILE_HANDLE root = efi_open_volume(boot->efi);
	enum stub_error error;

	if (!root)
		return STUB_OK;
	error = load_groups(boot, root);
	root->Close(root);
	return error;
}
