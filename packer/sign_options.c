/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign_options.h"

#include <stdlib.h>
#include <string.h>

#include "pe_image.h"

/* The last second that an ASN.1 time has room for: 9999-12-31 23:59:59. */
#define TIME_MAX INT64_C(253402300799)

int parse_digest(const char *command, const char *name, const struct digest **ret)
{
	const struct digest *digest = digest_by_name(name);

	if (!digest)
		return diag_usage(command, "'%s' is none of sha256, sha384, sha512", name);
	*ret = digest;
	return 0;
}

static int parse_time(const char *text, struct sign_options *options, struct why *why)
{
	int64_t seconds = 0;

	/* Not strtoll(), which takes blanks and signs. */
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 12)
		return explain(why, "'%.100s' is not a number of seconds since 1970", text);
	for (; *text; text++)
		seconds = seconds * 10 + (*text - '0');
	if (seconds > TIME_MAX)
		return explain(why, "is after the year 9999");
	options->time = seconds;
	options->time_given = true;
	return 0;
}

static int parse_time_option(const char *command, const char *text, struct sign_options *options)
{
	struct why why;

	return parse_time(text, options, &why) ?
		       diag_usage(command, "--signing-time %s", why.text) : 0;
}

/* Of the system, not of the command line. */
static int parse_epoch(const char *text, struct sign_options *options)
{
	struct why why;

	if (!parse_time(text, options, &why))
		return 0;
	diag("SOURCE_DATE_EPOCH", &why);
	return EXIT_FAILURE;
}

static int set_once(const char *command, const char *name, const char *argument,
		    const char **value)
{
	if (*value)
		return diag_usage(command, "more than one --%s", name);
	*value = argument;
	return 0;
}

int sign_option(const char *command, int option, const char *argument,
		struct sign_options *options)
{
	struct key_access *access = &options->access;

	switch (option) {
	case OPT_SIGN_KEY:
		return set_once(command, "key", argument, &options->key);
	case OPT_SIGN_CERT:
		return set_once(command, "cert", argument, &options->cert);
	case OPT_SIGN_CHAIN:
		names_add(&options->chain, argument);
		return 0;
	case OPT_SIGN_DIGEST:
		return parse_digest(command, argument, &options->digest);
	case OPT_SIGN_TIME:
		return parse_time_option(command, argument, options);
	case OPT_SIGN_NO_TIME:
		options->no_time = true;
		return 0;
	case OPT_SIGN_PROVIDER:
		names_add(&access->providers, argument);
		return 0;
	case OPT_SIGN_PROVIDER_PATH:
		return set_once(command, "provider-path", argument, &access->provider_path);
	case OPT_SIGN_PIN_FILE:
		return set_once(command, "pin-file", argument, &access->pin_file);
	default:
		return set_once(command, "pin-env", argument, &access->pin_env);
	}
}

int sign_options_finish(const char *command, struct sign_options *options)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (options->access.pin_file && options->access.pin_env)
		return diag_usage(command, "--pin-file and --pin-env");
	if (options->no_time && options->time_given)
		return diag_usage(command, "--signing-time and --no-signing-time");
	if (epoch && !options->no_time && !options->time_given)
		return parse_epoch(epoch, options);
	return 0;
}

void sign_options_free(struct sign_options *options)
{
	names_free(&options->access.providers);
	names_free(&options->chain);
}
