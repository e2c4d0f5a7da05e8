/* SPDX-License-Identifier: BSD-2-Clause */
#include "openssl.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

/* What layers above the one that failed say of it: true of everything. */
static bool is_vague(unsigned long error)
{
	static const int reasons[] = { ERR_R_NESTED_ASN1_ERROR, ERR_R_UNSUPPORTED,
				       ERR_R_INTERNAL_ERROR };

	if (ERR_SYSTEM_ERROR(error))
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (ERR_GET_REASON(error) == reasons[i])
			return true;
	return false;
}

/* A provider's errors have numbers that only it knows, but a text beside them. */
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

/* The first reason in the queue; the others follow from it. */
static bool take_reason(char *to, size_t size)
{
	const char *data, *reason;
	bool found = false;
	unsigned long error;
	int flags;

	while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
		reason = found ? NULL : reason_of(error, data, flags);
		if (reason) {
			snprintf(to, size, "%s", reason);
			found = true;
		}
	}
	return found;
}

int (explain_openssl)(struct why *why, const char *format, ...)
{
	char what[128], reason[120];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (!take_reason(reason, sizeof(reason)))
		return explain(why, "%s", what);
	return explain(why, "%s: %s", what, reason);
}
