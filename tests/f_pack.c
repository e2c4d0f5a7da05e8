/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All of pack except files: from a kernel that it accepts it makes an image in which info finds no
 * error and the same kernel, from which extract gets the packed ELF, and which is the same when
 * packed again.
 */
#include "fuzz.h"

#include "../packer/image/assemble.h"
#include "../packer/image/self_check.h"
#include "../packer/input/embedded.h"
#include "../packer/input/pe_section.h"
#include "../packer/payload/compress.h"
#include "../packer/payload/payload_decompress.h"
#include "../packer/info/info.h"
#include "../packer/payload/payload_find.h"

/* The packer accepts more memory, but inputs here have only a few KiB. */
#define MEMORY_MAX (8 * BZB_KERNEL_GAP_UNIT)

static void show_progress(size_t done, size_t total)
{
	PROMISE(done <= total);
}

/* The memory that a kernel asks for; 0 if it is none. */
static uint64_t kernel_memory(struct bzb_span kernel)
{
	struct bzb_elf elf;
	struct bzb_pe pe;

	if (!bzb_elf_parse(kernel, &elf))
		return elf.memory_size;
	return bzb_pe_parse(kernel, &pe) ? 0 : pe.size_of_image;
}

static uint64_t payload_memory(const struct bzb_payload *payload)
{
	struct blob kernel;
	struct why why;
	uint64_t size = payload->size;

	if (size > MEMORY_MAX || decompress(payload, &kernel, &why))
		return size;
	size += kernel_memory(blob_span(&kernel));
	blob_free(&kernel);
	return size;
}

/* Of the kernel in the file, or in a unified kernel image */
static uint64_t memory_wanted(struct bzb_span file)
{
	struct bzb_payload payload;
	unsigned int kinds;
	struct why why;

	if (!(bzb_probe(file) & BZB_IS_BZBOOT))
		(void)pe_section_find(file, ".linux", &file);
	kinds = bzb_probe(file);
	if (!(kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)))
		return kernel_memory(file);
	return payload_find(file, kinds, &payload, &why) ? 0 : payload_memory(&payload);
}

static void load_stub(const struct kernel *kernel, struct stub *ret)
{
	const unsigned int kind = kernel->shuffle_size ? STUB_SHUFFLE : STUB_PLAIN;
	struct bzb_span file;
	struct why why;

	PROMISE(!stub_embedded(kernel->machine, BZB_CODEC_NONE, kind, &file, &why) &&
		!stub_parse(file, ret, &why));
	PROMISE(!kernel->shuffle_size == !ret->info.shuffles);
}

/* The steps of pack between its input and its output */
static int make_image(struct kernel *kernel, struct blob *ret, struct why *why)
{
	const struct compress_how how = {
		.threads = 1,
		.parts = 1,
		.gap = kernel->gap,
		.loaded = kernel->loaded_size,
		.machine = kernel->machine,
	};
	struct compressed compressed;
	struct layout layout;
	struct stub stub;
	const struct sections sections = { 0 };
	struct ingredients ingredients;
	struct blob elf;
	int err;

	load_stub(kernel, &stub);
	PROMISE(!compressor_run(&compressor_none, blob_span(&kernel->elf), &how, show_progress,
				&compressed, why));
	ingredients = (struct ingredients){
		.stub = &stub,
		.kernel = kernel,
		.codec = BZB_CODEC_NONE,
		.stream = blob_span(&compressed.stream),
		.parts = &compressed.parts,
		.sections = &sections,
	};
	err = layout_plan(&ingredients, &layout, why);
	if (!err) {
		PROMISE(!assemble(&ingredients, &layout, ret, why));
		elf = blob_copy(blob_span(&kernel->elf));
		PROMISE(!self_check(blob_span(ret), &ingredients, &layout, why));
		PROMISE(!self_check_loading(blob_span(ret), &elf, why));
		blob_free(&elf);
	}
	blob_free(&compressed.stream);
	return err;
}

static void check_info(struct bzb_span image, const struct kernel *kernel)
{
	const bool is_elf = bzb_probe(blob_span(&kernel->elf)) & BZB_IS_ELF;
	struct input input = { .bytes = blob_copy(image), .file_size = image.size };
	json_t *tree = info_tree(&input, false);

	PROMISE(!json_array_size(json_object_get(tree, "errors")));
	PROMISE(json_object_get(tree, is_elf ? "elf" : "payload"));
	json_decref(tree);
	input_free(&input);
}

static void check_extract(struct bzb_span image, const struct kernel *kernel)
{
	struct bzb_payload payload;
	struct blob elf;
	struct why why;

	PROMISE(!payload_find(image, bzb_probe(image), &payload, &why));
	PROMISE(!decompress(&payload, &elf, &why));
	PROMISE(elf.size == kernel->elf.size && !memcmp(elf.data, kernel->elf.data, elf.size));
	blob_free(&elf);
}

static void check_repack(struct bzb_span image, const struct kernel_options *options,
			 const struct kernel *kernel)
{
	struct blob input = blob_copy(image);
	struct findings findings = { 0 };
	struct kernel again;
	struct why why;

	PROMISE(!kernel_load(&input, options, &findings, &again, &why) && !findings.count);
	PROMISE(again.elf.size == kernel->elf.size &&
		!memcmp(again.elf.data, kernel->elf.data, again.elf.size));
	PROMISE(!strcmp(again.version, kernel->version));
	PROMISE(again.shuffle_size == kernel->shuffle_size);
	PROMISE(again.alignment == kernel->alignment && again.fixed == kernel->fixed &&
		again.movable == kernel->movable && again.xloadflags == kernel->xloadflags &&
		again.setup_type_max == kernel->setup_type_max);
	kernel_free(&again);
}

static void check_load(struct bzb_span image, const struct kernel *kernel)
{
	struct bzb_load_plan plan;
	struct bzb_load load;

	PROMISE(bzb_load_open(image, &load) == (kernel->is_application ? -BZB_ERR_BADTYPE : 0));
	PROMISE(!embedded_open(image, &load));
	PROMISE(!bzb_load_plan(&load, &bzb_decoder_none, &plan));
	PROMISE(plan.kernel_size == kernel->memory_size && plan.fixed == kernel->fixed);
	PROMISE(load.manifest.shuffle_size == kernel->shuffle_size);
	PROMISE(plan.memory.size - plan.workspace >= kernel->shuffle_size);
	PROMISE(!kernel->is_application || (plan.slides == 1 && !plan.identity));
}

/* Symbols and debug data are kept by payloads that are an ELF. */
static struct kernel_options options_for(size_t size)
{
	static const struct kernel_options options[] = {
		{ .payload = PAYLOAD_USUAL, .keep = KEEP_BUILD_ID },
		{ .payload = PAYLOAD_ELF, .keep = KEEP_BUILD_ID },
		{ .payload = PAYLOAD_ELF, .keep = KEEP_SYMBOLS },
		{ .payload = PAYLOAD_ELF, .keep = KEEP_DEBUG_DATA },
	};

	return options[size % BZB_ARRAY_SIZE(options)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kernel_options options = options_for(size);
	struct findings findings = { 0 };
	struct blob input, image;
	struct kernel kernel;
	struct why why;

	if (!size || memory_wanted((struct bzb_span){ data, size }) > MEMORY_MAX)
		return 0;
	input = blob_copy((struct bzb_span){ data, size });
	if (kernel_load(&input, &options, &findings, &kernel, &why)) {
		PROMISE(*why.text && !input.size);
		return 0;
	}
	if (stub_has_machine(kernel.machine) && !make_image(&kernel, &image, &why)) {
		check_info(blob_span(&image), &kernel);
		check_extract(blob_span(&image), &kernel);
		check_repack(blob_span(&image), &options, &kernel);
		check_load(blob_span(&image), &kernel);
		blob_free(&image);
	}
	kernel_free(&kernel);
	return 0;
}
