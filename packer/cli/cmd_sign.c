/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/lap.h"
#include "sign/pe_image.h"
#include "sign/sign.h"
#include "command.h"
#include "command_line.h"
#include "configure.h"
#include "sign_options.h"

struct options {
	const char *image, *output;
	const char *prepare, *prepared, *attach;
	struct sign_options sign;
	struct settings_source source;
};

/* Bits of struct command_option.excludes */
enum { EXCLUDES_OUTPUT = 1 };

static const struct command_option option_rows[] = {
	{ "output", 'o', "OUT", GROUP_OUTPUT, "the file to write", .value = &value_image,
	  .otherwise = "IMAGE", .excludes = EXCLUDES_OUTPUT, OPTION_TEXT(struct options, output) },
	{ "prepare", 0, "FILE", GROUP_OUTPUT, "write only the bytes that the key has to sign",
	  .value = &value_file, .excludes = EXCLUDES_OUTPUT | SIGN_EXCLUDES_WAY,
	  OPTION_TEXT(struct options, prepare) },
	SIGN_OPTIONS(struct options, sign),
	{ "prepared", 0, "FILE", GROUP_SIGNING, "the file that --prepare wrote",
	  .value = &value_file, OPTION_TEXT(struct options, prepared) },
	{ "attach", 0, "SIG", GROUP_SIGNING, "the signature of that file, by openssl dgst -sign",
	  .value = &value_file, .excludes = SIGN_EXCLUDES_WAY | SIGN_EXCLUDES_TIME,
	  OPTION_TEXT(struct options, attach) },
	SETTINGS_OPTIONS(struct options, source),
};

static const char *const examples[] = {
	"bzboot sign kernel.efi --key db.key --cert db.pem",
	"bzboot sign kernel.efi --key handle:0x81000001 --provider tpm2 --cert db.pem",
	NULL,
};

const struct command_line line_sign = {
	.name = "sign",
	.usage = "IMAGE --key KEY --cert CERT [-o OUT] [OPTION]...\n"
		 "IMAGE --cert CERT --prepare FILE [OPTION]...\n"
		 "IMAGE --cert CERT --prepared FILE --attach SIG [-o OUT]",
	.text = "Signs a PE image for Secure Boot. The image keeps the signatures that it has.\n\n"
		"The second and third forms are for a key on another machine: the second writes "
		"the bytes to sign, and the third adds the signature of these bytes to the image.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

/* Checks that the options are complete for one of the three forms. */
static int check_options(struct options *options)
{
	bool offline = options->prepare || options->attach;

	if (!options->sign.cert)
		return diag_usage("sign", "missing option: --cert CERT");
	if (!options->sign.key && !offline)
		return diag_usage("sign", "missing option: --key KEY");
	if (!options->attach != !options->prepared)
		return diag_usage("sign", "--attach and --prepared must be given together");
	return sign_options_finish(&options->sign);
}

/* Everything that has to be freed. */
struct job {
	const struct options *options;
	struct signer *signer;
	struct blob image, prepared, signature;
};

static int read_file(const char *path, struct blob *ret)
{
	struct why why;

	return file_read(path, ret, &why) ? diag_fail(path, &why) : 0;
}

static int write_file(const char *path, const struct blob *bytes)
{
	struct why why;

	if (file_write(path, blob_span(bytes), &why))
		return diag_fail(path, &why);
	lap("write the file");
	return 0;
}

static int read_inputs(struct job *job)
{
	const struct options *options = job->options;
	const char *culprit = NULL;
	struct why why;

	if (read_file(options->image, &job->image) ||
	    (options->attach && (read_file(options->prepared, &job->prepared) ||
				 read_file(options->attach, &job->signature))))
		return -1;
	lap("read the image");
	if (signer_open(&options->sign, &job->signer, &culprit, &why))
		return diag_fail(culprit, &why);
	lap("open the key");
	return 0;
}

static void warn(const struct job *job)
{
	struct bzb_authenticode image;
	size_t position = 0;
	struct why why;

	if (bzb_authenticode_parse(blob_span(&job->image), &image))
		return;
	while (pe_image_doubt(&image, &position, &why))
		diag_note(job->options->image, &why);
}

static int prepare(struct job *job)
{
	struct why why;

	if (sign_prepare(blob_span(&job->image), job->signer, &job->prepared, &why))
		return diag_fail(job->options->image, &why);
	lap("prepare the bytes");
	return write_file(job->options->prepare, &job->prepared);
}

static unsigned int count_signatures(struct bzb_span file)
{
	struct bzb_certificate certificate;
	struct bzb_authenticode image;
	unsigned int count = 0;
	size_t position = 0;

	if (!bzb_authenticode_parse(file, &image))
		while (bzb_authenticode_next(&image, &position, &certificate) > 0)
			count++;
	return count;
}

/* A user may expect a new signature to replace the old one. */
static int write_image(const struct job *job)
{
	unsigned int count = count_signatures(blob_span(&job->image));
	struct why note;

	if (write_file(job->options->output, &job->image))
		return -1;
	if (count > 1) {
		explain(&note, "signature added: the image now has %u signatures", count);
		diag_note(job->options->output, &note);
	}
	return 0;
}

static int attach(struct job *job)
{
	struct why why;

	if (sign_attach(&job->image, job->signer, blob_span(&job->prepared),
			blob_span(&job->signature), &why))
		return diag_fail(job->options->image, &why);
	lap("add the signature");
	return write_image(job);
}

static int sign(struct job *job)
{
	struct why why;

	if (sign_bytes(&job->image, job->signer, &why))
		return diag_fail(job->options->image, &why);
	lap("sign the image");
	return write_image(job);
}

static int sign_or_prepare(const struct options *options)
{
	struct job job = { .options = options };
	struct why why;
	int err = read_inputs(&job);

	if (!err) {
		warn(&job);
		if (options->prepare)
			err = prepare(&job);
		else
			err = options->attach ? attach(&job) : sign(&job);
	}
	if (!err && signer_doubt(job.signer, &why))
		diag_note(options->sign.cert, &why);
	signer_close(job.signer);
	blob_free(&job.image);
	blob_free(&job.prepared);
	blob_free(&job.signature);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_sign(int argc, char **argv)
{
	struct options options = { 0 };
	struct settings settings = { 0 };
	bool given[COMMAND_ROWS_MAX];
	int status =
		command_line_parse_given(&line_sign, argc, argv, &options, given, &options.image);

	if (options.image)
		status = settings_apply_signing(&options.source, &line_sign, given, &options,
						&settings);
	if (options.image && !status)
		status = check_options(&options);
	if (options.image && !status) {
		if (!options.output)
			options.output = options.image;
		status = sign_or_prepare(&options);
	}
	sign_options_free(&options.sign);
	settings_free(&settings);
	return status;
}
