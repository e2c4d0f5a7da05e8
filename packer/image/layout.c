/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/kernel_elf.h>

#include "input/sbat.h"
#include "payload/payload_decompress.h"

/* Readers treat offsets as signed 32-bit numbers. */
#define IMAGE_SIZE_MAX ((uint64_t)INT32_MAX)

/* Zeros after the trailer: u-root reads four bytes there as a checksum. */
#define PAYLOAD_PADDING 4u

/*
 * Room for signatures, which are added to the finished image: SizeOfImage must cover them for
 * systemd-stub 250 and 251, init_size for kexec_file_load().
 */
#define SIGNATURE_ROOM 0x10000u

/* The unit of the room for the decoder's state and dictionary, which follow the kernel in memory
 * while it is decompressed. */
#define DECODER_ROOM 0x100000u

/* Alignment of the version text. No reader needs it; hex dumps look better. */
#define VERSION_ALIGN 16u

enum {
	READ = BZB_PE_MEM_READ | BZB_PE_CNT_INITIALIZED_DATA,
	READ_WRITE = READ | BZB_PE_MEM_WRITE,
	/* Loaders may leave .setup out: the code of the PE entry does not use it. */
	SETUP = READ | BZB_PE_MEM_DISCARDABLE,
	CODE = BZB_PE_MEM_READ | BZB_PE_MEM_EXECUTE | BZB_PE_CNT_CODE,
};

/* The end of what has been placed. 64 bits wide: a sum that does not fit is found at the end. */
struct cursor {
	struct layout *layout;
	uint64_t end;
};

/* Adds a section of whole pages after the last one. */
static void add_section(struct cursor *cursor, const char *name, uint64_t size, int flags)
{
	struct bzb_pe_section *section = &cursor->layout->sections[cursor->layout->section_count++];
	uint64_t padded = bzb_align_up(size, BZB_PAGE_SIZE);

	*section = (struct bzb_pe_section){
		.virtual_address = (uint32_t)cursor->end,
		.virtual_size = (uint32_t)padded,
		.raw_offset = (uint32_t)cursor->end,
		.raw_size = (uint32_t)padded,
		.characteristics = (uint32_t)flags,
	};
	snprintf(section->name, sizeof(section->name), "%s", name);
	cursor->end += padded;
}

static struct extent extent(uint64_t offset, uint64_t size)
{
	return (struct extent){ (uint32_t)offset, (uint32_t)size };
}

/* Each size is limited, so that a sum of them cannot wrap. */
static int check_sizes(const struct ingredients *ingredients, struct why *why)
{
	if (ingredients->stream.size > IMAGE_SIZE_MAX || ingredients->initrd.size > IMAGE_SIZE_MAX)
		return explain(why, "the payload or the initrd is larger than 2 GiB");
	if (ingredients->sbat.size > SBAT_SIZE_MAX)
		return explain(why, "SBAT has %zu bytes, more than %u", ingredients->sbat.size,
			       SBAT_SIZE_MAX);
	if (ingredients->kernel->memory_size > UINT32_MAX)
		return explain(why, "the kernel is larger than 4 GiB");
	return 0;
}

/* The sections that layout_plan() adds, with .setup. */
static unsigned int count_sections(const struct ingredients *ingredients)
{
	const size_t optional[] = {
		ingredients->sbat.size,
		ingredients->cmdline.size,
		ingredients->initrd.size,
	};
	unsigned int count = 4; /* .setup, .text, .data, .payload */

	for (size_t i = 0; i < BZB_ARRAY_SIZE(optional); i++)
		if (optional[i])
			count++;
	return count;
}

static int plan_setup(struct cursor *cursor, const struct ingredients *ingredients, struct why *why)
{
	struct layout *layout = cursor->layout;
	uint64_t code_end = BZB_SETUP_CODE_OFFSET + ingredients->stub->setup_code.size;
	uint64_t version = bzb_align_up(code_end, VERSION_ALIGN);
	size_t version_size = strlen(ingredients->kernel->version) + 1;

	if (version + version_size > ingredients->stub->text_offset)
		return explain(why,
			       "setup code and version text need 0x%llx bytes, but .text begins "
			       "at 0x%x",
			       (unsigned long long)(version + version_size),
			       ingredients->stub->text_offset);
	layout->setup_code = extent(BZB_SETUP_CODE_OFFSET, ingredients->stub->setup_code.size);
	layout->version = extent(version, version_size);
	layout->setup_size = ingredients->stub->text_offset;
	layout->size_of_headers = count_sections(ingredients) > BZB_PE_SECTIONS_MAX ?
					  layout->setup_size :
					  BZB_PAGE_SIZE;
	cursor->end = layout->size_of_headers;
	if (cursor->end < layout->setup_size)
		add_section(cursor, ".setup", layout->setup_size - cursor->end, SETUP);
	return 0;
}

static void plan_stub(struct cursor *cursor, const struct stub *stub)
{
	cursor->layout->text = extent(cursor->end, stub->text.size);
	add_section(cursor, ".text", stub->text.size, CODE);
	cursor->layout->data = extent(cursor->end, stub->data.size);
	add_section(cursor, ".data", stub->data.size, READ_WRITE);
}

/* gzip streams end in the size, and an uncompressed ELF does not need it. */
static uint32_t trailer_size(enum bzb_codec codec)
{
	return codec == BZB_CODEC_GZIP || codec == BZB_CODEC_NONE ? 0 : BZB_PAYLOAD_TRAILER_SIZE;
}

static void plan_payload(struct cursor *cursor, const struct ingredients *ingredients)
{
	struct layout *layout = cursor->layout;
	uint64_t stream_end = cursor->end + ingredients->stream.size;

	layout->stream = extent(cursor->end, ingredients->stream.size);
	layout->trailer = extent(stream_end, trailer_size(ingredients->codec));
	layout->payload_offset = (uint32_t)cursor->end - layout->setup_size;
	layout->payload_length = layout->stream.size + layout->trailer.size;
	add_section(cursor, ".payload", layout->payload_length + PAYLOAD_PADDING, READ);
}

static int plan_extras(struct cursor *cursor, const struct ingredients *ingredients,
		       struct why *why)
{
	if (ingredients->cmdline.size > BZB_CMDLINE_MAX)
		return explain(why, "the command line has %zu characters, more than %u",
			       ingredients->cmdline.size, BZB_CMDLINE_MAX);
	if (ingredients->sbat.size) {
		cursor->layout->sbat = extent(cursor->end, ingredients->sbat.size);
		add_section(cursor, ".sbat", ingredients->sbat.size + 1, READ);
	}
	if (ingredients->cmdline.size) {
		cursor->layout->cmdline = extent(cursor->end, ingredients->cmdline.size);
		add_section(cursor, ".cmdline", ingredients->cmdline.size + 1, READ);
	}
	if (ingredients->initrd.size) {
		cursor->layout->initrd = extent(cursor->end, ingredients->initrd.size);
		add_section(cursor, ".initrd", ingredients->initrd.size, READ);
	}
	return 0;
}

/* Memory of the kernel, of symbols that are in its parts, and of its decoder, from the start of the
 * gap. The decoder works in the kernel's bss as far as it fits. */
static uint64_t loaded_size(const struct ingredients *ingredients)
{
	const struct kernel *kernel = ingredients->kernel;
	uint64_t size = parts_loaded(ingredients->parts, kernel->loaded_size);

	size += bzb_align_up(decompress_workspace(ingredients->codec, ingredients->stream) + 1,
			     DECODER_ROOM);
	if (size < kernel->memory_size)
		size = kernel->memory_size;
	return bzb_align_up(size, BZB_KERNEL_GAP_UNIT);
}

/*
 * A loader that honours pref_address and init_size puts the protected-mode part at the kernel's
 * load address. With init_size bytes set aside, the decompressed kernel fits after the image.
 */
static int plan_sizes(struct cursor *cursor, const struct ingredients *ingredients, struct why *why)
{
	uint64_t with_signature = cursor->end + SIGNATURE_ROOM;
	uint64_t init_size = bzb_align_up(with_signature, ingredients->kernel->alignment) +
			     loaded_size(ingredients);

	if (with_signature > IMAGE_SIZE_MAX)
		return explain(why, "the image has %llu bytes, more than 2 GiB",
			       (unsigned long long)cursor->end);
	if (init_size > UINT32_MAX)
		return explain(
			why, "the image and the kernel need %llu bytes of memory, more than 4 GiB",
			(unsigned long long)init_size);
	cursor->layout->file_size = (uint32_t)cursor->end;
	cursor->layout->size_of_image = (uint32_t)with_signature;
	cursor->layout->init_size = (uint32_t)init_size;
	return 0;
}

/* The image goes after a fixed kernel, which needs its own place. */
static uint64_t pref_address(const struct ingredients *ingredients)
{
	const struct kernel *kernel = ingredients->kernel;

	if (!kernel->fixed)
		return bzb_align_up(kernel->load_address, kernel->alignment);
	return bzb_align_up(kernel->load_address - kernel->gap + loaded_size(ingredients),
			    kernel->alignment);
}

/*
 * Each section is added once. There are no more than the PE header has room for
 * (BZB_PE_SECTIONS_MAX): else it would have to move after the setup header.
 */
int layout_plan(const struct ingredients *ingredients, struct layout *ret, struct why *why)
{
	struct layout layout = { 0 };
	struct cursor cursor = { &layout, 0 };

	if (check_sizes(ingredients, why) || plan_setup(&cursor, ingredients, why))
		return -1;
	plan_stub(&cursor, ingredients->stub);
	plan_payload(&cursor, ingredients);
	if (plan_extras(&cursor, ingredients, why) || plan_sizes(&cursor, ingredients, why))
		return -1;
	layout.pref_address = pref_address(ingredients);
	*ret = layout;
	return 0;
}
