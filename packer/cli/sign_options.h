/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options for signing, shared by all commands that sign: rows for the command's table, and
 * their result.
 */
#ifndef PACKER_SIGN_OPTIONS_H
#define PACKER_SIGN_OPTIONS_H

#include "sign/sign.h"
#include "command_line.h"

/* Bits of struct command_option.excludes; a command's own are lower. */
enum {
	SIGN_EXCLUDES_WAY = 1u << 16, /* of signing: here, or elsewhere */
	SIGN_EXCLUDES_TIME = 1u << 17,
	SIGN_EXCLUDES_PIN = 1u << 18,
};

/* Access to the key: @type: of the command's options; @member: the struct key_access in it */
#define KEY_ACCESS_OPTIONS(type, member)                                                          \
	{ "provider", 0, "NAME", GROUP_SIGNING, "load this OpenSSL provider",                     \
	  .value = &value_provider, OPTION_NAMES(type, member.providers) },                       \
	{ "provider-path", 0, "PATH", GROUP_SIGNING, "the providers' folder",                     \
	  .value = &value_folder, .otherwise = "OpenSSL's own",                                   \
	  OPTION_TEXT(type, member.provider_path) },                                              \
	{ "pin-file", 0, "FILE", GROUP_SIGNING,                                                   \
	  "read the PIN or passphrase from line 1 of FILE", .value = &value_file,                 \
	  .excludes = SIGN_EXCLUDES_PIN, OPTION_TEXT(type, member.pin_file) },                    \
	{ "pin-env", 0, "NAME", GROUP_SIGNING,                                                    \
	  "read it from variable NAME", .value = &value_variable,                                 \
	  .otherwise = "ask for it", .excludes = SIGN_EXCLUDES_PIN,                               \
	  OPTION_TEXT(type, member.pin_env) }

/* @type: of the command's options; @member: the struct sign_options in it */
#define SIGN_OPTIONS(type, member)                                                                \
	{ "key", 0, "KEY", GROUP_SIGNING,                                                         \
	  "the private key: a file, or a URI of OpenSSL", .value = &value_key,                    \
	  .excludes = SIGN_EXCLUDES_WAY, OPTION_TEXT(type, member.key) },                         \
	{ "cert", 0, "CERT", GROUP_SIGNING,                                                       \
	  "the certificate of the key: a file or a URI", .value = &value_cert,                    \
	  OPTION_TEXT(type, member.cert) },                                                       \
	{ "chain", 0, "FILE", GROUP_SIGNING, "more certificates to include",                      \
	  .value = &value_cert, OPTION_NAMES(type, member.chain) },                               \
	DIGEST_OPTION(type, member.digest),                                                       \
	{ "signing-time", 0, "N", GROUP_SIGNING, "the Unix time",                                 \
	  .otherwise = "SOURCE_DATE_EPOCH, or now", .excludes = SIGN_EXCLUDES_TIME,               \
	  .take = parse_signing_time, .offset = offsetof(type, member) },                         \
	{ "no-signing-time", 0, NULL, GROUP_SIGNING, "leave out the signing time",                \
	  .excludes = SIGN_EXCLUDES_TIME, OPTION_FLAG(type, member.no_time) },                    \
	KEY_ACCESS_OPTIONS(type, member.access)

/* The row of --digest; the member is a const struct digest *. */
#define DIGEST_OPTION(type, member)                                                               \
	{ "digest", 0, "NAME", GROUP_SIGNING, "", .value = &value_digest, .initial = "sha256",    \
	  .take = parse_digest, .offset = offsetof(type, member) }

extern const struct option_value value_digest, value_provider;

/* For struct command_option.take */
int parse_digest(const char *command, const char *argument, void *to);
int parse_signing_time(const char *command, const char *argument, void *to);

/**
 * sign_options_check() - check that a key and a certificate are given together, or neither
 * @command: of the options, for the message
 * @options: after parsing
 *
 * returns: 0, or an exit status
 */
int sign_options_check(const char *command, const struct sign_options *options);

/**
 * sign_options_finish() - complete the options after parsing
 * @options: gets the time of SOURCE_DATE_EPOCH if no option sets the time
 *
 * returns: 0, or an exit status
 */
int sign_options_finish(struct sign_options *options);

/**
 * sign_options_free() - free the lists in the options
 * @options: may be all zeros
 */
void sign_options_free(struct sign_options *options);

#endif
