/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/fileio.h"
#include "io/hex.h"
#include "io/lap.h"
#include "sign/keys.h"
#include "sign/verify.h"
#include "certificate_text.h"
#include "command.h"
#include "command_line.h"

struct options {
	const char *image;
	struct names certs, authorities;
};

static const struct command_option option_rows[] = {
	{ "cert", 0, "CERT", GROUP_SIGNING, "trust the signatures of this certificate",
	  .value = &value_cert, OPTION_NAMES(struct options, certs) },
	{ "ca", 0, "CERT", GROUP_SIGNING, "trust certificates that this one issued",
	  .value = &value_cert, OPTION_NAMES(struct options, authorities) },
};

static const char *const examples[] = {
	"bzboot verify kernel.efi --cert db.pem",
	"bzboot verify kernel.efi --ca MicCorUEFCA2011_2011-06-27.crt",
	NULL,
};

const struct command_line line_verify = {
	.name = "verify",
	.usage = "IMAGE [--cert CERT | --ca CERT]...",
	.text = "Lists the signatures of a PE image, and verifies them. The exit status is 0 if "
		"all of them are good and at least one is trusted. Without --cert and --ca, no "
		"signature is trusted.\n\n"
		"Firmware decides in another way. It starts an image if db trusts one good "
		"signature and dbx forbids none, and most firmware accepts RSA signatures only. "
		"This command reads neither db nor dbx.\n\n"
		"CERT is a file or a URI. A file may hold several certificates.",
	.operand = "image",
	.operand_value = &value_image,
	COMMAND_OPTIONS(option_rows),
	.examples = examples,
};

static int load_trust(const struct options *options, struct trust *trust)
{
	const char *culprit = NULL;
	struct why why;

	if (keys_read_certificates(&options->certs, &trust->signers, &culprit, &why) ||
	    keys_read_certificates(&options->authorities, &trust->authorities, &culprit, &why))
		return diag_fail(culprit, &why);
	return 0;
}

static void print_digest(const struct signature *signature)
{
	printf("  %-9s %s ", "digest", signature->digest->name);
	hex_print(signature->value.bytes, signature->value.size);
	putchar('\n');
}

static void print_signature(size_t number, const struct bzb_certificate *certificate,
			    const struct signature *signature)
{
	printf("signature %zu at 0x%zx, %zu bytes\n", number, certificate->offset,
	       certificate->content.size);
	if (signature->digest)
		print_digest(signature);
	for (int i = 0; i < sk_X509_num(signature->chain); i++)
		certificate_print_name(i ? "issuer" : "signer", sk_X509_value(signature->chain, i));
	if (signature->digest && signature->signer) {
		certificate_print_key(signature->signer, signature->digest->name);
		certificate_print_time("time", signature->time);
	}
	if (signature->fault)
		printf("  %-9s no, it %s\n", "good", signature->why.text);
	else
		printf("  %-9s yes\n  %-9s %s\n", "good", "trusted",
		       signature->trusted ? "yes" : "no");
}

/* The verdict on all signatures. */
struct result {
	size_t count, bad, trusted;
};

static void report(const char *path, const struct signatures *signatures, struct result *result)
{
	struct why why;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct signature *signature = &signatures->entries[i].signature;

		print_signature(i + 1, &signatures->entries[i].certificate, signature);
		if (signature->fault) {
			result->bad++;
			explain(&why, "signature %zu %s", i + 1, signature->why.text);
			diag(path, &why);
		}
		result->trusted += signature->trusted;
	}
	result->count = signatures->count;
}

static int verify_all(const char *path, const struct bzb_authenticode *image,
		      const struct trust *trust, struct result *result)
{
	struct signatures signatures;
	int err = 0;

	signatures_read(image, trust, &signatures);
	report(path, &signatures, result);
	if (!signatures.complete)
		err = diag_fail(path, &signatures.why);
	signatures_free(&signatures);
	return err;
}

static int judge(const struct options *options, const struct result *result)
{
	struct why why;

	if (!result->count)
		explain(&why, "is not signed");
	else if (result->bad)
		return -1;
	else if (!options->certs.count && !options->authorities.count)
		explain(&why, "no signature is trusted: give a certificate with --cert or --ca");
	else if (!result->trusted)
		explain(&why, "no signature is trusted");
	else
		return 0;
	return diag_fail(options->image, &why);
}

static int verify_file(const struct options *options, const struct blob *file,
		       const struct trust *trust)
{
	struct result result = { 0 };
	struct bzb_authenticode image;
	size_t position = 0;
	struct why why;

	if (pe_image_parse_mapped(file, &image, &why))
		return diag_fail(options->image, &why);
	while (pe_image_doubt(&image, &position, &why))
		diag_note(options->image, &why);
	if (verify_all(options->image, &image, trust, &result))
		return -1;
	return judge(options, &result);
}

static int verify(const struct options *options)
{
	struct trust trust = { 0 };
	struct blob file = { 0 };
	struct why why;
	int err;

	if (file_map(options->image, &file, &why)) {
		diag(options->image, &why);
		return EXIT_FAILURE;
	}
	lap("read the image");
	err = load_trust(options, &trust);
	lap("read the certificates");
	if (!err) {
		err = verify_file(options, &file, &trust);
		lap("verify the signatures");
	}
	sk_X509_pop_free(trust.signers, X509_free);
	sk_X509_pop_free(trust.authorities, X509_free);
	blob_free(&file);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_verify(int argc, char **argv)
{
	struct options options = { 0 };
	int status = command_line_parse(&line_verify, argc, argv, &options, &options.image);

	if (options.image)
		status = verify(&options);
	names_free(&options.certs);
	names_free(&options.authorities);
	return status;
}
