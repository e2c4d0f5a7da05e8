/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL's errors, in our messages. */
#ifndef PACKER_OPENSSL_H
#define PACKER_OPENSSL_H

#include <stdbool.h>

#include "io/diag.h"

/**
 * openssl_start_for_digest() - start OpenSSL with what a digest needs
 *
 * Without openssl.cnf, which cannot change a digest, the texts of errors, and the work at the end
 * of the program: together a quarter of the instructions for the digest of a small file. It has no
 * effect after another use of OpenSSL, and must not precede the use of keys.
 */
void openssl_start_for_digest(void);

/* The contents of OpenSSL's queue of errors. Texts may be empty. */
struct openssl_errors {
	char reason[120]; /* the first one; the others follow from it */
	char missing[64]; /* an algorithm that no provider has, from any of the errors */
};

/**
 * openssl_take_errors() - empty OpenSSL's queue of errors
 *
 * returns: its contents
 */
struct openssl_errors openssl_take_errors(void);

/**
 * explain_openssl() - explain a failure of OpenSSL
 * @why: filled in, with OpenSSL's reason after a colon if it gave one
 * @format: as of printf
 *
 * OpenSSL's queue of errors is empty then.
 *
 * returns: -1, for "return explain_openssl(...)"
 */
int explain_openssl(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
#define explain_openssl(...) (explain_openssl(__VA_ARGS__), -1)
#endif

#endif
