/* SPDX-License-Identifier: BSD-2-Clause */
#include "decode.h"
#include "load.h"

/* memory: | gap | kernel | to a cache line | workspace | */
static uint64_t workspace_offset(const struct bzb_manifest *manifest)
{
	return bzb_align_up(manifest->memory_size, 64);
}

uint64_t load_size(const struct bzb_manifest *manifest)
{
	return workspace_offset(manifest) + decoder_workspace_size();
}

int load_kernel(const struct bzb_manifest *manifest, struct bzb_span stream,
		unsigned char *memory, struct bzb_image *ret)
{
	struct bzb_image kernel;
	int err;

	err = decode(stream, memory, manifest->elf_size, memory + workspace_offset(manifest),
		     decoder_workspace_size());
	if (err)
		return err;
	err = bzb_image_parse((struct bzb_span){ memory, manifest->elf_size }, &kernel);
	if (err)
		return err;
	if (kernel.gap != manifest->gap || kernel.memory_size != manifest->memory_size ||
	    kernel.elf.load_address != manifest->load_address)
		return -BZB_ERR_BADHEADER;
	bzb_image_clear_bss(&kernel, memory);
	*ret = kernel;
	return 0;
}
