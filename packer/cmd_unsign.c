/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "fileio.h"
#include "pe_image.h"

static const char help[] =
	"usage: bzboot unsign IMAGE [-o OUT]\n"
	"\n"
	"Takes all signatures away from a PE image. What bzboot signed is then as it was,\n"
	"byte for byte.\n"
	"\n"
	"  -o, --output OUT  where to write it; unless told, to IMAGE\n"
	"      --help        this text\n";

enum { OPT_HELP = LONG_OPTION };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *image, *output;
	bool help;
};

static int parse_option(int option, char **argv, struct options *options)
{
	switch (option) {
	case 'o':
		if (options->output)
			return diag_usage("unsign", "more than one output");
		options->output = optarg;
		return 0;
	case OPT_HELP:
		options->help = true;
		return 0;
	case ':':
		return diag_usage("unsign", "%s wants an argument", argv[optind - 1]);
	default:
		return diag_option("unsign", argv);
	}
}

/* returns: 0, or an exit status */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1)
		if ((status = parse_option(option, argv, options)))
			return status;
	if (options->help)
		return 0;
	if (argc - optind != 1)
		return diag_usage("unsign", argc == optind ? "no image" : "more than one image");
	options->image = argv[optind];
	if (!options->output)
		options->output = options->image;
	return 0;
}

static int unsign(const struct options *options)
{
	const char *culprit = options->image;
	struct blob file = { 0 };
	struct why why;
	int err;

	err = file_read(options->image, &file, &why) || pe_image_remove_certificates(&file, &why);
	if (!err) {
		culprit = options->output;
		err = file_write(options->output, blob_span(&file), &why);
	}
	if (err)
		diag(culprit, &why);
	blob_free(&file);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_unsign(int argc, char **argv)
{
	struct options options = { 0 };
	int status = parse_options(argc, argv, &options);

	if (!status && options.help)
		fputs(help, stdout);
	else if (!status)
		status = unsign(&options);
	return status;
}
