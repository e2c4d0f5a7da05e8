/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/lap.h"
#include "sign/keys.h"
#include "sign/pe_image.h"
#include "sign/verify.h"
#include "command.h"
#include "command_line.h"

struct options {
	const char *image, *output;
	struct names certs;
};

static const struct command_option option_rows[] = {
	{ "output", 'o', "OUT", GROUP_OUTPUT, "the file to write", .value = &value_image,
	  .otherwise = "IMAGE", OPTION_TEXT(struct options, output) },
	{ "cert", 0, "CERT", GROUP_SIGNING, "remove only this certificate's signatures",
	  .value = &value_cert, OPTION_NAMES(struct options, certs) },
};

static const char *const examples[] = {
	"bzboot unsign kernel.efi",
	"bzboot unsign signed.efi --cert old.pem -o plain.efi",
	NULL,
};

const struct command_line line_unsign = {
	.name = "unsign",
	.usage = "IMAGE [--cert CERT]... [-o OUT]",
	.text = "Removes the signatures from a PE image: all of them, or those of certificates. An "
		"image that bzboot signed becomes the same as before, byte for byte. CERT is a "
		"file or a URI.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static bool is_by(const struct bzb_certificate *certificate, const void *certificates)
{
	return signature_is_by(certificate, certificates);
}

static int remove_by(const struct options *options, struct blob *file)
{
	STACK_OF(X509) *certificates;
	const char *culprit = NULL;
	struct why why;
	int err;

	if (keys_read_certificates(&options->certs, &certificates, &culprit, &why))
		return diag_fail(culprit, &why);
	err = pe_image_remove_some(file, is_by, certificates, &why);
	sk_X509_pop_free(certificates, X509_free);
	return err ? diag_fail(options->image, &why) : 0;
}

static int remove_all(const struct options *options, struct blob *file)
{
	struct why why;

	return pe_image_remove_certificates(file, &why) ? diag_fail(options->image, &why) : 0;
}

static int unsign(const struct options *options)
{
	struct blob file = { 0 };
	struct why why;
	int err;

	if (file_read(options->image, &file, &why))
		return diag_fail(options->image, &why);
	lap("read the image");
	err = options->certs.count ? remove_by(options, &file) : remove_all(options, &file);
	lap("remove the signatures");
	if (!err && file_write(options->output, blob_span(&file), &why))
		err = diag_fail(options->output, &why);
	lap("write the image");
	blob_free(&file);
	return err;
}

int cmd_unsign(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_unsign, argc, argv, &options, &options.image);

	if (options.image) {
		if (!options.output)
			options.output = options.image;
		status = unsign(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	names_free(&options.certs);
	return status;
}
