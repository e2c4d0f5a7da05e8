/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "fileio.h"
#include "pe_image.h"
#include "sign_options.h"

static const char help[] =
	"usage: bzboot hash IMAGE [--digest NAME]\n"
	"\n"
	"Prints the Authenticode digest of a PE image: what signatures sign, what db and dbx\n"
	"hold, what firmware measures into PCR 4. Signatures that are there do not count.\n"
	"\n"
	"      --digest NAME  sha256 (unless told), sha384 or sha512\n"
	"      --help         this text\n";

enum { OPT_DIGEST = LONG_OPTION, OPT_HELP };

static const struct option long_options[] = {
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *image;
	const struct digest *digest;
	bool help;
};

static int parse_option(int option, char **argv, struct options *options)
{
	switch (option) {
	case OPT_DIGEST:
		return parse_digest("hash", optarg, &options->digest);
	case OPT_HELP:
		options->help = true;
		return 0;
	case ':':
		return diag_usage("hash", "%s wants an argument", argv[optind - 1]);
	default:
		return diag_option("hash", argv);
	}
}

/* returns: 0, or an exit status */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1)
		if ((status = parse_option(option, argv, options)))
			return status;
	if (options->help)
		return 0;
	if (argc - optind != 1)
		return diag_usage("hash", argc == optind ? "no image" : "more than one image");
	options->image = argv[optind];
	return 0;
}

static void print_digest(const struct options *options, const struct bzb_authenticode *image)
{
	struct digest_value value;
	struct why why;

	if (!image->tiled) {
		explain(&why, "warning: gaps between its sections: tools differ in what its digest "
			      "is; this is what firmware makes it");
		diag(options->image, &why);
	}
	pe_image_digest(image, options->digest, &value);
	for (unsigned int i = 0; i < value.size; i++)
		printf("%02x", value.bytes[i]);
	printf("  %s\n", options->image);
}

static int hash(const struct options *options)
{
	struct bzb_authenticode image;
	struct blob file = { 0 };
	struct why why;
	int status = EXIT_SUCCESS;

	if (file_read(options->image, &file, &why) ||
	    pe_image_parse(blob_span(&file), &image, &why)) {
		diag(options->image, &why);
		status = EXIT_FAILURE;
	} else {
		print_digest(options, &image);
	}
	blob_free(&file);
	return status;
}

int cmd_hash(int argc, char **argv)
{
	struct options options = { .digest = digest_by_name("sha256") };
	int status = parse_options(argc, argv, &options);

	if (!status && options.help)
		fputs(help, stdout);
	else if (!status)
		status = hash(&options);
	return status;
}
