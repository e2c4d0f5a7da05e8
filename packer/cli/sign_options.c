/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign_options.h"

#include <stdlib.h>
#include <string.h>

#include "sign/pe_image.h"

static const char *digest_word(size_t index)
{
	const struct digest *digest = digest_at(index);

	return digest ? digest->name : NULL;
}

const struct option_value value_digest = { .word = digest_word };
const struct option_value value_provider = { .words = "default legacy fips tpm2 pkcs11" };

int parse_digest(const char *command, const char *argument, void *to)
{
	const struct digest *digest = digest_by_name(argument);

	if (!digest)
		return option_refuse(command, "digest", argument, &value_digest);
	*(const struct digest **)to = digest;
	return 0;
}

static int parse_time(const char *text, struct sign_options *options, struct why *why)
{
	int64_t seconds = 0;

	/* strtoll() would also accept blanks and signs. */
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 12)
		return explain(why, "'%.100s' is not a number of seconds since 1970", text);
	for (; *text; text++)
		seconds = seconds * 10 + (*text - '0');
	if (seconds > SIGN_TIME_MAX)
		return explain(why, "is after the year 9999");
	options->time = seconds;
	options->time_given = true;
	return 0;
}

int parse_signing_time(const char *command, const char *argument, void *to)
{
	struct why why;

	return parse_time(argument, to, &why) ? diag_usage(command, "--signing-time %s", why.text) :
						0;
}

/* An error in the environment, not on the command line. */
static int parse_epoch(const char *text, struct sign_options *options)
{
	struct why why;

	if (!parse_time(text, options, &why))
		return 0;
	diag("SOURCE_DATE_EPOCH", &why);
	return EXIT_FAILURE;
}

int sign_options_check(const char *command, const struct sign_options *options)
{
	if (!options->key != !options->cert)
		return diag_usage(command, "--key and --cert must be given together");
	return 0;
}

int sign_options_finish(struct sign_options *options)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (epoch && !options->no_time && !options->time_given)
		return parse_epoch(epoch, options);
	return 0;
}

void sign_options_free(struct sign_options *options)
{
	names_free(&options->access.providers);
	names_free(&options->chain);
}
