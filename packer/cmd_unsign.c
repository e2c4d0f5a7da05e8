/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "command_line.h"
#include "fileio.h"
#include "pe_image.h"

struct options {
	const char *image, *output;
};

static const struct command_option option_rows[] = {
	{ "output", 'o', "OUT", GROUP_OUTPUT, "the file to write", .otherwise = "IMAGE",
	  OPTION_TEXT(struct options, output) },
};

static const char *const examples[] = {
	"bzboot unsign kernel.efi",
	"bzboot unsign signed.efi -o plain.efi",
	NULL,
};

static const struct command_line command_line = {
	.name = "unsign",
	.usage = "IMAGE [-o OUT]",
	.text = "Removes all signatures from a PE image. An image that bzboot signed becomes what it "
		"was before, byte for byte.",
	.operand = "image",
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
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
