/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/kernel_elf.h>

#include "io/utf8.h"
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
#define WORKSPACE_ALIGNMENT 64u /* bzb_load_plan() */

/* Alignment of the version text. No reader needs it; hex dumps look better. */
#define VERSION_ALIGN 16u

/* Alignment of the PE headers: UEFI's loaders read them in place. */
#define PE_ALIGN 8u

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

/* Adds a section of whole pages after the last one. @size: in memory */
static void add_section(struct cursor *cursor, const char *name, uint64_t size, uint64_t padded,
			int flags)
{
	struct bzb_pe_section *section = &cursor->layout->sections[cursor->layout->section_count++];

	*section = (struct bzb_pe_section){
		.virtual_address = (uint32_t)cursor->end,
		.virtual_size = (uint32_t)size,
		.raw_offset = (uint32_t)cursor->end,
		.raw_size = (uint32_t)padded,
		.characteristics = (uint32_t)flags,
	};
	snprintf(section->name, sizeof(section->name), "%s", name);
	cursor->end += padded;
}

/* Its padding is part of it. */
static void add_pages(struct cursor *cursor, const char *name, uint64_t size, int flags)
{
	uint64_t padded = bzb_align_up(size, BZB_PAGE_SIZE);

	add_section(cursor, name, padded, padded, flags);
}

static struct extent extent(uint64_t offset, uint64_t size)
{
	return (struct extent){ (uint32_t)offset, (uint32_t)size };
}

/* Each size is limited, so that a sum of them cannot wrap. */
static int check_sizes(const struct ingredients *ingredients, struct why *why)
{
	const struct sections *sections = ingredients->sections;

	if (ingredients->stream.size > IMAGE_SIZE_MAX)
		return explain(why, "the payload is larger than 2 GiB");
	for (unsigned int i = 0; i < sections->count; i++)
		if (sections->list[i].bytes.size > IMAGE_SIZE_MAX)
			return explain(why, "section %s is larger than 2 GiB",
				       sections->list[i].name);
	if (ingredients->kernel->memory_size > UINT32_MAX)
		return explain(why, "the kernel is larger than 4 GiB");
	return 0;
}

/* Of a plain image: before the setup header. With .setup, there are one of its sections, and those
 * of the stub and the payload. */
static int plan_short_headers(struct layout *layout, const struct ingredients *ingredients,
			      struct why *why)
{
	const unsigned int count = 4 + ingredients->sections->count;

	if (count > BZB_PE_SECTIONS_MAX + 1)
		return explain(why, "internal error: a plain image has %u sections", count);
	layout->pe_offset = BZB_PE_OFFSET;
	layout->pe_space = BZB_SENTINEL_OFFSET - BZB_PE_OFFSET;
	layout->directories = BZB_PE_DIRECTORIES;
	layout->size_of_headers = count > BZB_PE_SECTIONS_MAX ? layout->setup_size : BZB_PAGE_SIZE;
	return 0;
}

/* Of a unified kernel image: between setup code and version. */
static int plan_long_headers(struct layout *layout, const struct ingredients *ingredients,
			     struct why *why)
{
	const uint64_t start = layout->setup_code.offset + layout->setup_code.size;
	const unsigned int count = 3 + ingredients->sections->count; /* .text, .data, .linux */

	layout->directories = BZB_PE_DIRECTORIES_MAX;
	layout->pe_offset = (uint32_t)bzb_align_up(start, PE_ALIGN);
	layout->version.offset = layout->setup_size - layout->version.size;
	layout->version.offset -= layout->version.offset % VERSION_ALIGN;
	layout->pe_space = layout->version.offset - layout->pe_offset;
	layout->size_of_headers = layout->setup_size;
	if (bzb_pe_headers_size(layout->directories, count) <= layout->pe_space)
		return 0;
	return explain(why, "with a version text of %u bytes, there is no room for %u sections",
		       layout->version.size, count);
}

/* For other machines than x86-64. */
static int plan_headers(struct cursor *cursor, const struct ingredients *ingredients,
			struct why *why)
{
	struct layout *layout = cursor->layout;
	const unsigned int count = 3 + ingredients->sections->count; /* .text, .data, .payload */

	layout->directories = ingredients->sections->uki ? BZB_PE_DIRECTORIES_MAX :
							   BZB_PE_DIRECTORIES;
	layout->pe_offset = BZB_PE_OFFSET;
	layout->pe_space = BZB_PAGE_SIZE - BZB_PE_OFFSET;
	layout->size_of_headers = BZB_PAGE_SIZE;
	cursor->end = layout->size_of_headers;
	if (bzb_pe_headers_size(layout->directories, count) <= layout->pe_space)
		return 0;
	return explain(why, "there is no room for %u sections", count);
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
	if (ingredients->sections->uki ? plan_long_headers(layout, ingredients, why) :
					 plan_short_headers(layout, ingredients, why))
		return -1;
	cursor->end = layout->size_of_headers;
	if (cursor->end < layout->setup_size)
		add_pages(cursor, ".setup", layout->setup_size - cursor->end, SETUP);
	return 0;
}

static void plan_stub(struct cursor *cursor, const struct stub *stub)
{
	cursor->layout->text = extent(cursor->end, stub->text.size);
	add_pages(cursor, ".text", stub->text.size, CODE);
	cursor->layout->data = extent(cursor->end, stub->data.size);
	add_pages(cursor, ".data", stub->data.size, READ_WRITE);
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
	add_pages(cursor, ingredients->sections->uki ? SECTION_PAYLOAD_UKI : SECTION_PAYLOAD_PLAIN,
		  layout->payload_length + PAYLOAD_PADDING, READ);
}

/* Makes an extent reach up to the end of another one, which is after it. */
static void extend(struct extent *extent, struct extent to)
{
	if (!extent->size)
		*extent = to;
	else
		extent->size = to.offset + to.size - extent->offset;
}

/* In a unified kernel image, the size in memory is that of the bytes: readers take texts as long as
 * that, without their NUL, and the size in a .splash is compared with it. */
static void add_contents(struct cursor *cursor, const struct section *section, bool uki)
{
	const uint64_t size = section->bytes.size + section->is_text;
	const uint64_t padded = bzb_align_up(size, BZB_PAGE_SIZE);

	add_section(cursor, section->name, uki ? section->bytes.size : padded, padded, READ);
}

static int plan_sections(struct cursor *cursor, const struct ingredients *ingredients,
			 bool before_payload, struct why *why)
{
	const struct sections *sections = ingredients->sections;
	struct layout *layout = cursor->layout;

	for (unsigned int i = 0; i < sections->count; i++) {
		const struct section *section = &sections->list[i];

		if (section->before_payload != before_payload)
			continue;
		layout->contents[i] = extent(cursor->end, section->bytes.size);
		if (section->use == SECTION_CMDLINE)
			layout->cmdline = layout->contents[i];
		if (section->use == SECTION_INITRD)
			extend(&layout->initrd, layout->contents[i]);
		add_contents(cursor, section, sections->uki);
	}
	return layout->cmdline.size <= BZB_CMDLINE_MAX ?
		       0 :
		       explain(why, "the command line has %u characters, more than %u",
			       layout->cmdline.size, BZB_CMDLINE_MAX);
}

/* An application gets its command line as LoadOptions, which are UTF-16. */
static int check_cmdline(const struct ingredients *ingredients, struct why *why)
{
	const struct sections *sections = ingredients->sections;

	if (!ingredients->kernel->is_application)
		return 0;
	for (unsigned int i = 0; i < sections->count; i++)
		if (sections->list[i].use == SECTION_CMDLINE &&
		    !utf8_is_valid(sections->list[i].bytes))
			return explain(why, "the command line is not UTF-8");
	return 0;
}

/* Memory of the kernel, of symbols that are in its parts, and of its decoder and then its shuffle,
 * from the start of the gap. Both work in the kernel's bss as far as they fit. */
static uint64_t loaded_size(const struct ingredients *ingredients)
{
	const struct kernel *kernel = ingredients->kernel;
	uint64_t size = parts_loaded(ingredients->parts, kernel->loaded_size);
	uint64_t workspace = decompress_workspace(ingredients->codec, ingredients->stream);

	if (workspace < kernel->shuffle_size)
		workspace = kernel->shuffle_size;
	size += bzb_align_up(workspace + WORKSPACE_ALIGNMENT, DECODER_ROOM);
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

int layout_plan(const struct ingredients *ingredients, struct layout *ret, struct why *why)
{
	struct layout layout = { 0 };
	struct cursor cursor = { &layout, 0 };

	if (check_sizes(ingredients, why) || check_cmdline(ingredients, why) ||
	    (ingredients->kernel->is_application ? plan_headers(&cursor, ingredients, why) :
						   plan_setup(&cursor, ingredients, why)))
		return -1;
	plan_stub(&cursor, ingredients->stub);
	if (plan_sections(&cursor, ingredients, true, why))
		return -1;
	plan_payload(&cursor, ingredients);
	if (plan_sections(&cursor, ingredients, false, why) ||
	    plan_sizes(&cursor, ingredients, why))
		return -1;
	layout.pref_address = pref_address(ingredients);
	*ret = layout;
	return 0;
}
