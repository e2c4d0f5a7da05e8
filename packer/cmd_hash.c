/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "command_line.h"
#include "fileio.h"
#include "pe_image.h"
#include "sign_options.h"

static const char help[] =
	"usage: bzboot hash IMAGE [--digest NAME]\n"
	"\n"
	"Prints the Authenticode digest of a PE image, which signatures sign, db and dbx list\n"
	"and firmware measures into PCR 4. Signatures in the image do not change it.\n"
	"\n"
	"      --digest NAME  sha256, sha384 or sha512 (default: sha256)\n"
	"      --help         print this text\n";

enum { OPT_DIGEST = LONG_OPTION };

static const struct option long_options[] = {
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *image;
	const struct digest *digest;
};

static int take_option(int option, const char *argument, void *data)
{
	struct options *options = data;

	(void)option;
	return parse_digest("hash", argument, &options->digest);
}

static const struct command_line command_line = {
	.name = "hash",
	.help = help,
	.operand = "image",
	.short_options = "",
	.long_options = long_options,
	.take = take_option,
};

static int print_digest(const struct options *options, const struct bzb_authenticode *image)
{
	struct digest_value value;
	size_t position = 0;
	struct why why;

	while (pe_image_doubt(image, &position, &why))
		diag(options->image, &why);
	if (pe_image_digest(image, options->digest, &value, &why)) {
		diag(options->image, &why);
		return EXIT_FAILURE;
	}
	for (unsigned int i = 0; i < value.size; i++)
		printf("%02x", value.bytes[i]);
	printf("  %s\n", options->image);
	return EXIT_SUCCESS;
}

static int hash(const struct options *options)
{
	struct bzb_authenticode image;
	struct blob file = { 0 };
	struct why why;
	int status = EXIT_FAILURE;

	if (file_read(options->image, &file, &why) ||
	    pe_image_parse(blob_span(&file), &image, &why))
		diag(options->image, &why);
	else
		status = print_digest(options, &image);
	blob_free(&file);
	return status;
}

int cmd_hash(int argc, char **argv)
{
	struct options options = { .digest = digest_by_name("sha256") };
	int status = command_line_parse(&command_line, argc, argv, &options, &options.image);

	return options.image ? hash(&options) : status;
}
