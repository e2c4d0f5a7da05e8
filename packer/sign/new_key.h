/* SPDX-License-Identifier: BSD-2-Clause */
/* New keys, and certificates that keys sign themselves. */
#ifndef PACKER_NEW_KEY_H
#define PACKER_NEW_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "io/diag.h"

/* The limit of a name (RFC 5280, ub-common-name): characters, not bytes */
#define NEW_KEY_NAME_MAX 64

struct new_key {
	EVP_PKEY *key;
	X509 *certificate;
};

/**
 * new_key_make() - make a key
 * @name: of its owner, UTF-8: the common name
 * @days: that the certificate is valid; firmware ignores it
 * @ret: RSA of 2048 bits, for new_key_free()
 * @why: what is wrong with the name, or OpenSSL
 *
 * returns: 0, or -1 on error
 */
int new_key_make(const char *name, long days, struct new_key *ret, struct why *why);

/**
 * new_key_certify() - make a certificate of a key that exists
 * @key: private, RSA; it may be on a token
 * @name: as of new_key_make()
 * @days: likewise
 * @ret: signed by @key, for X509_free()
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int new_key_certify(EVP_PKEY *key, const char *name, long days, X509 **ret, struct why *why);

/**
 * new_key_free() - forget it
 * @key: may be all zeros
 */
void new_key_free(struct new_key *key);

#endif
