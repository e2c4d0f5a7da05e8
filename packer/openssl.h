/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL's errors, in our messages. */
#ifndef PACKER_OPENSSL_H
#define PACKER_OPENSSL_H

#include "diag.h"

/**
 * explain_openssl() - say why something failed that OpenSSL was to do
 * @why: filled in, with OpenSSL's reason behind a colon if it gave one
 * @format: as of printf
 *
 * OpenSSL's queue of errors is empty then.
 *
 * returns: -1, for "return explain_openssl(...)"
 */
int explain_openssl(struct why *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
#define explain_openssl(...) (explain_openssl(__VA_ARGS__), -1)
#endif

#endif
