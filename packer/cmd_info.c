/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "command_line.h"
#include "decompress.h"
#include "info.h"
#include "input.h"
#include "kernel.h"

static const char help[] =
	"usage: bzboot info FILE [OPTION]...\n"
	"\n"
	"Shows the parts of a kernel or an image: headers, SBAT, payload, the ELF inside.\n"
	"FILE is an ELF, a PE image, a bzImage, or a zboot image of any architecture, also\n"
	"compressed as a whole (vmlinux.gz).\n"
	"\n"
	"      --json     print JSON: addresses are hexadecimal strings, the rest numbers\n"
	"      --relocs   list the fields that move with the kernel, one on each line: the kind\n"
	"                 (64, 32, 32-inverse) and the virtual address\n"
	"      --help     print this text\n";

enum { OPT_JSON = LONG_OPTION, OPT_RELOCS };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "relocs", no_argument, NULL, OPT_RELOCS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *file;
	bool json, relocs;
};

static int take_option(int option, const char *argument, void *data)
{
	struct options *options = data;

	(void)argument;
	if (option == OPT_JSON)
		options->json = true;
	else
		options->relocs = true;
	return 0;
}

static const struct command_line command_line = {
	.name = "info",
	.help = help,
	.operand = "file",
	.short_options = "",
	.long_options = long_options,
	.take = take_option,
};

static int show_tree(const struct options *options, const struct input *input)
{
	json_t *tree = info_tree(input);
	bool broken = json_array_size(json_object_get(tree, "errors"));

	if (options->json) {
		if (json_dumpf(tree, stdout, JSON_INDENT(2)) && !ferror(stdout))
			diag_no_memory(0);
		putchar('\n');
	} else {
		info_print_text(tree);
	}
	json_decref(tree);
	return broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_list(const char *kind, const struct relocs *relocs, enum bzb_reloc_kind list)
{
	for (size_t i = 0; i < relocs->lists[list].count; i++)
		printf("%s 0x%" PRIx64 "\n", kind, relocs->base + relocs->lists[list].offsets[i]);
}

static int show_relocs(const struct options *options, struct blob *file)
{
	struct findings findings = { .report = diag, .file = options->file };
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

static int show(const struct options *options)
{
	struct input input;
	struct why why;
	int status;

	if (input_read(options->file, DECOMPRESSED_MAX, &input, &why)) {
		diag(options->file, &why);
		return EXIT_FAILURE;
	}
	status = options->relocs ? show_relocs(options, &input.bytes) :
				   show_tree(options, &input);
	input_free(&input);
	return status;
}

int cmd_info(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&command_line, argc, argv, &options, &options.file);

	return options.file ? show(&options) : status;
}
