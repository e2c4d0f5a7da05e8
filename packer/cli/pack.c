/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <bzboot/probe.h>

#include "image/assemble.h"
#include "image/cmdline_doubts.h"
#include "image/self_check.h"
#include "input/input.h"
#include "io/diag.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "io/progress.h"
#include "payload/payload_decompress.h"
#include "shuffling.h"

/* The state of packing; each step adds to it. */
struct pack {
	const struct pack_options *options;
	const struct pack_listener *listener; /* NULL: messages are printed */
	struct bzb_span given;		      /* the input, for pack_check() */
	struct blob *to;		      /* for pack_make(); NULL: a file is written */
	struct blob stub_file;		      /* if it is not an embedded one */
	struct stub stub;
	bool no_stub; /* pack_check() does without the image */
	struct findings findings;
	struct embedded input; /* without the parts that contents_keep() moved */
	struct kernel kernel;
	struct relocs relocs;  /* only for pack_check() */
	struct signer *signer; /* NULL: not to be signed */
	struct contents contents;
	struct compressed compressed;
	size_t payload_size;
	size_t compared_size; /* of the input's payload, or of the ELF */
	struct blob image;
	struct sections sections;
	struct ingredients ingredients;
	struct layout layout;
};

static void __attribute__((format(printf, 2, 3))) warn(const struct pack *pack, const char *format,
						       ...)
{
	char text[240];
	struct why why;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (pack->listener) {
		explain(&why, "%s", text);
		pack->listener->tell(pack->listener->context, PACK_WARNING, &why);
		return;
	}
	explain(&why, "warning: %s", text);
	diag_note(pack->options->kernel, &why);
}

/* returns: -1 */
static int fail(const struct pack *pack, const char *subject, const struct why *why)
{
	if (!pack->listener)
		return diag_fail(subject, why);
	pack->listener->tell(pack->listener->context, PACK_ERROR, why);
	return -1;
}

static void tell_finding(void *context, const struct why *why)
{
	const struct pack_listener *listener = context;

	listener->tell(listener->context, PACK_RELOCATION, why);
}

/* Runs before the long work, so that a bad target fails at once. */
static int check_output(struct pack *pack)
{
	struct why why;

	if (!pack->to && file_check_target(pack->options->output, &why))
		return diag_fail(pack->options->output, &why);
	return 0;
}

static int load_stub(struct pack *pack)
{
	const char *path = pack->options->stub;
	enum bzb_codec codec = pack->options->compressor->codec;
	const unsigned int kind = (pack->options->contents.is_uki ? STUB_UKI : 0) |
				  (pack->kernel.shuffle_size ? STUB_SHUFFLE : 0);
	struct bzb_span file;
	struct why why;

	if (path) {
		if (file_read(path, &pack->stub_file, &why))
			return fail(pack, path, &why);
		file = blob_span(&pack->stub_file);
	} else {
		path = "embedded stub";
		pack->no_stub = stub_embedded(pack->kernel.machine, codec, kind, &file, &why);
		if (pack->no_stub && pack->listener)
			return 0;
		if (pack->no_stub)
			return fail(pack, path, &why);
	}
	if (stub_parse(file, &pack->stub, &why))
		return fail(pack, path, &why);
	if (pack->stub.machine != pack->kernel.machine) {
		explain(&why, "is for %s, not for %s", bzb_machine_name(pack->stub.machine),
			bzb_machine_name(pack->kernel.machine));
		return fail(pack, path, &why);
	}
	if (pack->stub.info.codec != codec) {
		explain(&why, "decompresses %s, not %s", bzb_codec_name(pack->stub.info.codec),
			bzb_codec_name(codec));
		return fail(pack, path, &why);
	}
	if (pack->kernel.shuffle_size && !pack->stub.info.shuffles) {
		explain(&why, "does not shuffle, and the kernel has a unit table");
		return fail(pack, path, &why);
	}
	return 0;
}

static int keep_contents(struct pack *pack, struct bzb_span input)
{
	struct why why;

	if (embedded_find(input, &pack->input, &why) ||
	    contents_keep(&pack->contents, &pack->options->contents, &pack->input, &why))
		return fail(pack, pack->options->kernel, &why);
	return 0;
}

static int read_kernel(const struct pack *pack, struct input *ret, struct why *why)
{
	if (!pack->given.data)
		return input_read(pack->options->kernel, DECOMPRESSED_MAX, ret, why);
	*ret = (struct input){ .bytes = blob_copy(pack->given) };
	return 0;
}

/* As the payload of an image, or as its ELF. */
static bool has_units(struct bzb_span input)
{
	struct bzb_elf_section section;
	struct bzb_manifest manifest;
	struct bzb_elf parsed;

	if (!embedded_manifest(input, &manifest))
		return manifest.shuffle_size;
	return !bzb_elf_parse(input, &parsed) &&
	       !bzb_elf_find_section(&parsed, BZB_UNITS_SECTION, &section) && section.size;
}

/* By this the input is an ELF that its linker might have made. */
static int shuffle_input(const struct pack *pack, struct blob *input)
{
	const struct pack_options *options = pack->options;
	const struct shuffling_names names = { options->kernel, options->output };
	struct shuffle_summary summary;
	struct blob result;
	int error;

	if (!options->shuffle || (!options->shuffle_seed && has_units(blob_span(input))))
		return 0;
	shuffling_keep(input);
	error = options->shuffle_seed ?
			shuffling_run(&names, blob_span(input), options->shuffle_units,
				      options->shuffle_seed, &result, &summary) :
			shuffling_describe(&names, blob_span(input), options->shuffle_units,
					   &result, &summary);
	if (error)
		return -1;
	blob_free(input);
	*input = result;
	shuffling_print(options->kernel, &summary, options->shuffle_seed);
	return 0;
}

static int load_kernel(struct pack *pack)
{
	struct input input;
	struct why why;

	if (read_kernel(pack, &input, &why))
		return fail(pack, pack->options->kernel, &why);
	lap("read the kernel");
	if (keep_contents(pack, blob_span(&input.bytes)) || shuffle_input(pack, &input.bytes)) {
		input_free(&input);
		return -1;
	}
	if (!kernel_load(&input.bytes, &pack->options->of_kernel, &pack->findings, &pack->kernel,
			 &why)) {
		lap("find the fields that move");
		return 0;
	}
	/* The listener already has the findings, one by one. */
	if (pack->findings.count && pack->findings.report)
		return -1;
	return fail(pack, pack->options->kernel, &why);
}

static int warn_of_entry(struct pack *pack)
{
	if (pack->kernel.program_mark)
		warn(pack, "it looks like a program, not a kernel: it has %s",
		     pack->kernel.program_mark);
	if (pack->kernel.multiboot)
		warn(pack,
		     "it has a Multiboot %u header: if its entry point is for that, 32-bit code, "
		     "it does not start, because the image enters it in 64-bit mode",
		     pack->kernel.multiboot);
	return 0;
}

/* In the payload ELF: a field that cannot move has already been refused. */
static int find_relocs(struct pack *pack)
{
	struct findings none = { 0 };

	if (pack->kernel.is_application)
		return 0;
	relocs_find(&pack->kernel.parsed, &none, &pack->relocs);
	return 0;
}

/* A broken SBAT of the kernel is left out: its user cannot correct it. */
static int keep_sbat(struct pack *pack)
{
	struct why why;

	if (contents_keep_sbat(&pack->contents, &pack->kernel.sbat, &why))
		warn(pack, "its .sbat is left out, because it is broken: %.180s", why.text);
	return 0;
}

/* The mark is for the readers of the payload. */
static int check_zboot_magic(struct pack *pack)
{
	struct why why;

	if (pack->options->zboot_magic != BZB_ZBOOT_ZELF ||
	    (bzb_probe(blob_span(&pack->kernel.elf)) & BZB_IS_ELF))
		return 0;
	explain(&why, "its payload is an Image, not an ELF: leave out --zboot-magic zelf");
	return fail(pack, pack->options->kernel, &why);
}

static int check_decided(struct pack *pack)
{
	struct why why;

	if (!(pack->contents.decided & ~pack->stub.info.flags))
		return 0;
	explain(&why, "with this stub, the boot loader can replace the command line and the initrd "
		      "even with Secure Boot on: use --default-cmdline and --default-initrd");
	return diag_fail(pack->options->stub, &why);
}

static int add_contents(struct pack *pack)
{
	const char *culprit;
	struct why why;

	if (contents_add(&pack->contents, &pack->options->contents, pack->kernel.version, &culprit,
			 &why) ||
	    uki_check_machine(&pack->contents.uki, pack->kernel.machine, &culprit, &why))
		return diag_fail(culprit, &why);
	lap("read the contents");
	return 0;
}

static int compress_kernel(struct pack *pack)
{
	const struct pack_options *options = pack->options;
	struct bzb_span elf = blob_span(&pack->kernel.elf);
	struct compress_how how = options->how;
	struct why why;
	int err;

	how.machine = pack->kernel.machine;
	how.gap = pack->kernel.gap;
	how.loaded = pack->kernel.loaded_size;
	progress_start("compressing",
		       options->best ? (unsigned int)options->compressor->trials : 1);
	if (options->best)
		err = compressor_run_best(options->compressor, elf, &how, progress_show,
					  &pack->compressed, &why);
	else
		err = compressor_run(options->compressor, elf, &how, progress_show,
				     &pack->compressed, &why);
	progress_end();
	return err ? fail(pack, options->output, &why) : 0;
}

/* Compares payloads, because the image may have an initrd, and the input symbols. */
static void note_sizes(struct pack *pack)
{
	const struct kernel *kernel = &pack->kernel;

	pack->payload_size = pack->compressed.stream.size;
	pack->compared_size = kernel->compressed_size ? kernel->compressed_size : kernel->elf.size;
}

static int make_image(struct pack *pack)
{
	struct why why;

	pack->ingredients = (struct ingredients){
		.stub = &pack->stub,
		.kernel = &pack->kernel,
		.codec = pack->options->compressor->codec,
		.zboot_magic = pack->options->zboot_magic,
		.stream = blob_span(&pack->compressed.stream),
		.parts = &pack->compressed.parts,
		.sections = &pack->sections,
		.decided = pack->contents.decided,
	};
	if (sections_of(&pack->contents, &pack->sections, &why) ||
	    layout_plan(&pack->ingredients, &pack->layout, &why) ||
	    assemble(&pack->ingredients, &pack->layout, &pack->image, &why))
		return fail(pack, pack->options->output, &why);
	blob_free(&pack->contents.initrd); /* the image has a copy */
	lap("assemble the image");
	return 0;
}

static int check_image(struct pack *pack)
{
	const struct bzb_span image = blob_span(&pack->image);
	struct why why;

	if (self_check(image, &pack->ingredients, &pack->layout, &why))
		return fail(pack, pack->options->output, &why);
	note_sizes(pack);
	blob_free(&pack->compressed.stream);
	if (self_check_loading(image, &pack->kernel.elf, &why))
		return fail(pack, pack->options->output, &why);
	blob_free(&pack->kernel.elf);
	lap("check the image");
	return 0;
}

/* Runs before compressing, because the key may be missing. */
static int open_signer(struct pack *pack)
{
	const char *culprit;
	struct why why;

	if (pack->options->sign.key &&
	    signer_open(&pack->options->sign, &pack->signer, &culprit, &why))
		return diag_fail(culprit, &why);
	return 0;
}

static int sign_image(struct pack *pack)
{
	struct why why;

	if (!pack->signer)
		return 0;
	if (sign_bytes(&pack->image, pack->signer, &why))
		return diag_fail(pack->options->output, &why);
	lap("sign the image");
	return 0;
}

static void print_codec(FILE *to, const struct pack_options *options)
{
	const struct compressor *compressor = options->compressor;

	fprintf(to, "%s", bzb_codec_name(compressor->codec));
	if (options->best)
		fprintf(to, " at its best");
	else if (compressor->level_min != compressor->level_max)
		fprintf(to, " level %d", options->how.level);
}

static void print_kept(FILE *to, const struct pack *pack)
{
	const struct {
		const char *name;
		size_t size;
	} parts[] = {
		{ "command line", pack->contents.kept_cmdline },
		{ "initrd", pack->contents.kept_initrd },
	};
	const char *before = ": keeps the ";

	if (!parts[0].size && !parts[1].size)
		return;
	fprintf(to, "%s", pack->options->output);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(parts); i++) {
		if (!parts[i].size)
			continue;
		fprintf(to, "%s%s (%zu bytes)", before, parts[i].name, parts[i].size);
		before = " and the ";
	}
	fprintf(to, " of %s\n", pack->options->kernel);
}

static void print_payload(FILE *to, const struct pack *pack)
{
	fprintf(to, "; payload %zu bytes, %.1f %% of %s (%zu bytes)\n", pack->payload_size,
		100.0 * (double)pack->payload_size / (double)pack->compared_size,
		pack->kernel.compressed_size ? "that of the input" :
		pack->kernel.is_application  ? "the kernel it holds" :
					       "the ELF it holds",
		pack->compared_size);
}

/* returns: a text for free() */
static char *make_summary(const struct pack *pack)
{
	const struct pack_options *options = pack->options;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		diag_no_memory(BUFSIZ);
	fprintf(to, "%s: %zu bytes, %s, ", options->output, pack->image.size, pack->kernel.version);
	print_codec(to, options);
	print_payload(to, pack);
	print_kept(to, pack);
	if (fclose(to))
		diag_no_memory(size);
	return text;
}

static int write_image(struct pack *pack)
{
	const char *output = pack->options->output;
	char *summary;
	struct why why;
	int err;

	if (pack->to) {
		*pack->to = pack->image;
		pack->image = (struct blob){ 0 };
		return 0;
	}
	summary = diag_is_quiet() ? NULL : make_summary(pack);
	err = file_write_saying(output, blob_span(&pack->image), summary, &why);
	free(summary);
	lap("write the image");
	return err ? diag_fail(output, &why) : 0;
}

static void check_cmdline(const struct pack *pack)
{
	const struct cmdline cmdline = {
		.text = blob_span(&pack->contents.cmdline),
		.has_initrd = pack->layout.initrd.size,
		.size_max = pack->kernel.cmdline_size,
	};

	cmdline_doubts(&cmdline, pack->options->output);
}

/* Prints the limits of the new image, and the parts of the input that it does not have. */
static int print_warnings(struct pack *pack)
{
	const char *left_out = pack->contents.is_uki ? pack->input.left_out_of_uki :
						       pack->input.left_out;
	struct why why;

	check_cmdline(pack);
	if (!pack->kernel.movable && !pack->kernel.is_application)
		warn(pack, "no relocations: KASLR of virtual addresses is off");
	if (pack->kernel.fixed)
		warn(pack,
		     "it runs only at its load address: it does not boot if that memory is in "
		     "use");
	if (pack->kernel.has_module_signature)
		warn(pack, "the appended module signature is not in the image");
	if (pack->signer && signer_doubt(pack->signer, &why))
		diag_note(pack->options->sign.cert, &why);
	if (*left_out)
		warn(pack, "not in the image: %s", left_out);
	if (pack->input.is_signed && !pack->signer)
		warn(pack, "its signature is left out, because it is not valid for the new image: "
			   "sign again with 'bzboot sign IMAGE --key KEY --cert CERT'");
	return 0;
}

static int (*const steps[])(struct pack *pack) = {
	/* clang-format off */
	check_output, open_signer, load_kernel, load_stub, warn_of_entry, check_zboot_magic,
	check_decided, keep_sbat, add_contents, compress_kernel, make_image, check_image,
	sign_image, write_image, print_warnings,
	/* clang-format on */
};

/* The steps that depend on the kernel. */
static int (*const check_steps[])(struct pack *pack) = {
	/* clang-format off */
	load_kernel, warn_of_entry, keep_sbat, find_relocs, load_stub, compress_kernel, make_image,
	check_image,
	/* clang-format on */
};

static void free_pack(struct pack *pack)
{
	blob_free(&pack->stub_file);
	embedded_free(&pack->input);
	contents_free(&pack->contents);
	kernel_free(&pack->kernel);
	relocs_free(&pack->relocs);
	blob_free(&pack->compressed.stream);
	blob_free(&pack->image);
	signer_close(pack->signer);
}

/* @to: NULL: a file */
static int run(const struct pack_options *options, struct blob *to)
{
	struct pack pack = { .options = options, .to = to };
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps) && !err; i++)
		err = steps[i](&pack);
	free_pack(&pack);
	return err ? -1 : 0;
}

int pack_run(const struct pack_options *options)
{
	return run(options, NULL);
}

int pack_make(const struct pack_options *options, struct blob *ret)
{
	return run(options, ret);
}

int pack_check(const char *name, struct bzb_span kernel, const struct pack_listener *listener,
	       struct relocs *ret)
{
	const struct pack_options options = {
		.kernel = name,
		.output = name,
		.compressor = compressor_by_name(bzb_codec_name(BZB_CODEC_NONE)),
		.how = { .threads = 1 },
	};
	struct pack_listener copy = *listener;
	struct pack pack = {
		.options = &options,
		.listener = listener,
		.given = kernel,
		.findings = { .report = tell_finding, .context = &copy },
	};
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(check_steps) && !err && !pack.no_stub; i++)
		err = check_steps[i](&pack);
	if (!err) {
		*ret = pack.relocs;
		pack.relocs = (struct relocs){ 0 };
	}
	free_pack(&pack);
	return err ? -1 : 0;
}
