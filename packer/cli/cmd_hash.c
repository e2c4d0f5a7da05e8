/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/hex.h"
#include "io/lap.h"
#include "sign/openssl.h"
#include "sign/pe_image.h"
#include "command.h"
#include "command_line.h"
#include "sign_options.h"

struct options {
	const char *image;
	const struct digest *digest;
};

static const struct command_option option_rows[] = {
	DIGEST_OPTION(struct options, digest),
};

static const char *const examples[] = {
	"bzboot hash kernel.efi",
	"bzboot hash --digest sha384 kernel.efi",
	NULL,
};

const struct command_line line_hash = {
	.name = "hash",
	.usage = "IMAGE [--digest NAME]",
	.text = "Prints the Authenticode digest of a PE image. Signatures sign this digest, db and "
		"dbx list it, and firmware measures it into PCR 4. Signing the image does not "
		"change it.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static int print_digest(const struct options *options, const struct bzb_authenticode *image)
{
	struct digest_value value;
	size_t position = 0;
	struct why why;

	while (pe_image_doubt(image, &position, &why))
		diag_note(options->image, &why);
	lap("read the image");
	openssl_start_for_digest();
	if (pe_image_digest(image, options->digest, &value, &why)) {
		diag(options->image, &why);
		return EXIT_FAILURE;
	}
	lap("compute the digest");
	hex_print(value.bytes, value.size);
	printf("  %s\n", options->image);
	return EXIT_SUCCESS;
}

static int hash(const struct options *options)
{
	struct bzb_authenticode image;
	struct blob file = { 0 };
	struct why why;
	int status = EXIT_FAILURE;

	if (file_map(options->image, &file, &why) || pe_image_parse_mapped(&file, &image, &why))
		diag(options->image, &why);
	else
		status = print_digest(options, &image);
	blob_free(&file);
	return status;
}

int cmd_hash(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_hash, argc, argv, &options, &options.image);

	return options.image ? hash(&options) : status;
}
