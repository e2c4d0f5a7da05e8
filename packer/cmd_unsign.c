/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "command_line.h"
#include "fileio.h"
#include "pe_image.h"

static const char help[] =
	"usage: bzboot unsign IMAGE [-o OUT]\n"
	"\n"
	"Removes all signatures from a PE image. An image that bzboot signed becomes what it\n"
	"was before, byte for byte.\n"
	"\n"
	"  -o, --output OUT  the file to write (default: IMAGE)\n"
	"      --help        print this text\n";

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *image, *output;
};

static int take_option(int option, const char *argument, void *data)
{
	struct options *options = data;

	(void)option;
	if (options->output)
		return diag_usage("unsign", "more than one output");
	options->output = argument;
	return 0;
}

static const struct command_line command_line = {
	.name = "unsign",
	.help = help,
	.operand = "image",
	.short_options = "o:",
	.long_options = long_options,
	.take = take_option,
};

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
	int status = command_line_parse(&command_line, argc, argv, &options, &options.image);

	if (!options.image)
		return status;
	if (!options.output)
		options.output = options.image;
	return unsign(&options);
}
