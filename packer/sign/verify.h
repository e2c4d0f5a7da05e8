/* SPDX-License-Identifier: BSD-2-Clause */
/* Verifying the signatures of a PE image, as firmware would. */
#ifndef PACKER_VERIFY_H
#define PACKER_VERIFY_H

#include <stdbool.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "pe_image.h"

/* Whom to trust. */
struct trust {
	STACK_OF(X509) *signers;	/* these themselves */
	STACK_OF(X509) *authorities;	/* those that they signed for */
};

/* The report on one signature. Facts that were not found are NULL, 0 or empty. */
struct signature {
	PKCS7 *pkcs7;
	const struct digest *digest;
	struct digest_value value;	/* of the image, as was signed */
	X509 *signer;			/* in @pkcs7 */
	STACK_OF(X509) *chain;		/* the signer, who signed for it, and so on */
	const ASN1_TIME *time;		/* in @pkcs7 */
	struct why fault;		/* what is wrong with it; empty: it is good */
	bool trusted;
};

/**
 * verify_signature() - read a signature, and verify it
 * @image: parsed
 * @certificate: an entry of its table
 * @trust: who is trusted
 * @ret: for signature_free()
 *
 * Good is a signature of the image's digest by the key of the signer's certificate. Trusted it is
 * if it is good and by one of @trust->signers, or if there is a chain from its signer to one of
 * @trust->authorities. Like firmware this does not ask what time it is: certificates do not expire.
 */
void verify_signature(const struct bzb_authenticode *image,
		      const struct bzb_certificate *certificate, const struct trust *trust,
		      struct signature *ret);

/**
 * signature_is_by() - find out who made a signature, without verifying it
 * @certificate: an entry of the table of an image
 * @certificates: of signers
 *
 * returns: true if it names one of @certificates as its signer's
 */
bool signature_is_by(const struct bzb_certificate *certificate,
		     const STACK_OF(X509) *certificates);

/**
 * signature_free() - give the memory back
 * @signature: of verify_signature()
 */
void signature_free(struct signature *signature);

#endif
