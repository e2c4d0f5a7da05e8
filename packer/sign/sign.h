/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signing PE images for Secure Boot: Authenticode, PKCS #7 by OpenSSL.
 *
 *	struct sign_options options = { .key = "db.key", .cert = "db.pem" };
 *
 *	if (signer_open(&options, &signer, &culprit, &why))
 *		... diag(culprit, &why)
 *	if (sign_bytes(&image, signer, &why))
 *		... diag(output, &why)
 *	signer_close(signer);
 */
#ifndef PACKER_SIGN_H
#define PACKER_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "io/blob.h"
#include "keys.h"

/* The last second that an ASN.1 time can name: 9999-12-31 23:59:59. */
#define SIGN_TIME_MAX INT64_C(253402300799)

struct sign_options {
	struct key_access access;
	const char *key;	     /* file or URI; NULL: the key is on another machine */
	const char *cert;	     /* file or URI; of several, the one for the key is the
					signer's; all are included */
	struct names chain;	     /* files or URIs of more certificates to include */
	const struct digest *digest; /* NULL for SHA-256 */
	bool no_time;		     /* leave out the signing time */
	bool time_given;	     /* the signing time is @time; otherwise, now */
	int64_t time;		     /* seconds since 1970 */
};

struct signer;

/**
 * signer_open() - load key and certificates
 * @options: must stay as long as the result is used
 * @ret: for signer_close(); untouched on error
 * @ret_culprit: what is at fault, for diag(), on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int signer_open(const struct sign_options *options, struct signer **ret, const char **ret_culprit,
		struct why *why);

/**
 * signer_doubt() - a limit of the signatures of a signer
 * @signer: opened
 * @why: "warning: ...", about the certificate
 *
 * returns: false if there is nothing
 */
bool signer_doubt(const struct signer *signer, struct why *why);

/**
 * signer_close() - forget the key
 * @signer: NULL is allowed
 */
void signer_close(struct signer *signer);

/**
 * sign_bytes() - sign an image
 * @image: a PE image, which may be signed already; grows; unchanged on error
 * @signer: with a key
 * @why: what is wrong with the image, the key or the certificate
 *
 * The signature has been verified with the certificate.
 *
 * returns: 0, or -1 on error
 */
int sign_bytes(struct blob *image, const struct signer *signer, struct why *why);

/**
 * sign_prepare() - make the bytes to sign elsewhere
 * @image: a PE image
 * @signer: does not need a key
 * @ret: the attributes, a DER SET OF; their digest is what a key signs (RFC 2315, 9.3)
 * @why: what is wrong with the image
 *
 * returns: 0, or -1 on error
 */
int sign_prepare(struct bzb_span image, const struct signer *signer, struct blob *ret,
		 struct why *why);

/**
 * sign_attach() - add a signature that was made elsewhere to an image
 * @image: the image that sign_prepare() had; grows; unchanged on error
 * @signer: as for sign_prepare(), but for the time, which is in @prepared
 * @prepared: what sign_prepare() gave
 * @signature: of @prepared, raw: PKCS #1 v1.5 for RSA, a DER SEQUENCE for ECDSA
 * @why: @prepared is not for this image, or @signature not of this certificate's key
 *
 * returns: 0, or -1 on error
 */
int sign_attach(struct blob *image, const struct signer *signer, struct bzb_span prepared,
		struct bzb_span signature, struct why *why);

#endif
