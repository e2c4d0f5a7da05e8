/* SPDX-License-Identifier: BSD-2-Clause */
#include "assemble.h"

#include <string.h>

static void put_bytes(unsigned char *image, struct extent to, const void *bytes)
{
	memcpy(image + to.offset, bytes, to.size);
}

/* gzip's own trailer is in the stream, and an uncompressed ELF has none; then the extent is
 * empty. */
static void write_trailer(unsigned char *image, const struct ingredients *ingredients,
			  const struct layout *layout)
{
	bzb_le32 size = bzb_st32((uint32_t)ingredients->kernel->elf.size);

	put_bytes(image, layout->trailer, &size);
}

static void write_zboot(unsigned char *image, const struct ingredients *ingredients,
			const struct layout *layout)
{
	struct bzb_zboot zboot = {
		.magic = ingredients->zboot_magic,
		.codec = ingredients->codec,
		.payload_offset = layout->stream.offset,
		.stream = ingredients->stream,
		.pe_offset = layout->pe_offset,
	};

	bzb_zboot_write((void *)image, &zboot);
}

static int write_pe(unsigned char *image, const struct ingredients *ingredients,
		    const struct layout *layout, struct why *why)
{
	struct bzb_pe_image pe = {
		.machine = ingredients->kernel->machine,
		.entry = ingredients->stub->entry,
		.directories = layout->directories,
		.size_of_headers = layout->size_of_headers,
		.size_of_image = layout->size_of_image,
		.dll_characteristics = ingredients->kernel->nx_compat ? BZB_PE_NX_COMPAT : 0,
		.major_image_version = ingredients->kernel->image_version,
		.sections = layout->sections,
		.count = layout->section_count,
	};
	int err = bzb_pe_write(image + layout->pe_offset, layout->pe_space, &pe);

	return err ? explain(why, "PE headers: %s", bzb_strerror(err)) : 0;
}

static void write_setup_header(unsigned char *image, const struct ingredients *ingredients,
			       const struct layout *layout)
{
	const struct kernel *kernel = ingredients->kernel;
	const struct bzb_bzimage_fields fields = {
		.setup_size = layout->setup_size,
		.pm_size = layout->file_size - layout->setup_size,
		.kernel_version = (uint16_t)layout->version.offset,
		.xloadflags = ingredients->stub->info.xloadflags | kernel->xloadflags,
		.kernel_alignment = kernel->alignment,
		.payload_offset = layout->payload_offset,
		.payload_length = layout->payload_length,
		.pref_address = layout->pref_address,
		.init_size = layout->init_size,
		.handover_entry = ingredients->stub->info.handover_entry,
		.kernel_info_offset = ingredients->stub->info.kernel_info_offset,
	};

	/* Loaders that copy the sector into boot_params as it is (SYSLINUX-EFI, Debian's GRUB)
	   thereby say that they did not clear it; see Linux, sanitize_boot_params(). */
	image[BZB_SENTINEL_OFFSET] = 0xff;
	image[BZB_SENTINEL_OFFSET + 1] = 0xff;
	bzb_bzimage_write((void *)(image + BZB_SETUP_HEADER_OFFSET), &fields);
}

/* Loaders pass setup_data to the kernel, so the limit is the kernel's, not the stub's. */
static int write_kernel_info(unsigned char *image, const struct ingredients *ingredients,
			     const struct layout *layout, struct why *why)
{
	const struct bzb_span pm = {
		image + layout->setup_size,
		layout->file_size - layout->setup_size,
	};
	const bzb_le32 setup_type_max = bzb_st32(ingredients->kernel->setup_type_max);
	const struct bzb_kernel_info *info;

	if (!bzb_kernel_info_find(pm, ingredients->stub->info.kernel_info_offset, &info))
		return explain(why, "not a bzboot stub: no kernel_info");
	memcpy(image + ((const unsigned char *)&info->setup_type_max - image), &setup_type_max,
	       sizeof(setup_type_max));
	return 0;
}

/* Call it after write_bzimage(): the manifest holds a copy of the setup header. */
static void write_manifest(unsigned char *image, const struct ingredients *ingredients,
			   const struct layout *layout)
{
	const struct kernel *kernel = ingredients->kernel;
	struct bzb_manifest manifest = {
		.image_size = layout->file_size,
		.codec = ingredients->codec,
		.payload_offset = layout->stream.offset,
		.payload_size = layout->stream.size,
		.elf_size = (uint32_t)kernel->elf.size,
		.alignment = kernel->alignment,
		.gap = kernel->gap,
		.flags = (kernel->fixed ? BZB_MANIFEST_FIXED : 0) |
			 (kernel->is_application ? BZB_MANIFEST_APPLICATION : 0) |
			 ingredients->decided,
		.load_address = kernel->load_address,
		.virtual_address = kernel->virtual_address,
		.memory_size = kernel->memory_size,
		.cmdline_offset = layout->cmdline.offset,
		.cmdline_size = layout->cmdline.size,
		.initrd_offset = layout->initrd.offset,
		.initrd_size = layout->initrd.size,
		.part_count = ingredients->parts->count,
		.part_start = ingredients->parts->start,
		.symbols_size = (uint32_t)(kernel->elf.size - kernel->loaded_size),
		.shuffle_size = kernel->shuffle_size,
		.parts = ingredients->parts->table,
	};

	if (!kernel->is_application)
		memcpy(&manifest.setup, image + BZB_SETUP_HEADER_OFFSET, sizeof(manifest.setup));
	bzb_manifest_write((void *)(image + layout->data.offset), &manifest);
}

/* Makes the image a bzImage: only those for x86-64 are. */
static int write_bzimage(unsigned char *image, const struct ingredients *ingredients,
			 const struct layout *layout, struct why *why)
{
	put_bytes(image, layout->setup_code, ingredients->stub->setup_code.data);
	put_bytes(image, layout->version, ingredients->kernel->version);
	write_setup_header(image, ingredients, layout);
	return write_kernel_info(image, ingredients, layout, why);
}

int assemble(const struct ingredients *ingredients, const struct layout *layout, struct blob *ret,
	     struct why *why)
{
	struct blob image = blob_alloc(layout->file_size);
	int err = 0;

	put_bytes(image.data, layout->text, ingredients->stub->text.data);
	put_bytes(image.data, layout->data, ingredients->stub->data.data);
	put_bytes(image.data, layout->stream, ingredients->stream.data);
	write_trailer(image.data, ingredients, layout);
	for (unsigned int i = 0; i < ingredients->sections->count; i++)
		put_bytes(image.data, layout->contents[i],
			  ingredients->sections->list[i].bytes.data);

	write_zboot(image.data, ingredients, layout);
	if (!ingredients->kernel->is_application)
		err = write_bzimage(image.data, ingredients, layout, why);
	write_manifest(image.data, ingredients, layout);
	if (err || write_pe(image.data, ingredients, layout, why)) {
		blob_free(&image);
		return -1;
	}
	*ret = image;
	return 0;
}
