/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "command_line.h"
#include "kernel.h"
#include "pack.h"
#include "sign_options.h"

/* More than there are segments, which are what threads share. */
#define THREADS_MAX 256

static const char help[] =
	"usage: bzboot pack KERNEL -o IMAGE [OPTION]...\n"
	"\n"
	"Packs an x86-64 kernel into one file that is an EFI application, a bzImage and an\n"
	"EFI zboot image at once. KERNEL is an ELF vmlinux, a bzImage, a unified kernel image\n"
	"or an image made by bzboot, also compressed (vmlinux.gz). The new image keeps\n"
	"KERNEL's command line, initrd and .sbat unless an option replaces them. It does not\n"
	"keep signatures: sign it again.\n"
	"\n"
	"  -o, --output IMAGE    the file to write\n"
	"      --compress CODEC  the compression; see below\n"
	"      --level N         the compression level; see below\n"
	"      --best            make the image as small as CODEC can, however long it takes\n"
	"      --fast            compress at a low level, which takes little time\n"
	"      --threads N       compress with at most N threads, 1 to 256 (default: one for\n"
	"                        each processor)\n"
	"      --segments N      cut the zstd, xz or lz4 stream into at most N segments, 1 to 64,\n"
	"                        which several processors decompress at once (default: one for\n"
	"                        each 16 MiB of the kernel; lz4: for each 8 MiB)\n"
	"      --cmdline TEXT    the command line if the boot loader gives none; with Secure\n"
	"                        Boot on, the boot loader cannot replace it; @FILE reads it\n"
	"                        from a text file\n"
	"      --initrd FILE     the initrd if the boot loader brings none; with Secure Boot on,\n"
	"                        the boot loader cannot replace it; if repeated, all are joined\n"
	"      --no-initrd       leave out KERNEL's initrd; with Secure Boot on, the boot loader\n"
	"                        cannot bring one\n"
	"      --default-cmdline TEXT, --default-initrd FILE, --no-default-initrd\n"
	"                        the same, but the boot loader can replace it, or bring one, with\n"
	"                        Secure Boot on, too\n"
	"      --sbat FILE       add SBAT, without which shim does not start an image: lines of\n"
	"                        component,generation,vendor,package,version,URL\n"
	"      --version-text TEXT\n"
	"                        the version that tools show: \"NAME-1.2 (user@host) #1\"\n"
	"                        (default: KERNEL's own)\n"
	"      --stub FILE       use this stub instead of the one inside bzboot\n"
	"      --help            print this text\n";

static const char sign_help[] =
	"\n"
	"With --key and --cert, bzboot signs the image as bzboot sign does:\n"
	"\n" SIGN_HELP;

enum {
	OPT_COMPRESS = LONG_OPTION, OPT_LEVEL, OPT_BEST, OPT_FAST, OPT_THREADS, OPT_SEGMENTS,
	OPT_CMDLINE, OPT_DEFAULT_CMDLINE, OPT_INITRD, OPT_NO_INITRD, OPT_DEFAULT_INITRD,
	OPT_NO_DEFAULT_INITRD, OPT_SBAT, OPT_STUB, OPT_VERSION_TEXT,
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
	{ "version-text", required_argument, NULL, OPT_VERSION_TEXT },
	{ "help", no_argument, NULL, OPT_HELP },
	SIGN_LONG_OPTIONS,
	{ 0 },
};

struct options {
	struct pack_options pack;
	const char *level_text;		/* as it was given; NULL: it was not */
	bool fast, no_initrd;
};

static int parse_codec(const char *name, struct options *options)
{
	options->pack.compressor = compressor_by_name(name);
	return options->pack.compressor ? 0 : diag_usage("pack", "no such codec: %s", name);
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
	options->pack.how.threads = (unsigned int)threads;
	return 0;
}

static int parse_segments(const char *text, struct options *options)
{
	long segments;

	if (!parse_number(text, 1, BZB_SEGMENTS_MAX, &segments))
		return diag_usage("pack", "--segments '%s' is not from 1 to %u", text,
				  BZB_SEGMENTS_MAX);
	options->pack.how.segments = (unsigned int)segments;
	return 0;
}

/* Tools take the first word for the release. */
static int parse_version(const char *text, struct options *options)
{
	if (strlen(text) >= KERNEL_VERSION_SIZE)
		return diag_usage("pack", "--version-text has %zu characters, more than %d",
				  strlen(text), KERNEL_VERSION_SIZE - 1);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			return diag_usage("pack", "--version-text is not printable ASCII "
						  "(character %zu)", (size_t)(c - text) + 1);
	if (!*text || *text == ' ')
		return diag_usage("pack", "--version-text does not begin with a word");
	options->pack.version = text;
	return 0;
}

/* Once the codec is known. */
static int parse_level(const char *text, struct options *options)
{
	const struct compressor *compressor = options->pack.compressor;
	long level;

	if (compressor->level_min == compressor->level_max)
		return diag_usage("pack", "'%s' has no levels",
				  bzb_codec_name(compressor->codec));
	if (!parse_number(text, compressor->level_min, compressor->level_max, &level))
		return diag_usage("pack", "level '%s' is not from %d to %d", text,
				  compressor->level_min, compressor->level_max);
	options->pack.how.level = (int)level;
	return 0;
}

/* What goes together, once all is known. */
static int check_how(struct options *options)
{
	const struct compressor *compressor = options->pack.compressor;

	if (!!options->level_text + options->pack.best + options->fast > 1)
		return diag_usage("pack", "--level, --best and --fast contradict each other");
	if (options->pack.how.segments > 1 && options->pack.best)
		return diag_usage("pack", "--best makes one segment: leave out --segments");
	if (options->pack.how.segments > 1 && !compressor->segment_unit)
		return diag_usage("pack", "'%s' has no segments",
				  bzb_codec_name(compressor->codec));
	options->pack.how.level = options->fast ? compressor->level_fast : compressor->level_default;
	return options->level_text ? parse_level(options->level_text, options) : 0;
}

static void set_cmdline(const char *text, uint8_t *kind, struct options *options)
{
	options->pack.contents.cmdline = *text == '@' ? NULL : text;
	options->pack.contents.cmdline_file = *text == '@' ? text + 1 : NULL;
	*kind |= BZB_MANIFEST_CMDLINE_DECIDED;
}

static void add_initrd(const char *path, uint8_t *kind, struct options *options)
{
	names_add(&options->pack.contents.initrds, path);
	*kind |= BZB_MANIFEST_INITRD_DECIDED;
}

static void set_no_initrd(uint8_t *kind, struct options *options)
{
	options->no_initrd = true;
	*kind |= BZB_MANIFEST_INITRD_DECIDED;
}

static int take_option(int option, const char *argument, void *data)
{
	struct options *options = data;
	struct contents_options *contents = &options->pack.contents;

	if (option >= OPT_SIGN && option < OPT_SIGN_END)
		return sign_option("pack", option, argument, &options->pack.sign);
	switch (option) {
	case 'o':
		if (options->pack.output)
			return diag_usage("pack", "more than one output");
		options->pack.output = argument;
		return 0;
	case OPT_COMPRESS:
		return parse_codec(argument, options);
	case OPT_LEVEL:
		options->level_text = argument;
		return 0;
	case OPT_BEST:
		options->pack.best = true;
		return 0;
	case OPT_FAST:
		options->fast = true;
		return 0;
	case OPT_THREADS:
		return parse_threads(argument, options);
	case OPT_SEGMENTS:
		return parse_segments(argument, options);
	case OPT_CMDLINE:
		set_cmdline(argument, &contents->decided, options);
		return 0;
	case OPT_DEFAULT_CMDLINE:
		set_cmdline(argument, &contents->defaults, options);
		return 0;
	case OPT_INITRD:
		add_initrd(argument, &contents->decided, options);
		return 0;
	case OPT_NO_INITRD:
		set_no_initrd(&contents->decided, options);
		return 0;
	case OPT_DEFAULT_INITRD:
		add_initrd(argument, &contents->defaults, options);
		return 0;
	case OPT_NO_DEFAULT_INITRD:
		set_no_initrd(&contents->defaults, options);
		return 0;
	case OPT_SBAT:
		names_add(&contents->sbats, argument);
		return 0;
	case OPT_VERSION_TEXT:
		return parse_version(argument, options);
	default:
		options->pack.stub = argument;
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
	const struct contents_options *contents = &options->pack.contents;
	const uint8_t both = contents->decided & contents->defaults;

	if (both & BZB_MANIFEST_CMDLINE_DECIDED)
		return diag_usage("pack", "--cmdline and --default-cmdline contradict each other");
	if (options->no_initrd && contents->initrds.count)
		return diag_usage("pack", "give an initrd, or --no-initrd or "
				  "--no-default-initrd, not both");
	if (both & BZB_MANIFEST_INITRD_DECIDED)
		return diag_usage("pack", "--initrd and --no-initrd contradict "
				  "--default-initrd and --no-default-initrd");
	return 0;
}

/* returns: 0, or an exit status */
static int check_options(struct options *options)
{
	struct pack_options *pack = &options->pack;
	const char *cmdline = pack->contents.cmdline;
	int status = check_how(options);

	if (!status)
		status = check_kinds(options);
	if (status)
		return status;
	if (!pack->output)
		return diag_usage("pack", "no output (-o IMAGE)");
	if (!pack->sign.key != !pack->sign.cert)
		return diag_usage("pack", "--key and --cert go together");
	if (cmdline && strlen(cmdline) > BZB_CMDLINE_MAX)
		return diag_usage("pack", "a command line of %zu characters, more than %u",
				  strlen(cmdline), BZB_CMDLINE_MAX);
	return sign_options_finish("pack", &pack->sign);
}

static void print_help(void)
{
	const struct compressor *compressor;

	fputs(help, stdout);
	printf("\nCODEC is one of these (default: %s):\n", bzb_codec_name(compressor_at(0)->codec));
	for (size_t i = 0; (compressor = compressor_at(i)); i++) {
		printf("  %-4s  ", bzb_codec_name(compressor->codec));
		if (compressor->level_min == compressor->level_max)
			puts("no levels");
		else
			printf("levels %d to %d (default: %d)\n", compressor->level_min,
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
	struct options options = {
		.pack = {
			.compressor = compressor_at(0),
			.how = { .threads = count_processors() },
		},
	};
	struct pack_options *pack = &options.pack;
	int status = command_line_parse(&command_line, argc, argv, &options, &pack->kernel);

	if (pack->kernel)
		status = check_options(&options);
	else if (!status)
		print_help();
	if (pack->kernel && !status)
		status = pack_run(pack) ? EXIT_FAILURE : EXIT_SUCCESS;
	names_free(&pack->contents.initrds);
	names_free(&pack->contents.sbats);
	sign_options_free(&pack->sign);
	return status;
}
