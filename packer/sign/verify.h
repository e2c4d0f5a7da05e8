/* SPDX-License-Identifier: BSD-2-Clause */
/* Verifying the signatures of a PE image, as firmware would. */
#ifndef PACKER_VERIFY_H
#define PACKER_VERIFY_H

#include <stdbool.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "pe_image.h"

/* The trusted certificates. */
struct trust {
	STACK_OF(X509) *signers;     /* trusted as signers */
	STACK_OF(X509) *authorities; /* trusted as issuers */
};

/* The report on one signature. Facts that were not found are NULL, 0 or empty. */
struct signature {
	PKCS7 *pkcs7;
	const struct digest *digest;
	struct digest_value value; /* of the image, as was signed */
	X509 *signer;		   /* in @pkcs7 */
	STACK_OF(X509) *chain;	   /* the signer, its issuer, and so on */
	const ASN1_TIME *time;	   /* in @pkcs7 */
	struct why fault;	   /* what is wrong with it; empty: it is good */
	bool trusted;
};

/* An image with its digests, which several signatures may sign. */
struct verified {
	const struct bzb_authenticode *image;
	struct digest_values digests; /* all zero at first */
};

/**
 * verify_signature() - read a signature, and verify it
 * @image: parsed; gets the digest that the signature signs
 * @certificate: an entry of its table
 * @trust: the trusted certificates
 * @ret: for signature_free()
 *
 * A signature is good if it signs the image's digest with the key of the signer's certificate. A
 * good signature is trusted if its signer is one of @trust->signers, or has a chain to one of
 * @trust->authorities. As in firmware, the dates of certificates are ignored.
 */
void verify_signature(struct verified *image, const struct bzb_certificate *certificate,
		      const struct trust *trust, struct signature *ret);

/**
 * signature_is_by() - whether a signature names one of some signers, without verifying it
 * @certificate: an entry of the table of an image
 * @certificates: of signers
 *
 * returns: true if it names one of @certificates as its signer's
 */
bool signature_is_by(const struct bzb_certificate *certificate, const STACK_OF(X509) *certificates);

/**
 * signature_free() - give the memory back
 * @signature: of verify_signature()
 */
void signature_free(struct signature *signature);

#endif
