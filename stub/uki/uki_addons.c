/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addons: PE files with sections that are added to those of the image, for all images of the volume
 * and beside the image. The firmware loads them, which verifies their signatures, but they are
 * never started.
 */
#include <bzboot/pe.h>

#include "console.h"
#include "uki_folder.h"
#include "uki_text.h"

#define GLOBAL_FOLDER L"\\loader\\addons"

static const struct uki_names_kind addons = { ".addon.efi", NULL };

/* The ids of systemd's tpm2-pcr.h */
enum { UCODE_EVENT = 0xdac08e1a, INITRD_EVENT = 0x49dffe0f, DEVICE_TREE_EVENT = 0x6c46f751 };

/* A section that is used after all addons are loaded */
struct uki_part {
	struct uki_part *next;
	const CHAR16 *name; /* of the file */
	struct bzb_span bytes;
};

/* --- a file --- */

/* The device path of a volume without its end node; false if it has none. */
static bool volume_path(struct efi *efi, struct bzb_span *ret)
{
	EFI_GUID guid = DEVICE_PATH_PROTOCOL;
	struct bzb_span path = { NULL, 0 };

	if (EFI_ERROR(efi->bs->HandleProtocol(efi->image->DeviceHandle, &guid,
					      (void **)&path.data)))
		return false;
	while (path.size < STUB_DEVICE_PATH_MAX) {
		const EFI_DEVICE_PATH *node = (const void *)(path.data + path.size);
		const size_t length = (size_t)(node->Length[0] | node->Length[1] << 8);

		if (node->Type == END_DEVICE_PATH_TYPE) {
			*ret = path;
			return true;
		}
		if (length < sizeof(*node))
			return false;
		path.size += length;
	}
	return false;
}

static void put(unsigned char **at, const void *bytes, size_t size)
{
	memcpy(*at, bytes, size);
	*at += size;
}

/* The device path of a file; NULL if there is no memory, or no path of the volume. */
static EFI_DEVICE_PATH *file_path(struct efi *efi, const CHAR16 *folder, const CHAR16 *name)
{
	const size_t units = uki_names_length(folder) + 1 + uki_names_length(name) + 1;
	const size_t size = sizeof(EFI_DEVICE_PATH) + units * sizeof(CHAR16);
	const EFI_DEVICE_PATH file = { MEDIA_DEVICE_PATH,
				       MEDIA_FILEPATH_DP,
				       { (UINT8)size, (UINT8)(size >> 8) } };
	const EFI_DEVICE_PATH end = { END_DEVICE_PATH_TYPE,
				      END_ENTIRE_DEVICE_PATH_SUBTYPE,
				      { sizeof(end), 0 } };
	struct bzb_span volume;
	unsigned char *path, *at;

	if (!volume_path(efi, &volume))
		return NULL;
	path = efi_keep(efi, EfiLoaderData, volume.size + size + sizeof(end));
	if (!path)
		return NULL;
	at = path;
	put(&at, volume.data, volume.size);
	put(&at, &file, sizeof(file));
	put(&at, folder, uki_names_length(folder) * sizeof(*folder));
	put(&at, L"\\", sizeof(*folder));
	put(&at, name, (uki_names_length(name) + 1) * sizeof(*name));
	put(&at, &end, sizeof(end));
	return (EFI_DEVICE_PATH *)path;
}

/* Loads a file, whose signature the firmware verifies. NULL if it refuses it. */
static EFI_HANDLE load(struct efi *efi, EFI_DEVICE_PATH *path)
{
	EFI_HANDLE handle = NULL;

	if (!path)
		return NULL;
	if (!EFI_ERROR(efi->bs->LoadImage(FALSE, efi->handle, path, NULL, 0, &handle)))
		return handle;
	/* UEFI 2.10, 7.4.1: EFI_SECURITY_VIOLATION leaves an image that may not be used. */
	if (handle)
		efi->bs->UnloadImage(handle);
	return NULL;
}

/* In memory, where the sections have their virtual addresses. */
static bool parse(struct efi *efi, EFI_HANDLE handle, struct bzb_pe *ret)
{
	EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
	EFI_LOADED_IMAGE *image;
	struct bzb_span bytes;

	if (EFI_ERROR(efi->bs->HandleProtocol(handle, &guid, (void **)&image)))
		return false;
	bytes = (struct bzb_span){ image->ImageBase, image->ImageSize };
	return !bzb_pe_parse(bytes, ret);
}

/* --- the sections --- */

/* In the image in memory; empty if there is none. */
static struct bzb_span section(const struct bzb_pe *pe, enum bzb_uki_name name)
{
	struct bzb_span bytes = { NULL, 0 };
	struct bzb_pe_section found;

	if (!bzb_pe_find_section(pe, bzb_uki_section_name(name), &found))
		bzb_slice(pe->file, found.virtual_address, found.virtual_size, &bytes);
	return bytes;
}

/* Up to a NUL or the end */
static bool same_text(struct bzb_span a, struct bzb_span b)
{
	size_t i = 0;

	while (i < a.size && i < b.size && a.data[i] && a.data[i] == b.data[i])
		i++;
	return (i == a.size || !a.data[i]) && (i == b.size || !b.data[i]);
}

/* The reason why it is not an addon for the image; NULL: it is one. */
static const char *refusal(const struct uki *uki, const struct bzb_pe *pe)
{
	static const enum bzb_uki_name added[] = {
		BZB_UKI_CMDLINE, BZB_UKI_DTB, BZB_UKI_DTBAUTO, BZB_UKI_INITRD, BZB_UKI_UCODE,
	};
	const struct bzb_span wanted = section(pe, BZB_UKI_UNAME);
	const struct bzb_span uname = uki_section(uki, BZB_UKI_UNAME);
	size_t i = 0;

	while (i < BZB_ARRAY_SIZE(added) && !section(pe, added[i]).size)
		i++;
	if (i == BZB_ARRAY_SIZE(added))
		return "it has no section of an addon";
	if (section(pe, BZB_UKI_LINUX).size)
		return "it is a kernel, not an addon";
	if (wanted.size && uname.size && !same_text(wanted, uname))
		return "it is for another kernel";
	return NULL;
}

/* --- their parts --- */

/* @to: gets a copy, before the others or after them. */
static bool copy_part(struct efi *efi, struct uki_part **to, bool first, const CHAR16 *name,
		      struct bzb_span bytes)
{
	struct uki_part *part;

	if (!bytes.size)
		return true;
	part = efi_keep(efi, EfiLoaderData, sizeof(*part) + bytes.size);
	if (!part)
		return false;
	while (*to && !first)
		to = &(*to)->next;
	*part = (struct uki_part){ *to, name, { (unsigned char *)(part + 1), bytes.size } };
	memcpy(part + 1, bytes.data, bytes.size);
	*to = part;
	return true;
}

/* Cleaned, after those before it and a blank */
static bool copy_line(struct efi *efi, struct bzb_span *line, struct bzb_span bytes)
{
	const size_t begin = line->size + !!line->size;
	struct bzb_span clean;
	unsigned char *to;

	if (!bytes.size)
		return true;
	to = efi_keep(efi, EfiLoaderData, begin + bytes.size);
	if (!to)
		return false;
	memcpy(to + begin, bytes.data, bytes.size);
	clean = uki_clean(to + begin, bytes.size);
	memmove(to + begin, clean.data, clean.size);
	if (begin) {
		memcpy(to, line->data, line->size);
		to[line->size] = ' ';
	}
	*line = (struct bzb_span){ to, begin + clean.size };
	return true;
}

/* The kernel uses the first microcode that it finds, but the last of other files. */
static bool copy_sections(struct efi *efi, const struct bzb_pe *pe, const CHAR16 *name,
			  struct bzb_span *line)
{
	struct uki *uki = efi->uki;

#if KERNEL_IS_APPLICATION
	if (!copy_part(efi, &uki->addon_trees, false, name, section(pe, BZB_UKI_DTB)))
		return false;
#endif
	return copy_line(efi, line, section(pe, BZB_UKI_CMDLINE)) &&
	       copy_part(efi, &uki->addon_ucode, true, name, section(pe, BZB_UKI_UCODE)) &&
	       copy_part(efi, &uki->addon_initrd, false, name, section(pe, BZB_UKI_INITRD));
}

/* --- all addons --- */

static enum stub_error no_memory(struct boot *boot)
{
	return boot_fail(boot, STUB_NO_MEMORY, "no memory for addons: add memory");
}

/* @handle: NULL if the firmware has refused it. */
static const char *examine(struct efi *efi, EFI_HANDLE handle, struct bzb_pe *ret)
{
	if (!handle)
		return "the firmware does not load it";
	if (!parse(efi, handle, ret))
		return "its headers are invalid";
	return refusal(efi->uki, ret);
}

static enum stub_error load_addon(struct boot *boot, const CHAR16 *folder,
				  const struct uki_file *file, struct bzb_span *line)
{
	struct efi *efi = boot->efi;
	EFI_HANDLE handle = load(efi, file_path(efi, folder, file->name));
	struct bzb_pe pe;
	const char *why = examine(efi, handle, &pe);
	bool copied = true;

	if (why)
		uki_say_ignored(boot, file, why);
	else
		copied = copy_sections(efi, &pe, file->name, line);
	if (handle)
		efi->bs->UnloadImage(handle);
	return copied ? STUB_OK : no_memory(boot);
}

static enum stub_error load_folder(struct boot *boot, EFI_FILE_HANDLE root, const CHAR16 *path,
				   struct bzb_span *line)
{
	EFI_FILE_HANDLE folder = uki_folder_open(root, path);
	struct uki_file *file;
	enum stub_error error;

	if (!folder)
		return STUB_OK;
	error = uki_folder_list(boot, folder, &addons, &file);
	folder->Close(folder);
	for (; !error && file; file = file->next)
		error = load_addon(boot, path, file, line);
	return error;
}

static enum stub_error load_folders(struct boot *boot, struct bzb_span *line)
{
	EFI_FILE_HANDLE root = efi_open_volume(boot->efi);
	struct uki_path beside;
	enum stub_error error;

	if (!root)
		return STUB_OK;
	uki_folder_beside(boot->efi, &beside);
	error = load_folder(boot, root, GLOBAL_FOLDER, line);
	if (!error)
		error = load_folder(boot, root, beside.text, line);
	root->Close(root);
	return error;
}

enum stub_error uki_load_addons(struct boot *boot)
{
	struct bzb_span line = { NULL, 0 };
	enum stub_error error = load_folders(boot, &line);

	return error ? error : uki_append(boot, line);
}

/* --- as parts of the initrd --- */

static uint64_t joined_size(const struct uki_part *part)
{
	uint64_t size = 0;

	for (; part; part = part->next)
		size += bzb_align_up(part->bytes.size, UKI_ALIGNMENT);
	return size;
}

/* efi_keep() has cleared the bytes between the parts. */
static enum stub_error join(struct boot *boot, const struct uki_part *part, UINT32 event,
			    struct bzb_span *ret)
{
	const uint64_t size = joined_size(part);
	unsigned char *to;

	if (!part)
		return STUB_OK;
	to = efi_keep(boot->efi, EfiLoaderData, size);
	if (!to)
		return no_memory(boot);
	*ret = (struct bzb_span){ to, size };
	for (; part; part = part->next) {
		uki_measure_tagged(boot, UKI_OF_PARAMETERS, event, part->name, part->bytes);
		memcpy(to, part->bytes.data, part->bytes.size);
		to += bzb_align_up(part->bytes.size, UKI_ALIGNMENT);
	}
	return STUB_OK;
}

enum stub_error uki_take_addons(struct boot *boot)
{
	struct uki *uki = boot->efi->uki;
	enum stub_error error =
		join(boot, uki->addon_ucode, UCODE_EVENT, &uki->initrds[UKI_ADDON_UCODE]);

	if (error)
		return error;
	return join(boot, uki->addon_initrd, INITRD_EVENT, &uki->initrds[UKI_ADDON_INITRD]);
}

/* --- as the device tree --- */

#if KERNEL_IS_APPLICATION
enum stub_error uki_install_addon_trees(struct boot *boot)
{
	const struct uki_part *part = boot->efi->uki->addon_trees;

	for (; part; part = part->next)
		if (uki_install_tree(boot, part->bytes,
				     "the device tree of an addon is ignored: it is invalid, or "
				     "the firmware refuses it"))
			uki_measure_tagged(boot, UKI_OF_PARAMETERS, DEVICE_TREE_EVENT, part->name,
					   part->bytes);
	return STUB_OK;
}
#endif
