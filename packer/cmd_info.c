/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "fileio.h"
#include "info.h"

static const char help[] =
	"usage: bzboot info FILE [OPTION]...\n"
	"\n"
	"Shows what a kernel or an image consists of: headers, payload, the ELF inside.\n"
	"Takes an ELF, a PE image, a bzImage, or a zboot image of any architecture.\n"
	"\n"
	"      --json   print JSON: addresses are hexadecimal strings, the rest numbers\n"
	"      --help   this text\n";

enum { OPT_JSON = 256, OPT_HELP };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *file;
	bool json, help;
};

/* returns: 0, or an exit status */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_JSON:
			options->json = true;
			break;
		case OPT_HELP:
			options->help = true;
			break;
		default:
			/* For letters optopt is set; they may stand together in one argument. */
			if (optopt && optopt < OPT_JSON)
				return diag_usage("info", "no such option: -%c", optopt);
			return diag_usage("info", "no such option: %s", argv[optind - 1]);
		}
	}
	if (options->help)
		return 0;
	if (argc - optind != 1)
		return diag_usage("info", argc == optind ? "no file" : "more than one file");
	options->file = argv[optind];
	return 0;
}

static int show(const struct options *options)
{
	struct blob file;
	struct why why;
	json_t *tree;
	bool broken;

	if (file_read(options->file, &file, &why)) {
		diag(options->file, &why);
		return EXIT_FAILURE;
	}
	tree = info_tree(blob_span(&file));
	if (options->json) {
		json_dumpf(tree, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		info_print_text(tree);
	}
	broken = json_array_size(json_object_get(tree, "errors"));
	json_decref(tree);
	blob_free(&file);
	return broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_info(int argc, char **argv)
{
	struct options options = { 0 };
	int status = parse_options(argc, argv, &options);

	if (!status && options.help)
		fputs(help, stdout);
	else if (!status)
		status = show(&options);
	return status;
}
