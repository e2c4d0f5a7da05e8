/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assemble.h"
#include "check.h"
#include "command.h"
#include "command_line.h"
#include "compress.h"
#include "embedded.h"
#include "fileio.h"
#include "pack.h"
#include "sbat.h"
#include "sign_options.h"

/* ZSTDMT_NBWORKERS_MAX, which zstd.h does not tell, is 256 where pointers have 64 bits. */
#define THREADS_MAX 256

static const char help[] =
	"usage: bzboot pack KERNEL -o IMAGE [OPTION]...\n"
	"\n"
	"Makes of an x86-64 kernel (an ELF vmlinux, a bzImage, a unified kernel image, an\n"
	"image made by bzboot) a file that is an EFI application, a bzImage and an EFI\n"
	"zboot image at once. Keeps the command line, the initrd and .sbat of an image,\n"
	"unless these options replace them; signatures have to be made again.\n"
	"\n"
	"  -o, --output IMAGE    where to write it\n"
	"      --compress CODEC  how to compress; see below\n"
	"      --level N         how hard; see below\n"
	"      --best            as small as CODEC can, however long it takes\n"
	"      --fast            in the shortest time, at a level for that\n"
	"      --threads N       compress with so many; all processors unless told\n"
	"      --segments N      let up to N processors decompress zstd, xz or lz4 at\n"
	"                        once (1 to 64); unless told one for each 16 MiB,\n"
	"                        of lz4 for each 8 MiB\n"
	"      --cmdline TEXT    the command line; with Secure Boot on the only one, else\n"
	"                        for when the boot loader gives none\n"
	"      --initrd FILE     the initrd, likewise; several are joined\n"
	"      --no-initrd       with Secure Boot on there is no initrd\n"
	"      --default-cmdline TEXT, --default-initrd FILE, --no-default-initrd\n"
	"                        the same, but the boot loader's count with Secure Boot on\n"
	"      --sbat FILE       SBAT for shim, which does not start an image without: lines\n"
	"                        of component,generation,vendor,package,version,URL\n"
	"      --stub FILE       use this stub, not the one inside bzboot\n"
	"      --help            this text\n";

static const char sign_help[] =
	"\n"
	"With --key and --cert the image is signed, as by bzboot sign:\n"
	"\n" SIGN_HELP;

enum {
	OPT_COMPRESS = LONG_OPTION, OPT_LEVEL, OPT_BEST, OPT_FAST, OPT_THREADS, OPT_SEGMENTS,
	OPT_CMDLINE, OPT_DEFAULT_CMDLINE, OPT_INITRD, OPT_NO_INITRD, OPT_DEFAULT_INITRD,
	OPT_NO_DEFAULT_INITRD, OPT_SBAT, OPT_STUB,
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "compress", required_argument, NULL, OPT_COMPRESS },
	{ "level", required_argument, NULL, OPT_LEVEL },
	{ "best", no_argument, NULL, OPT_BEST },
	{ "fast", no_argument, NULL, OPT_FAST },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "segments", required_argument, NULL, OPT_SEGMENTS },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "default-cmdline", required_argument, NULL, OPT_DEFAULT_CMDLINE },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "no-initrd", no_argument, NULL, OPT_NO_INITRD },
	{ "default-initrd", required_argument, NULL, OPT_DEFAULT_INITRD },
	{ "no-default-initrd", no_argument, NULL, OPT_NO_DEFAULT_INITRD },
	{ "sbat", required_argument, NULL, OPT_SBAT },
	{ "stub", required_argument, NULL, OPT_STUB },
	{ "help", no_argument, NULL, OPT_HELP },
	SIGN_LONG_OPTIONS,
	{ 0 },
};

struct options {
	const char *kernel, *output, *cmdline, *stub;
	const char **initrds;		/* room for as many as there are arguments */
	size_t initrd_count;
	const char **sbats;		/* likewise */
	size_t sbat_count;
	uint8_t decided, defaults;	/* BZB_MANIFEST_*_DECIDED: what was given as which */
	const struct compressor *compressor;
	const char *level_text;		/* as it was given; NULL: it was not */
	struct compress_how how;
	bool best, fast, no_initrd;
	struct sign_options sign;
};

/* Everything that the steps of packing leave for the next ones. */
struct pack {
	const struct options *options;
	struct blob stub_file;		/* if it is not an embedded one */
	struct stub stub;
	size_t input_size;
	struct findings findings;
	struct embedded kept;		/* of the input, what no option replaces */
	struct kernel kernel;
	struct relocs relocs;		/* only for pack_check() */
	struct signer *signer;		/* NULL: not to be signed */
	struct blob sbat, initrd, image;
	struct compressed compressed;
	struct parts parts;
	struct layout layout;
};

static int parse_codec(const char *name, struct options *options)
{
	const struct compressor *compressor;

	for (size_t i = 0; (compressor = compressor_at(i)); i++)
		if (!strcmp(name, bzb_codec_name(compressor->codec))) {
			options->compressor = compressor;
			return 0;
		}
	return diag_usage("pack", "no such codec: %s", name);
}

static bool parse_number(const char *text, long least, long most, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(text, &end, 10);
	return !errno && end != text && !*end && *ret >= least && *ret <= most;
}

static int parse_threads(const char *text, struct options *options)
{
	long threads;

	if (!parse_number(text, 1, THREADS_MAX, &threads))
		return diag_usage("pack", "--threads '%s' is not from 1 to %d", text,
				  THREADS_MAX);
	options->how.threads = (unsigned int)threads;
	return 0;
}

static int parse_segments(const char *text, struct options *options)
{
	long segments;

	if (!parse_number(text, 1, BZB_SEGMENTS_MAX, &segments))
		return diag_usage("pack", "--segments '%s' is not from 1 to %u", text,
				  BZB_SEGMENTS_MAX);
	options->how.segments = (unsigned int)segments;
	return 0;
}

/* Once the codec is known. */
static int parse_level(const char *text, struct options *options)
{
	const struct compressor *compressor = options->compressor;
	long level;

	if (compressor->level_min == compressor->level_max)
		return diag_usage("pack", "'%s' has no levels",
				  bzb_codec_name(compressor->codec));
	if (!parse_number(text, compressor->level_min, compressor->level_max, &level))
		return diag_usage("pack", "level '%s' is not from %d to %d", text,
				  compressor->level_min, compressor->level_max);
	options->how.level = (int)level;
	return 0;
}

/* What goes together, once all is known. */
static int check_how(struct options *options)
{
	const struct compressor *compressor = options->compressor;

	if (!!options->level_text + options->best + options->fast > 1)
		return diag_usage("pack", "--level, --best and --fast contradict each other");
	if (options->how.segments > 1 && options->best)
		return diag_usage("pack", "--best is without segments");
	if (options->how.segments > 1 && !compressor->segment_unit)
		return diag_usage("pack", "'%s' has no segments",
				  bzb_codec_name(compressor->codec));
	options->how.level = options->fast ? compressor->level_fast : compressor->level_default;
	return options->level_text ? parse_level(options->level_text, options) : 0;
}

static void set_cmdline(const char *text, uint8_t *kind, struct options *options)
{
	options->cmdline = text;
	*kind |= BZB_MANIFEST_CMDLINE_DECIDED;
}

static void add_initrd(const char *path, uint8_t *kind, struct options *options)
{
	options->initrds[options->initrd_count++] = path;
	*kind |= BZB_MANIFEST_INITRD_DECIDED;
}

static int take_option(int option, const char *argument, void *data)
{
	struct options *options = data;

	if (option >= OPT_SIGN && option < OPT_SIGN_END)
		return sign_option("pack", option, argument, &options->sign);
	switch (option) {
	case 'o':
		if (options->output)
			return diag_usage("pack", "more than one output");
		options->output = argument;
		return 0;
	case OPT_COMPRESS:
		return parse_codec(argument, options);
	case OPT_LEVEL:
		options->level_text = argument;
		return 0;
	case OPT_BEST:
		options->best = true;
		return 0;
	case OPT_FAST:
		options->fast = true;
		return 0;
	case OPT_THREADS:
		return parse_threads(argument, options);
	case OPT_SEGMENTS:
		return parse_segments(argument, options);
	case OPT_CMDLINE:
		set_cmdline(argument, &options->decided, options);
		return 0;
	case OPT_DEFAULT_CMDLINE:
		set_cmdline(argument, &options->defaults, options);
		return 0;
	case OPT_INITRD:
		add_initrd(argument, &options->decided, options);
		return 0;
	case OPT_NO_INITRD:
		options->no_initrd = true;
		options->decided |= BZB_MANIFEST_INITRD_DECIDED;
		return 0;
	case OPT_DEFAULT_INITRD:
		add_initrd(argument, &options->defaults, options);
		return 0;
	case OPT_NO_DEFAULT_INITRD:
		options->no_initrd = true;
		options->defaults |= BZB_MANIFEST_INITRD_DECIDED;
		return 0;
	case OPT_SBAT:
		options->sbats[options->sbat_count++] = argument;
		return 0;
	default:
		options->stub = argument;
		return 0;
	}
}

/* print_help() has more to say than a text. */
static const struct command_line command_line = {
	.name = "pack",
	.operand = "kernel",
	.short_options = "o:",
	.long_options = long_options,
	.take = take_option,
};

/* The command line and the initrd: each is of one kind. */
static int check_kinds(const struct options *options)
{
	const uint8_t both = options->decided & options->defaults;

	if (both & BZB_MANIFEST_CMDLINE_DECIDED)
		return diag_usage("pack", "--cmdline and --default-cmdline contradict each other");
	if (options->no_initrd && options->initrd_count)
		return diag_usage("pack", "--no-initrd contradicts an initrd");
	if (both & BZB_MANIFEST_INITRD_DECIDED)
		return diag_usage("pack", "--initrd and --default-initrd contradict each other");
	return 0;
}

/* returns: 0, or an exit status */
static int check_options(struct options *options)
{
	int status = check_how(options);

	if (!status)
		status = check_kinds(options);
	if (status)
		return status;
	if (!options->output)
		return diag_usage("pack", "no output (-o IMAGE)");
	if (!options->sign.key != !options->sign.cert)
		return diag_usage("pack", "--key and --cert go together");
	if (options->cmdline && strlen(options->cmdline) > BZB_CMDLINE_MAX)
		return diag_usage("pack", "a command line of %zu characters, more than %u",
				  strlen(options->cmdline), BZB_CMDLINE_MAX);
	return sign_options_finish("pack", &options->sign);
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

static int keep_embedded(struct pack *pack, struct bzb_span input)
{
	const struct options *options = pack->options;
	struct embedded *kept = &pack->kept;
	struct why why;

	if (embedded_find(input, kept, &why))
		return fail(options->kernel, &why);
	if (options->cmdline)
		blob_free(&kept->cmdline);
	if (options->no_initrd || options->initrd_count)
		blob_free(&kept->initrd);
	kept->decided &= (uint8_t)~(options->decided | options->defaults);
	if (kept->cmdline.size <= BZB_CMDLINE_MAX)
		return 0;
	explain(&why, "its command line has %zu characters, more than %u: give another one by "
		      "--cmdline", kept->cmdline.size, BZB_CMDLINE_MAX);
	return fail(options->kernel, &why);
}

static int load_kernel(struct pack *pack)
{
	struct blob input;
	struct why why;

	if (file_read(pack->options->kernel, &input, &why))
		return fail(pack->options->kernel, &why);
	pack->input_size = input.size;
	if (keep_embedded(pack, blob_span(&input))) {
		blob_free(&input);
		return -1;
	}
	if (!kernel_load(&input, &pack->findings, &pack->kernel, &why))
		return 0;
	/* They may have been printed, one by one. */
	if (pack->findings.count && pack->findings.report)
		return -1;
	return fail(pack->options->kernel, &why);
}

/* In the payload ELF, which has nothing left that could not be moved. */
static int find_relocs(struct pack *pack)
{
	struct findings none = { 0 };
	struct bzb_elf elf;
	struct why why;
	int err = bzb_elf_parse(blob_span(&pack->kernel.elf), &elf);

	if (err) {
		explain(&why, "ELF: %s (after normalising)", bzb_strerror(err));
		return fail(pack->options->kernel, &why);
	}
	relocs_find(&elf, &none, &pack->relocs);
	return 0;
}

/* The kernel's own; if it is broken, shim would not take it, and there is no way to mend it. */
static void take_kernel_sbat(struct pack *pack)
{
	struct why why, warning;

	pack->sbat = pack->kernel.sbat;
	pack->kernel.sbat = (struct blob){ 0 };
	if (!pack->sbat.size || !sbat_check(blob_span(&pack->sbat), &why))
		return;
	explain(&warning, "warning: its .sbat is broken, and is left out: %s", why.text);
	diag(pack->options->kernel, &warning);
	blob_free(&pack->sbat);
}

static int load_sbats(struct pack *pack)
{
	take_kernel_sbat(pack);
	for (size_t i = 0; i < pack->options->sbat_count; i++) {
		const char *path = pack->options->sbats[i];
		struct blob file;
		struct why why;
		int err;

		if (file_read(path, &file, &why))
			return fail(path, &why);
		err = sbat_check(blob_span(&file), &why);
		if (!err)
			sbat_merge(&pack->sbat, blob_span(&file));
		blob_free(&file);
		if (err)
			return fail(path, &why);
	}
	return 0;
}

/* Given or kept. */
static uint8_t decided(const struct pack *pack)
{
	return pack->options->decided | pack->kept.decided;
}

static int check_decided(struct pack *pack)
{
	struct why why;

	if (!(decided(pack) & ~pack->stub.info.flags))
		return 0;
	explain(&why, "this stub takes what the boot loader brings, also with Secure Boot: "
		      "use --default-cmdline and --default-initrd");
	return fail(pack->options->stub, &why);
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
	struct bzb_span elf = blob_span(&pack->kernel.elf);
	struct why why;
	int err;

	if (options->best)
		err = compressor_run_best(options->compressor, elf, show_progress,
					  &pack->compressed, &why);
	else
		err = compressor_run(options->compressor, elf, &options->how, show_progress,
				     &pack->compressed, &why);
	return err ? fail(options->output, &why) : 0;
}

static int make_image(struct pack *pack)
{
	const char *output = pack->options->output, *cmdline = pack->options->cmdline;
	struct why why;

	pack->parts = (struct parts){
		.stub = &pack->stub,
		.kernel = &pack->kernel,
		.codec = pack->options->compressor->codec,
		.stream = blob_span(&pack->compressed.stream),
		.segments = &pack->compressed.segments,
		.sbat = blob_span(&pack->sbat),
		.cmdline = blob_span(&pack->kept.cmdline),
		.initrd = blob_span(pack->initrd.size ? &pack->initrd : &pack->kept.initrd),
		.decided = decided(pack),
	};
	if (cmdline)
		pack->parts.cmdline =
			(struct bzb_span){ (const unsigned char *)cmdline, strlen(cmdline) };
	if (layout_plan(&pack->parts, &pack->layout, &why) ||
	    assemble(&pack->parts, &pack->layout, &pack->image, &why) ||
	    check_image(blob_span(&pack->image), &pack->parts, &pack->layout, &why))
		return fail(output, &why);
	/* They are in the image. */
	blob_free(&pack->kernel.elf);
	blob_free(&pack->initrd);
	blob_free(&pack->compressed.stream);
	return 0;
}

/* Early: a key that cannot be had costs no compression. */
static int open_signer(struct pack *pack)
{
	const char *culprit;
	struct why why;

	if (pack->options->sign.key &&
	    signer_open(&pack->options->sign, &pack->signer, &culprit, &why))
		return fail(culprit, &why);
	return 0;
}

static int sign_image(struct pack *pack)
{
	struct why why;

	if (pack->signer && sign_bytes(&pack->image, pack->signer, &why))
		return fail(pack->options->output, &why);
	return 0;
}

static void print_codec(FILE *to, const struct options *options)
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
	const struct { const char *name; size_t size; } parts[] = {
		{ "command line", pack->kept.cmdline.size },
		{ "initrd", pack->kept.initrd.size },
	};
	const char *before = ": keeps the ";

	if (!parts[0].size && !parts[1].size)
		return;
	fprintf(to, "%s", pack->options->output);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].size)
			continue;
		fprintf(to, "%s%s (%zu bytes)", before, parts[i].name, parts[i].size);
		before = " and the ";
	}
	fprintf(to, " of %s\n", pack->options->kernel);
}

/* returns: a text for free() */
static char *make_summary(const struct pack *pack)
{
	const struct options *options = pack->options;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		diag_no_memory(BUFSIZ);
	fprintf(to, "%s: %zu bytes, %s, ", options->output, pack->image.size,
		pack->kernel.version);
	print_codec(to, options);
	fprintf(to, ", %.1f %% of %s (%zu bytes)\n",
		100.0 * (double)pack->image.size / (double)pack->input_size, options->kernel,
		pack->input_size);
	print_kept(to, pack);
	if (fclose(to))
		diag_no_memory(size);
	return text;
}

static int write_image(struct pack *pack)
{
	const char *output = pack->options->output;
	char *summary = make_summary(pack);
	struct why why;
	int err = file_write_saying(output, blob_span(&pack->image), summary, &why);

	free(summary);
	return err ? fail(output, &why) : 0;
}

static void __attribute__((format(printf, 2, 3))) warn(const struct pack *pack,
						       const char *format, ...)
{
	char text[200];
	struct why why;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	explain(&why, "warning: %s", text);
	diag(pack->options->kernel, &why);
}

/* Parts of the input that the new image lacks. */
static int print_warnings(struct pack *pack)
{
	struct why why;

	if (!pack->kernel.movable)
		warn(pack, "no relocations: KASLR of virtual addresses is off");
	if (pack->kernel.fixed)
		warn(pack, "it runs only at its load address: no boot where memory there is taken");
	if (pack->kernel.has_module_signature)
		warn(pack, "the module signature appended to it is not in the image");
	if (pack->signer && signer_doubt(pack->signer, &why))
		diag(pack->options->sign.cert, &why);
	if (*pack->kept.left_out)
		warn(pack, "not in the image: %s", pack->kept.left_out);
	if (pack->kept.is_signed && !pack->signer)
		warn(pack, "its signature is not valid for the new image and is left out: sign "
			   "again with 'bzboot sign IMAGE --key KEY --cert CERT'");
	return 0;
}

static int (*const steps[])(struct pack *pack) = {
	check_output, open_signer, load_stub, load_kernel, check_decided, load_sbats, load_initrds,
	compress_kernel, make_image, sign_image, write_image, print_warnings,
};

/* Those that have to do with the kernel. */
static int (*const check_steps[])(struct pack *pack) = {
	load_stub, load_kernel, load_sbats, find_relocs, compress_kernel, make_image,
};

static void free_pack(struct pack *pack)
{
	blob_free(&pack->stub_file);
	embedded_free(&pack->kept);
	kernel_free(&pack->kernel);
	relocs_free(&pack->relocs);
	blob_free(&pack->sbat);
	blob_free(&pack->initrd);
	blob_free(&pack->compressed.stream);
	blob_free(&pack->image);
	signer_close(pack->signer);
}

static int run_steps(const struct options *options)
{
	struct pack pack = { .options = options };
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !status; i++)
		if (steps[i](&pack))
			status = EXIT_FAILURE;
	free_pack(&pack);
	return status;
}

int pack_check(const char *kernel, struct relocs *ret)
{
	struct options options = { .kernel = kernel, .output = kernel, .how = { .threads = 1 } };
	struct pack pack = {
		.options = &options,
		.findings = { .report = diag, .file = kernel },
	};
	int err = parse_codec(bzb_codec_name(BZB_CODEC_NONE), &options);

	for (size_t i = 0; i < sizeof(check_steps) / sizeof(check_steps[0]) && !err; i++)
		err = check_steps[i](&pack);
	if (!err) {
		*ret = pack.relocs;
		pack.relocs = (struct relocs){ 0 };
	}
	free_pack(&pack);
	return err ? -1 : 0;
}

static void print_help(void)
{
	const struct compressor *compressor;

	fputs(help, stdout);
	printf("\nCODEC is %s unless told:\n", bzb_codec_name(compressor_at(0)->codec));
	for (size_t i = 0; (compressor = compressor_at(i)); i++) {
		printf("  %-4s  ", bzb_codec_name(compressor->codec));
		if (compressor->level_min == compressor->level_max)
			puts("no levels");
		else
			printf("levels %d to %d, %d unless told\n", compressor->level_min,
			       compressor->level_max, compressor->level_default);
	}
	fputs(sign_help, stdout);
}

/* That this process may use. */
static unsigned int count_processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return count < THREADS_MAX ? (unsigned int)count : THREADS_MAX;
}

int cmd_pack(int argc, char **argv)
{
	struct blob initrds = blob_alloc((size_t)argc * sizeof(char *));
	struct blob sbats = blob_alloc((size_t)argc * sizeof(char *));
	struct options options = {
		.initrds = (void *)initrds.data,
		.sbats = (void *)sbats.data,
		.compressor = compressor_at(0),
		.how = { .threads = count_processors() },
	};
	int status = command_line_parse(&command_line, argc, argv, &options, &options.kernel);

	if (options.kernel)
		status = check_options(&options);
	else if (!status)
		print_help();
	if (options.kernel && !status)
		status = run_steps(&options);
	blob_free(&initrds);
	blob_free(&sbats);
	sign_options_free(&options.sign);
	return status;
}
