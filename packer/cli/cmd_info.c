/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "info/info.h"
#include "io/json.h"
#include "input/input.h"
#include "io/fileio.h"
#include "io/lap.h"
#include "kernel/kernel.h"
#include "payload/payload_decompress.h"
#include "command.h"
#include "command_line.h"
#include "compare.h"
#include "costs.h"

struct options {
	const char *file, *other, *output;
	bool headers, json, relocs, budget, map;
};

static const struct option_value value_svg = { .files = "*.svg" };

/* Bits of struct command_option.excludes */
enum { EXCLUDES_FORM = 1, EXCLUDES_CONTENT = 2 };

static const struct command_option option_rows[] = {
	{ "budget", 0, NULL, GROUP_OUTPUT, "show what it costs to boot, and the size by content",
	  .excludes = EXCLUDES_CONTENT, OPTION_FLAG(struct options, budget) },
	{ "headers", 0, NULL, GROUP_OUTPUT,
	  "show headers only: neither decompress the payload nor count relocations",
	  .excludes = EXCLUDES_CONTENT, OPTION_FLAG(struct options, headers) },
	{ "json", 0, NULL, GROUP_OUTPUT, "print JSON, with addresses as hexadecimal strings",
	  .excludes = EXCLUDES_FORM, OPTION_FLAG(struct options, json) },
	{ "map", 0, NULL, GROUP_OUTPUT, "draw the file, and the memory at boot, to scale",
	  .excludes = EXCLUDES_FORM | EXCLUDES_CONTENT, OPTION_FLAG(struct options, map) },
	{ "output", 'o', "SVG", GROUP_OUTPUT, "write the picture of --map to this file",
	  .value = &value_svg, .otherwise = "text", OPTION_TEXT(struct options, output) },
	{ "relocs", 0, NULL, GROUP_OUTPUT, "list the fields that move with the kernel",
	  .excludes = EXCLUDES_FORM | EXCLUDES_CONTENT, OPTION_FLAG(struct options, relocs) },
};

static const char *const examples[] = {
	"bzboot info old.efi new.efi",
	"bzboot info --json /boot/vmlinuz | jq .payload.codec",
	NULL,
};

const struct command_line line_info = {
	.name = "info",
	.usage = "FILE [--headers | --budget] [--json]\nFILE --map [-o SVG]\nFILE --relocs\n"
		 "FILE OTHER [--json]",
	.text = "Shows the parts of a kernel or an image: headers, SBAT, payload, the ELF inside. "
		"FILE is an ELF, a PE image, a bzImage, or a zboot image of any architecture. It "
		"may be compressed (vmlinux.gz). With two files, it shows what differs between "
		"them.",
	.operand = "file",
	.operand_value = &value_kernel,
	.second = offsetof(struct options, other),
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* @fault: what is wrong with the file as a whole; NULL: nothing */
static int show_tree(const struct options *options, const struct input *input,
		     const struct why *fault)
{
	json_t *tree = info_tree(input, options->headers),
	       *errors = json_object_get(tree, "errors");
	bool broken;

	if (fault)
		json_add(errors, json_string(fault->text));
	broken = json_array_size(errors);
	if (options->json)
		json_print(tree);
	else
		info_print_text(tree);
	json_decref(tree);
	return broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_list(const char *kind, const struct relocs *relocs, enum bzb_reloc_kind list)
{
	for (size_t i = 0; i < relocs->lists[list].count; i++)
		printf("%s 0x%" PRIx64 "\n", kind, relocs->base + relocs->lists[list].offsets[i]);
}

static void print_finding(void *options, const struct why *why)
{
	diag(((const struct options *)options)->file, why);
}

static int show_relocs(struct options *options, struct blob *file)
{
	struct findings findings = { .report = print_finding, .context = options };
	struct relocs relocs;
	struct why why;

	if (kernel_relocs(file, &findings, &relocs, &why)) {
		diag(options->file, &why);
		return EXIT_FAILURE;
	}
	print_list("64", &relocs, BZB_RELOC_64);
	print_list("32", &relocs, BZB_RELOC_32);
	print_list("32-inverse", &relocs, BZB_RELOC_32_INVERSE);
	relocs_free(&relocs);
	return findings.count ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int show_input(struct options *options, struct input *input)
{
	struct why why;
	bool broken = input_decompress(input, DECOMPRESSED_MAX, &why);

	if (broken && !options->json) {
		diag(options->file, &why);
		return EXIT_FAILURE;
	}
	if (options->relocs)
		return show_relocs(options, &input->bytes);
	if (options->budget)
		return costs_show(input, broken ? &why : NULL, options->json);
	if (options->map)
		return costs_draw(options->file, input, options->output);
	return show_tree(options, input, broken ? &why : NULL);
}

/* These options read all of the file; the others little more than its headers. */
static int read_file(const struct options *options, struct blob *ret, struct why *why)
{
	return options->relocs || options->budget || options->map ?
		       file_read_any(options->file, ret, why) :
		       file_map(options->file, ret, why);
}

static int show(struct options *options)
{
	struct input input = { 0 };
	struct why why;
	int status;

	if (read_file(options, &input.bytes, &why)) {
		diag(options->file, &why);
		return EXIT_FAILURE;
	}
	lap("read the file");
	input.file_size = input.bytes.size;
	status = show_input(options, &input);
	lap("show it");
	input_free(&input);
	return status;
}

/* returns: the name of an option that is given; NULL: none of these is */
static const char *option_for_one_file(const struct options *options)
{
	const struct {
		bool given;
		const char *name;
	} rows[] = {
		{ options->budget, "budget" },
		{ options->headers, "headers" },
		{ options->map, "map" },
		{ options->relocs, "relocs" },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(rows); i++)
		if (rows[i].given)
			return rows[i].name;
	return NULL;
}

static int show_difference(const struct options *options)
{
	const char *single = option_for_one_file(options);
	int status;

	if (single)
		return diag_usage("info", "--%s is for one file", single);
	if (!strcmp(options->file, "-") && !strcmp(options->other, "-"))
		return diag_usage("info", "both files are standard input");
	status = compare_files(options->file, options->other, options->json);
	lap("compare the files");
	return status;
}

int cmd_info(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_info, argc, argv, &options, &options.file);

	if (!options.file)
		return status;
	if (options.output && !options.map)
		return diag_usage("info", "--output needs --map");
	return options.other ? show_difference(&options) : show(&options);
}
