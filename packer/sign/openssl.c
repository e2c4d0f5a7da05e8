/* SPDX-License-Identifier: BSD-2-Clause */
#include "openssl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <bzboot/bytes.h>

void openssl_start_for_digest(void)
{
	/* The only possible error is a lack of memory, which the digest then reports. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					  OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
					  OPENSSL_INIT_NO_ATEXIT,
				  NULL);
}

/* Messages of the layers above the one that failed, which say nothing of the cause. */
static bool is_vague(unsigned long error)
{
	static const int reasons[] = { ERR_R_NESTED_ASN1_ERROR, ERR_R_UNSUPPORTED,
				       ERR_R_INTERNAL_ERROR };

	if (ERR_SYSTEM_ERROR(error))
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(reasons); i++)
		if (ERR_GET_REASON(error) == reasons[i])
			return true;
	return false;
}

/* The error numbers of a provider have no common text, but their entry has one. */
static const char *reason_of(unsigned long error, const char *data, int flags)
{
	const char *reason;

	if (is_vague(error))
		return NULL;
	reason = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) :
					   ERR_reason_error_string(error);
	if (!reason && (flags & ERR_TXT_STRING) && *data)
		reason = data;
	return reason;
}

/* "Global default library context, Algorithm (RC2-40-CBC : 0), Properties ()" */
static void take_algorithm(unsigned long error, const char *data, char *to, size_t size)
{
	static const char before[] = "Algorithm (";
	const char *name = strstr(data, before);

	if (ERR_GET_LIB(error) != ERR_LIB_EVP || ERR_GET_REASON(error) != ERR_R_UNSUPPORTED ||
	    !name)
		return;
	name += sizeof(before) - 1;
	snprintf(to, size, "%.*s", (int)strcspn(name, " :)"), name);
}

struct openssl_errors openssl_take_errors(void)
{
	struct openssl_errors errors = { "", "" };
	const char *data, *reason;
	unsigned long error;
	int flags;

	while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
		reason = *errors.reason ? NULL : reason_of(error, data, flags);
		if (reason)
			snprintf(errors.reason, sizeof(errors.reason), "%s", reason);
		if (flags & ERR_TXT_STRING)
			take_algorithm(error, data, errors.missing, sizeof(errors.missing));
	}
	return errors;
}

int(explain_openssl)(struct why *why, const char *format, ...)
{
	struct openssl_errors errors = openssl_take_errors();
	char what[128];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return explain(why, "%s%s%s", what, *errors.reason ? ": " : "", errors.reason);
}
