/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that say how to sign, for every command that does: rows for its table of long
 * options, lines for its help, and what to do with each one met.
 */
#ifndef PACKER_SIGN_OPTIONS_H
#define PACKER_SIGN_OPTIONS_H

#include <getopt.h>

#include "diag.h"
#include "sign.h"

/* A command's own options begin at LONG_OPTION and are fewer. */
enum {
	OPT_SIGN = LONG_OPTION + 0x100,
	OPT_SIGN_KEY = OPT_SIGN,
	OPT_SIGN_CERT,
	OPT_SIGN_CHAIN,
	OPT_SIGN_DIGEST,
	OPT_SIGN_TIME,
	OPT_SIGN_NO_TIME,
	OPT_SIGN_PROVIDER,
	OPT_SIGN_PROVIDER_PATH,
	OPT_SIGN_PIN_FILE,
	OPT_SIGN_PIN_ENV,
	OPT_SIGN_END,
};

#define SIGN_LONG_OPTIONS                                                                         \
	{ "key", required_argument, NULL, OPT_SIGN_KEY },                                         \
	{ "cert", required_argument, NULL, OPT_SIGN_CERT },                                       \
	{ "chain", required_argument, NULL, OPT_SIGN_CHAIN },                                     \
	{ "digest", required_argument, NULL, OPT_SIGN_DIGEST },                                   \
	{ "signing-time", required_argument, NULL, OPT_SIGN_TIME },                               \
	{ "no-signing-time", no_argument, NULL, OPT_SIGN_NO_TIME },                               \
	{ "provider", required_argument, NULL, OPT_SIGN_PROVIDER },                               \
	{ "provider-path", required_argument, NULL, OPT_SIGN_PROVIDER_PATH },                     \
	{ "pin-file", required_argument, NULL, OPT_SIGN_PIN_FILE },                               \
	{ "pin-env", required_argument, NULL, OPT_SIGN_PIN_ENV }

#define SIGN_HELP                                                                                 \
	"      --key KEY             the private key: a file (PEM, DER, PKCS #12), or a URI that\n" \
	"                            a provider of OpenSSL knows (pkcs11:..., handle:...)\n"      \
	"      --cert CERT           its certificate: a file (PEM, DER, PKCS #7, PKCS #12) or a\n" \
	"                            URI; all certificates in it go into the signature\n"         \
	"      --chain FILE          more certificates to put in; may be repeated\n"              \
	"      --digest NAME         sha256, sha384 or sha512 (default: sha256)\n"                \
	"      --signing-time N      seconds since 1970 (default: SOURCE_DATE_EPOCH, or now)\n"   \
	"      --no-signing-time     leave out the signing time\n"                                \
	"      --provider NAME       load this provider of OpenSSL; may be repeated\n"            \
	"      --provider-path PATH  the folder of the providers\n"                               \
	"      --pin-file FILE       the PIN or passphrase of the key is the first line of FILE\n" \
	"      --pin-env NAME        the PIN or passphrase is in this environment variable\n"     \
	"                            (default: ask for it)\n"

/**
 * sign_option() - an option was met
 * @command: the name of the command, for messages
 * @option: what getopt_long() returned: OPT_SIGN to OPT_SIGN_END - 1
 * @argument: optarg
 * @options: filled in; @argument must stay
 *
 * returns: 0, or an exit status
 */
int sign_option(const char *command, int option, const char *argument,
		struct sign_options *options);

/**
 * sign_options_finish() - all options were met
 * @command: the name of the command, for messages
 * @options: gets the time of SOURCE_DATE_EPOCH if nothing else was said
 *
 * returns: 0, or an exit status
 */
int sign_options_finish(const char *command, struct sign_options *options);

/**
 * sign_options_free() - forget the lists in it
 * @options: may be all zeros
 */
void sign_options_free(struct sign_options *options);

/**
 * parse_digest() - the argument of --digest
 * @command: the name of the command, for messages
 * @name: of the digest
 * @ret: untouched on error
 *
 * returns: 0, or an exit status
 */
int parse_digest(const char *command, const char *name, const struct digest **ret);

#endif
