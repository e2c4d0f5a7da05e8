/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assemble.h"
#include "check.h"
#include "command.h"
#include "compress.h"
#include "fileio.h"

static const char help[] =
	"usage: bzboot pack KERNEL -o IMAGE [OPTION]...\n"
	"\n"
	"Makes of an x86-64 kernel (an ELF vmlinux, a bzImage, an image made by bzboot) a\n"
	"file that is an EFI application, a bzImage and an EFI zboot image at once. Of an\n"
	"image only the kernel is taken: say again what command line and initrd it had.\n"
	"\n"
	"  -o, --output IMAGE    where to write it\n"
	"      --level N         how hard to compress: 1 to 22, 19 unless told\n"
	"      --cmdline TEXT    a command line that is part of the image\n"
	"      --initrd FILE     an initrd that is part of the image; several are joined\n"
	"      --stub FILE       use this stub, not the one inside bzboot\n"
	"      --help            this text\n";

enum { OPT_LEVEL = LONG_OPTION, OPT_CMDLINE, OPT_INITRD, OPT_STUB, OPT_HELP };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "level", required_argument, NULL, OPT_LEVEL },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "stub", required_argument, NULL, OPT_STUB },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *kernel, *output, *cmdline, *stub;
	const char **initrds;		/* room for as many as there are arguments */
	size_t initrd_count;
	const struct compressor *compressor;
	int level;
	bool help;
};

/* Everything that the steps of packing leave for the next ones. */
struct pack {
	const struct options *options;
	struct blob stub_file;		/* if it is not an embedded one */
	struct stub stub;
	size_t input_size;
	struct kernel kernel;
	struct blob initrd, stream, image;
	struct parts parts;
	struct layout layout;
};

static int parse_level(const char *text, struct options *options)
{
	const struct compressor *compressor = options->compressor;
	char *end;
	long level;

	errno = 0;
	level = strtol(text, &end, 10);
	if (errno || end == text || *end || level < compressor->level_min ||
	    level > compressor->level_max)
		return diag_usage("pack", "level '%s' is not from %d to %d", text,
				  compressor->level_min, compressor->level_max);
	options->level = (int)level;
	return 0;
}

static int parse_option(int option, char **argv, struct options *options)
{
	switch (option) {
	case 'o':
		if (options->output)
			return diag_usage("pack", "more than one output");
		options->output = optarg;
		return 0;
	case OPT_LEVEL:
		return parse_level(optarg, options);
	case OPT_CMDLINE:
		options->cmdline = optarg;
		return 0;
	case OPT_INITRD:
		options->initrds[options->initrd_count++] = optarg;
		return 0;
	case OPT_STUB:
		options->stub = optarg;
		return 0;
	case OPT_HELP:
		options->help = true;
		return 0;
	case ':':
		return diag_usage("pack", "%s wants an argument", argv[optind - 1]);
	default:
		return diag_option("pack", argv);
	}
}

/* returns: 0, or an exit status */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1) {
		int status = parse_option(option, argv, options);

		if (status)
			return status;
	}
	if (options->help)
		return 0;
	if (argc - optind != 1)
		return diag_usage("pack", argc == optind ? "no kernel" : "more than one kernel");
	options->kernel = argv[optind];
	if (!options->output)
		return diag_usage("pack", "no output (-o IMAGE)");
	if (options->cmdline && strlen(options->cmdline) > BZB_CMDLINE_MAX)
		return diag_usage("pack", "a command line of %zu characters, more than %u",
				  strlen(options->cmdline), BZB_CMDLINE_MAX);
	return 0;
}

static int fail(const char *subject, const struct why *why)
{
	diag(subject, why);
	return -1;
}

/* Before the long work, not after it. */
static int check_output(struct pack *pack)
{
	struct why why;

	if (file_check_target(pack->options->output, &why))
		return fail(pack->options->output, &why);
	return 0;
}

static int load_stub(struct pack *pack)
{
	const char *path = pack->options->stub;
	enum bzb_codec codec = pack->options->compressor->codec;
	struct bzb_span file;
	struct why why;

	if (path) {
		if (file_read(path, &pack->stub_file, &why))
			return fail(path, &why);
		file = blob_span(&pack->stub_file);
	} else {
		path = "embedded stub";
		if (stub_embedded(codec, &file, &why))
			return fail(path, &why);
	}
	if (stub_parse(file, &pack->stub, &why))
		return fail(path, &why);
	if (pack->stub.info.codec != codec) {
		explain(&why, "decompresses %s, not %s", bzb_codec_name(pack->stub.info.codec),
			bzb_codec_name(codec));
		return fail(path, &why);
	}
	return 0;
}

static int load_kernel(struct pack *pack)
{
	struct blob input;
	struct why why;

	if (file_read(pack->options->kernel, &input, &why))
		return fail(pack->options->kernel, &why);
	pack->input_size = input.size;
	if (kernel_load(&input, &pack->kernel, &why))
		return fail(pack->options->kernel, &why);
	return 0;
}

/* Linux wants each archive of an initrd at a multiple of four (buffer-format.rst). */
static int load_initrds(struct pack *pack)
{
	for (size_t i = 0; i < pack->options->initrd_count; i++) {
		const char *path = pack->options->initrds[i];
		size_t end = pack->initrd.size;
		struct blob file;
		struct why why;

		if (file_read(path, &file, &why))
			return fail(path, &why);
		if (file.size > INT32_MAX - 3 - end) {
			blob_free(&file);
			explain(&why, "all initrds together are larger than 2 GiB");
			return fail(path, &why);
		}
		blob_resize(&pack->initrd, bzb_align_up(end + file.size, 4));
		memset(pack->initrd.data + pack->initrd.size - 4, 0, 4);
		memcpy(pack->initrd.data + end, file.data, file.size);
		blob_free(&file);
	}
	return 0;
}

static void show_progress(size_t done, size_t total)
{
	diag_progress("compressing", done, total);
}

static int compress_kernel(struct pack *pack)
{
	const struct options *options = pack->options;
	struct why why;

	if (compress(options->compressor, blob_span(&pack->kernel.elf), options->level,
		     show_progress, &pack->stream, &why))
		return fail(options->kernel, &why);
	return 0;
}

static int make_image(struct pack *pack)
{
	const char *output = pack->options->output, *cmdline = pack->options->cmdline;
	struct why why;

	pack->parts = (struct parts){
		.stub = &pack->stub,
		.kernel = &pack->kernel,
		.codec = pack->options->compressor->codec,
		.stream = blob_span(&pack->stream),
		.initrd = blob_span(&pack->initrd),
	};
	if (cmdline)
		pack->parts.cmdline =
			(struct bzb_span){ (const unsigned char *)cmdline, strlen(cmdline) };
	if (layout_plan(&pack->parts, &pack->layout, &why) ||
	    assemble(&pack->parts, &pack->layout, &pack->image, &why) ||
	    check_image(blob_span(&pack->image), &pack->parts, &pack->layout, &why))
		return fail(output, &why);
	return 0;
}

static int write_image(struct pack *pack)
{
	struct why why;

	if (file_write(pack->options->output, blob_span(&pack->image), &why))
		return fail(pack->options->output, &why);
	return 0;
}

static int print_summary(struct pack *pack)
{
	const struct options *options = pack->options;
	struct why why;

	printf("%s: %zu bytes, %s, %s level %d, %.1f %% of %s (%zu bytes)\n", options->output,
	       pack->image.size, pack->kernel.version, bzb_codec_name(options->compressor->codec),
	       options->level, 100.0 * pack->image.size / pack->input_size, options->kernel,
	       pack->input_size);
	if (!pack->kernel.movable) {
		explain(&why, "warning: no relocations: KASLR of virtual addresses is off");
		diag(options->kernel, &why);
	}
	return 0;
}

static int (*const steps[])(struct pack *pack) = {
	check_output, load_stub, load_kernel, load_initrds, compress_kernel,
	make_image, write_image, print_summary,
};

static int run_steps(const struct options *options)
{
	struct pack pack = { .options = options };
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !status; i++)
		if (steps[i](&pack))
			status = EXIT_FAILURE;
	blob_free(&pack.stub_file);
	kernel_free(&pack.kernel);
	blob_free(&pack.initrd);
	blob_free(&pack.stream);
	blob_free(&pack.image);
	return status;
}

int cmd_pack(int argc, char **argv)
{
	const struct compressor *compressor = compressor_find(BZB_CODEC_ZSTD);
	struct blob initrds = blob_alloc((size_t)argc * sizeof(char *));
	struct options options = {
		.initrds = (void *)initrds.data,
		.compressor = compressor,
		.level = compressor->level_default,
	};
	int status = parse_options(argc, argv, &options);

	if (!status && options.help)
		fputs(help, stdout);
	else if (!status)
		status = run_steps(&options);
	blob_free(&initrds);
	return status;
}
