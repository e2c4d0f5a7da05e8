/* SPDX-License-Identifier: BSD-2-Clause */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/lap.h"
#include "kernel/kernel.h"
#include "command.h"
#include "command_line.h"
#include "configure.h"
#include "shuffling.h"
#include "sign_options.h"

/* More than BZB_PARTS_MAX: threads share parts. */
#define THREADS_MAX 256

struct options {
	struct pack_options pack;
	struct settings_source source;
	const char *level_text; /* as it was given; NULL: it was not */
	bool fast, no_initrd, has_units;
	unsigned char seed[BZB_SHUFFLE_SEED_SIZE];
};

static const char *magic_word(size_t index)
{
	return index < BZB_ZBOOT_MAGIC_COUNT ? bzb_zboot_magic_name((enum bzb_zboot_magic)index) :
					       NULL;
}

static const char *codec_word(size_t index)
{
	const struct compressor *compressor = compressor_at(index);

	return compressor ? bzb_codec_name(compressor->codec) : NULL;
}

static const struct option_value value_magic = { .word = magic_word };
static const struct option_value value_codec = { .word = codec_word };
static const struct option_value value_payload = { .words = "elf image" };
static const struct option_value value_parts = { .words = "auto max" };
static const struct option_value value_seed = { .words = "boot" };
static const struct option_value value_stub = { .files = "*.elf" };

static int take_zboot_magic(const char *command, const char *argument, void *to)
{
	for (unsigned int i = 0; i < BZB_ZBOOT_MAGIC_COUNT; i++) {
		if (!strcmp(argument, bzb_zboot_magic_name((enum bzb_zboot_magic)i))) {
			*(enum bzb_zboot_magic *)to = (enum bzb_zboot_magic)i;
			return 0;
		}
	}
	return diag_usage(command, "--zboot-magic '%s' is neither zimg nor zelf", argument);
}

static int take_payload(const char *command, const char *argument, void *to)
{
	enum payload_form *payload = to;

	if (!strcmp(argument, "elf"))
		*payload = PAYLOAD_ELF;
	else if (!strcmp(argument, "image"))
		*payload = PAYLOAD_IMAGE;
	else
		return diag_usage(command, "--payload '%s' is neither elf nor image", argument);
	return 0;
}

static int take_codec(const char *command, const char *argument, void *to)
{
	const struct compressor *compressor = compressor_by_name(argument);

	if (!compressor)
		return diag_usage(command, "no such codec: %s", argument);
	*(const struct compressor **)to = compressor;
	return 0;
}

static int take_threads(const char *command, const char *argument, void *to)
{
	long threads;

	if (!parse_number(argument, 1, THREADS_MAX, &threads))
		return diag_usage(command, "--threads '%s' is not from 1 to %d", argument,
				  THREADS_MAX);
	*(unsigned int *)to = (unsigned int)threads;
	return 0;
}

static int take_parts(const char *command, const char *argument, void *to)
{
	long parts;

	if (!strcmp(argument, "auto"))
		parts = 0;
	else if (!strcmp(argument, "max"))
		parts = BZB_PARTS_MAX;
	else if (!parse_number(argument, 1, BZB_PARTS_MAX, &parts))
		return diag_usage(command, "--parts '%s' is not from 1 to %u, auto or max",
				  argument, BZB_PARTS_MAX);
	*(unsigned int *)to = (unsigned int)parts;
	return 0;
}

/* Tools read the first word as the release. */
static int take_version_text(const char *command, const char *argument, void *to)
{
	if (strlen(argument) >= KERNEL_VERSION_SIZE)
		return diag_usage(command, "--version-text has %zu characters, more than %d",
				  strlen(argument), KERNEL_VERSION_SIZE - 1);
	for (const char *c = argument; *c; c++)
		if (*c < ' ' || *c > '~')
			return diag_usage(command,
					  "--version-text is not printable ASCII "
					  "(character %zu)",
					  (size_t)(c - argument) + 1);
	if (!*argument || *argument == ' ')
		return diag_usage(command, "--version-text does not begin with a word");
	return option_text(command, argument, to);
}

static int take_cmdline(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = &((struct options *)to)->pack.contents;

	(void)command;
	contents_options_set_cmdline(contents, argument);
	contents->decided |= BZB_MANIFEST_CMDLINE_DECIDED;
	return 0;
}

static int take_default_cmdline(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = &((struct options *)to)->pack.contents;

	(void)command;
	contents_options_set_cmdline(contents, argument);
	contents->defaults |= BZB_MANIFEST_CMDLINE_DECIDED;
	return 0;
}

static int take_initrd(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = &((struct options *)to)->pack.contents;

	contents->decided |= BZB_MANIFEST_INITRD_DECIDED;
	return option_names(command, argument, &contents->initrds);
}

static int take_default_initrd(const char *command, const char *argument, void *to)
{
	struct contents_options *contents = &((struct options *)to)->pack.contents;

	contents->defaults |= BZB_MANIFEST_INITRD_DECIDED;
	return option_names(command, argument, &contents->initrds);
}

static int take_no_initrd(const char *command, const char *argument, void *to)
{
	struct options *options = to;

	options->pack.contents.decided |= BZB_MANIFEST_INITRD_DECIDED;
	return option_flag(command, argument, &options->no_initrd);
}

static int take_no_default_initrd(const char *command, const char *argument, void *to)
{
	struct options *options = to;

	options->pack.contents.defaults |= BZB_MANIFEST_INITRD_DECIDED;
	return option_flag(command, argument, &options->no_initrd);
}

/* Options of ukify */
static int refuse_choice(const char *command, const char *argument, void *to)
{
	(void)argument;
	(void)to;
	return diag_usage(command,
			  "--devicetree-auto, --hwids and --efifw: the stub does not choose by the "
			  "machine; give its device tree with --devicetree");
}

static int keep_at_least(enum keep keep, enum keep *kept)
{
	if (*kept < keep)
		*kept = keep;
	return 0;
}

static int take_symbols(const char *command, const char *argument, void *to)
{
	(void)command;
	(void)argument;
	return keep_at_least(KEEP_SYMBOLS, to);
}

static int take_debug_data(const char *command, const char *argument, void *to)
{
	(void)command;
	(void)argument;
	return keep_at_least(KEEP_DEBUG_DATA, to);
}

static int take_shuffle(const char *command, const char *argument, void *to)
{
	struct options *options = to;
	struct why why;

	options->pack.shuffle = true;
	if (!argument || !strcmp(argument, "boot"))
		return 0;
	if (shuffling_read_seed(argument, options->seed, &why))
		return diag_usage(command, "--shuffle: %s", why.text);
	options->pack.shuffle_seed = options->seed;
	return 0;
}

static int take_shuffle_units(const char *command, const char *argument, void *to)
{
	struct options *options = to;

	options->has_units = true;
	return shuffling_take_units(command, "shuffle-units", argument,
				    &options->pack.shuffle_units);
}

/* Bits of struct command_option.excludes */
enum {
	EXCLUDES_LEVEL = 1 << 0,
	EXCLUDES_CMDLINE = 1 << 1,
	EXCLUDES_INITRD = 1 << 2,
	EXCLUDES_PARTS = 1 << 3,
	EXCLUDES_ORDER = 1 << 4, /* debug data describes the order of the linker */
};

static const struct command_option option_rows[] = {
	{ "output", 'o', "IMAGE", GROUP_OUTPUT, "the file to write", .value = &value_image,
	  OPTION_TEXT(struct options, pack.output) },

	{ "zboot-magic", 0, "MAGIC", GROUP_OUTPUT, "zimg, or zelf, which fewer tools read",
	  .value = &value_magic, .initial = "zimg", .take = take_zboot_magic,
	  .offset = offsetof(struct options, pack.zboot_magic) },

	{ "compress", 0, "CODEC", GROUP_COMPRESSION, "a codec of the list below",
	  .value = &value_codec, .initial = "zstd", .take = take_codec,
	  .offset = offsetof(struct options, pack.compressor) },
	{ "level", 0, "N", GROUP_COMPRESSION, "a level of that codec; see the list below",
	  .excludes = EXCLUDES_LEVEL, OPTION_TEXT(struct options, level_text) },
	{ "best", 0, NULL, GROUP_COMPRESSION, "make the smallest image, however long it takes",
	  .excludes = EXCLUDES_LEVEL, OPTION_FLAG(struct options, pack.best) },
	{ "fast", 0, NULL, GROUP_COMPRESSION, "compress quickly, at a low level",
	  .excludes = EXCLUDES_LEVEL, OPTION_FLAG(struct options, fast) },
	{ "threads", 0, "N", GROUP_COMPRESSION, "use at most N threads",
	  .otherwise = "one per processor", .take = take_threads,
	  .offset = offsetof(struct options, pack.how.threads) },
	{ "parts", 0, "N", GROUP_COMPRESSION,
	  "cut the zstd, xz or lz4 stream into at most N parts, auto or max", .value = &value_parts,
	  .otherwise = "auto", .excludes = EXCLUDES_PARTS, .take = take_parts,
	  .offset = offsetof(struct options, pack.how.parts) },

	{ "cmdline", 0, "TEXT", GROUP_CONTENTS,
	  "the kernel's command line; @FILE reads it from FILE", .value = &value_text,
	  .excludes = EXCLUDES_CMDLINE, .may_be_empty = true, .take = take_cmdline },
	{ "default-cmdline", 0, "TEXT", GROUP_CONTENTS, "as --cmdline, but always replaceable",
	  .value = &value_text, .excludes = EXCLUDES_CMDLINE, .may_be_empty = true,
	  .take = take_default_cmdline },
	{ "initrd", 0, "FILE", GROUP_CONTENTS, "the initrd; files are joined",
	  .value = &value_initrd, .excludes = EXCLUDES_INITRD, .repeats = true,
	  .take = take_initrd },
	{ "no-initrd", 0, NULL, GROUP_CONTENTS,
	  "leave out KERNEL's initrd, and permit no other one", .excludes = EXCLUDES_INITRD,
	  .take = take_no_initrd },
	{ "default-initrd", 0, "FILE", GROUP_CONTENTS, "as --initrd, always replaceable",
	  .value = &value_initrd, .excludes = EXCLUDES_INITRD, .repeats = true,
	  .take = take_default_initrd },
	{ "no-default-initrd", 0, NULL, GROUP_CONTENTS,
	  "leave out KERNEL's initrd, but permit another one", .excludes = EXCLUDES_INITRD,
	  .take = take_no_default_initrd },
	{ "sbat", 0, "FILE", GROUP_CONTENTS, "add SBAT, which shim requires", .value = &value_sbat,
	  OPTION_NAMES(struct options, pack.contents.sbats) },
	{ "microcode", 0, "FILE", GROUP_CONTENTS, "microcode, before the initrd; files are joined",
	  .value = &value_microcode, OPTION_NAMES(struct options, pack.contents.microcodes) },
	{ "payload", 0, "FORM", GROUP_CONTENTS, "the payload: elf, or image (Linux's Image)",
	  .value = &value_payload, .otherwise = "elf for x86-64, image for other machines",
	  .take = take_payload, .offset = offsetof(struct options, pack.of_kernel.payload) },
	{ "version-text", 0, "TEXT", GROUP_CONTENTS, "the version that tools show",
	  .otherwise = "KERNEL's own", .take = take_version_text,
	  .offset = offsetof(struct options, pack.of_kernel.version) },
	{ "symbols", 0, NULL, GROUP_CONTENTS, "keep KERNEL's symbols, for debuggers",
	  .take = take_symbols, .offset = offsetof(struct options, pack.of_kernel.keep) },
	{ "debug-data", 0, NULL, GROUP_CONTENTS, "keep KERNEL's symbols and debug data (DWARF)",
	  .excludes = EXCLUDES_ORDER, .take = take_debug_data,
	  .offset = offsetof(struct options, pack.of_kernel.keep) },
	{ "shuffle", 0, "SEED", GROUP_CONTENTS,
	  "put KERNEL's functions in another order, by a number or at each boot",
	  .value = &value_seed, .otherwise = "boot", .may_be_missing = true,
	  .excludes = EXCLUDES_ORDER, .take = take_shuffle },
	{ "shuffle-units", 0, "UNITS", GROUP_CONTENTS,
	  "what --shuffle moves: functions, or objects, all functions of an object file together",
	  .value = &value_units, .otherwise = "functions", .take = take_shuffle_units },
	{ "stub", 0, "FILE", GROUP_CONTENTS, "the stub to use", .value = &value_stub,
	  .otherwise = "the one inside bzboot", OPTION_TEXT(struct options, pack.stub) },

	{ "uki", 0, NULL, GROUP_UKI, "make a unified kernel image, too",
	  OPTION_FLAG(struct options, pack.contents.is_uki) },
	{ "config", 0, "FILE", GROUP_UKI,
	  "a configuration: bzboot.conf(5), or ukify's; implies --uki", .value = &value_config,
	  OPTION_TEXT(struct options, source.file) },
	{ "os-release", 0, "TEXT", GROUP_UKI,
	  "os-release(5); @FILE reads it, like @/etc/os-release", .value = &value_text,
	  OPTION_TEXT(struct options, pack.contents.uki.os_release) },
	{ "title", 0, "TEXT", GROUP_UKI, "the title in boot menus",
	  .otherwise = "that of os-release", OPTION_TEXT(struct options, pack.contents.uki.title) },
	{ "uname", 0, "TEXT", GROUP_UKI, "the kernel's release; @FILE reads it",
	  .value = &value_text, .otherwise = "KERNEL's own",
	  OPTION_TEXT(struct options, pack.contents.uki.uname) },
	{ "devicetree", 0, "FILE", GROUP_UKI, "a device tree (DTB); not for x86-64",
	  .value = &value_device_tree, OPTION_TEXT(struct options, pack.contents.uki.device_tree) },
	{ "splash", 0, "FILE", GROUP_UKI, "a picture (BMP)", .value = &value_splash,
	  OPTION_TEXT(struct options, pack.contents.uki.splash) },
	{ "pcrpkey", 0, "FILE", GROUP_UKI, "the public key of PCR signatures (PEM)",
	  .value = &value_pem, OPTION_TEXT(struct options, pack.contents.uki.pcrpkey) },
	{ "pcrsig", 0, "TEXT", GROUP_UKI, "PCR signatures (JSON); @FILE reads them",
	  .value = &value_text, OPTION_TEXT(struct options, pack.contents.uki.pcrsig) },
	{ "profile", 0, "TEXT", GROUP_UKI, "the first profile: ID=, TITLE=; @FILE reads it",
	  .value = &value_text, OPTION_TEXT(struct options, pack.contents.uki.profile) },
	{ "join-profile", 0, "FILE", GROUP_UKI, "add the profile in a PE image",
	  .value = &value_image, OPTION_NAMES(struct options, pack.contents.uki.joined) },
	{ "section", 0, "SECTION", GROUP_UKI, "one more section: NAME:TEXT or NAME:@FILE",
	  .value = &value_section, OPTION_NAMES(struct options, pack.contents.uki.sections) },

	SIGN_OPTIONS(struct options, pack.sign),

	SETTINGS_OPTIONS(struct options, source),

	{ "devicetree-auto", 0, "FILE", .take = refuse_choice },
	{ "hwids", 0, "FILE", .take = refuse_choice },
	{ "efifw", 0, "FILE", .take = refuse_choice },
	{ "segments", 0, "N", .excludes = EXCLUDES_PARTS, .take = take_parts,
	  .offset = offsetof(struct options, pack.how.parts) },
};

static void print_codecs(void)
{
	const struct compressor *compressor;

	fputs("\nCodecs:\n", stdout);
	for (size_t i = 0; (compressor = compressor_at(i)); i++) {
		printf("  %-4s  ", bzb_codec_name(compressor->codec));
		if (compressor->level_min == compressor->level_max)
			puts("no levels");
		else
			printf("levels %d to %d (default: %d)\n", compressor->level_min,
			       compressor->level_max, compressor->level_default);
	}
}

static const char *const examples[] = {
	"bzboot pack vmlinux -o kernel.efi --cmdline console=ttyS0 --initrd initrd.img",
	"bzboot pack /boot/vmlinuz -o kernel.efi --fast --key db.key --cert db.pem",
	NULL,
};

const struct command_line line_pack = {
	.name = "pack",
	.usage = "KERNEL -o IMAGE [OPTION]...\n--config FILE -o IMAGE [OPTION]...",
	.text = "Packs a kernel into one file that is an EFI application and an EFI zboot image at "
		"once, and for x86-64 a bzImage, too. KERNEL is an ELF vmlinux, a bzImage, an "
		"Image for arm64, riscv64 or loong64, a zboot or unified kernel image, or an image "
		"made by bzboot; it may be compressed (vmlinux.gz).\n\n"
		"The image keeps KERNEL's command line, initrd and .sbat unless an option replaces "
		"them, but not its signatures. With --key and --cert, bzboot signs the image.\n\n"
		"The boot loader can replace the command line and the initrd of an image. With "
		"Secure Boot on, it can replace only those of --default-cmdline and "
		"--default-initrd.",
	.operand = "kernel",
	.operand_value = &value_kernel,
	.operand_optional = true,
	COMMAND_OPTIONS(option_rows),
	.print_more = print_codecs,
	.examples = examples,
};

/* --- after parsing ---------------------------------------------------------------------- */

/* An option may be given by a configuration. */
struct choice {
	struct options *options;
	const struct settings *settings;
	bool given[COMMAND_ROWS_MAX]; /* the configuration does not give it */
};

/* The place of a message: the value of an option, if a configuration gives it. */
static void blame(const struct choice *choice, const char *option)
{
	settings_blame(choice->settings, &line_pack, choice->given, option);
}

static size_t row_of(const char *option)
{
	size_t i = 0;

	while (strcmp(option_rows[i].name, option))
		i++;
	return i;
}

static bool is_given(const struct choice *choice, const char *option)
{
	return choice->given[row_of(option)];
}

static void leave_out(struct choice *choice, const char *option)
{
	choice->given[row_of(option)] = true;
}

static int check_level(const struct choice *choice)
{
	struct options *options = choice->options;
	const struct compressor *compressor = options->pack.compressor;
	long level;

	if (!options->level_text) {
		options->pack.how.level = options->fast ? compressor->level_fast :
							  compressor->level_default;
		return 0;
	}
	blame(choice, "level");
	if (compressor->level_min == compressor->level_max)
		return diag_usage("pack", "'%s' has no levels", bzb_codec_name(compressor->codec));
	if (!parse_number(options->level_text, compressor->level_min, compressor->level_max,
			  &level))
		return diag_usage("pack", "--level '%s' is not from %d to %d", options->level_text,
				  compressor->level_min, compressor->level_max);
	options->pack.how.level = (int)level;
	return 0;
}

static int check_parts(const struct choice *choice)
{
	const struct pack_options *pack = &choice->options->pack;

	blame(choice, "parts");
	if (pack->how.parts > 1 && pack->best)
		return diag_usage("pack", "--best makes one part: leave out --parts");
	if (pack->how.parts > 1 && !pack->compressor->part_unit)
		return diag_usage("pack", "'%s' has no parts",
				  bzb_codec_name(pack->compressor->codec));
	return 0;
}

static int check_signing(const struct choice *choice)
{
	blame(choice, choice->options->pack.sign.key ? "key" : "cert");
	return sign_options_check("pack", &choice->options->pack.sign);
}

static int check_shuffle(const struct choice *choice)
{
	blame(choice, "shuffle-units");
	if (choice->options->has_units && !choice->options->pack.shuffle)
		return diag_usage("pack", "--shuffle-units needs --shuffle");
	return 0;
}

static int check_cmdline(const struct choice *choice)
{
	const char *cmdline = choice->options->pack.contents.cmdline;
	const bool is_decided = settings_find(choice->settings, "cmdline");

	blame(choice, is_decided ? "cmdline" : "default-cmdline");
	if (cmdline && strlen(cmdline) > BZB_CMDLINE_MAX)
		return diag_usage("pack", "the command line has %zu characters, more than %u",
				  strlen(cmdline), BZB_CMDLINE_MAX);
	return 0;
}

/* Rules for options, wherever they come from. */
static int check_values(const struct choice *choice)
{
	static int (*const checks[])(const struct choice *choice) = {
		check_parts, check_level, check_signing, check_shuffle, check_cmdline,
	};
	int status = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(checks) && !status; i++)
		status = checks[i](choice);
	diag_set_place(NULL, 0);
	return status;
}

/* returns: 0, or an exit status */
static int check_operands(const struct choice *choice)
{
	const struct pack_options *pack = &choice->options->pack;

	if (!*pack->kernel)
		return diag_usage("pack", "missing argument: kernel");
	if (!pack->output)
		return diag_usage("pack", "missing option: -o IMAGE");
	if (!pack->contents.is_uki && uki_is_given(&pack->contents.uki))
		return diag_usage("pack",
				  "--os-release, --title, --uname, --devicetree, --splash, "
				  "--pcrpkey, --pcrsig, --profile, --join-profile and --section "
				  "need --uki");
	return 0;
}

/* A level - or best and fast, which exclude it - and parts are for the codec beside them; keys of a
 * unified kernel image are for one. */
static void leave_out_others(struct choice *choice)
{
	if (is_given(choice, "compress") || is_given(choice, "best"))
		leave_out(choice, "parts");
	if (is_given(choice, "compress"))
		leave_out(choice, "level");
	for (size_t i = 0; i < BZB_ARRAY_SIZE(option_rows); i++)
		if (option_rows[i].group == GROUP_UKI && !choice->options->pack.contents.is_uki)
			choice->given[i] = true;
}

/* ukify: the configuration's initrds come before those that options give, which have their kind.
 * returns: 0, or an exit status */
static int prepend_initrds(const struct choice *choice)
{
	struct names *initrds = &choice->options->pack.contents.initrds, given = *initrds;
	int status = 0;

	*initrds = (struct names){ 0 };
	for (size_t i = 0; given.count && i < choice->settings->count; i++) {
		const struct setting *setting = &choice->settings->settings[i];

		if (setting->key != config_key_of("initrd") &&
		    setting->key != config_key_of("default-initrd"))
			continue;
		names_add(initrds, setting->argument);
		status |= settings_check_file(setting);
	}
	for (size_t i = 0; i < given.count; i++)
		names_add(initrds, given.names[i]);
	names_free(&given);
	return status;
}

/* returns: 0, or an exit status */
static int take_kernel(struct choice *choice)
{
	const struct setting *kernel = settings_find(choice->settings, "linux");

	if (!kernel || *choice->options->pack.kernel)
		return 0;
	choice->options->pack.kernel = kernel->argument;
	return settings_check_file(kernel);
}

/* returns: 0, or an exit status */
static int take_settings(struct choice *choice)
{
	struct options *options = choice->options;
	int status;

	options->pack.contents.is_uki |=
		settings_is_on(choice->settings, "uki", options->source.file != NULL);
	leave_out_others(choice);
	status = prepend_initrds(choice);
	if (!status)
		status = settings_apply(choice->settings, &line_pack, choice->given, options);
	return status;
}

/* The processors that this process may use. */
static unsigned int count_processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return count < THREADS_MAX ? (unsigned int)count : THREADS_MAX;
}

static int pack(struct choice *choice, struct settings *settings)
{
	struct options *options = choice->options;
	int status = settings_read(&options->source, settings) ? EXIT_FAILURE : 0;

	if (settings->files.count)
		lap("read the configuration");
	if (!status)
		status = take_kernel(choice);
	if (!status)
		status = take_settings(choice);
	if (!status)
		status = check_values(choice);
	if (!status)
		status = check_operands(choice);
	if (!status)
		status = sign_options_finish(&options->pack.sign);
	if (!status)
		status = pack_run(&options->pack) ? EXIT_FAILURE : EXIT_SUCCESS;
	return status;
}

int pack_configure(const struct settings *settings, struct pack_options *ret)
{
	struct options options = {
		.pack.how.threads = count_processors(),
		.pack.contents.is_uki = ret->contents.is_uki,
	};
	struct choice choice = { .options = &options, .settings = settings };
	int status;

	command_line_defaults(&line_pack, &options);
	status = take_settings(&choice);
	if (!status)
		status = check_values(&choice);
	if (!status)
		status = sign_options_finish(&options.pack.sign);
	*ret = options.pack;
	return status;
}

void pack_options_free(struct pack_options *options)
{
	contents_options_free(&options->contents);
	sign_options_free(&options->sign);
}

int cmd_pack(int argc, char **argv)
{
	struct options options = { .pack.how.threads = count_processors() };
	struct settings settings = { 0 };
	struct choice choice = { .options = &options, .settings = &settings };
	int status = command_line_parse_given(&line_pack, argc, argv, &options, choice.given,
					      &options.pack.kernel);

	if (options.pack.kernel)
		status = pack(&choice, &settings);
	pack_options_free(&options.pack);
	settings_free(&settings);
	return status;
}
