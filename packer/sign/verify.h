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

/* The first fault of a signature. */
enum signature_fault {
	SIGNATURE_GOOD,
	SIGNATURE_REVISION,  /* the entry is not of revision 2.0 */
	SIGNATURE_TYPE,	     /* the entry is not PKCS #7 */
	SIGNATURE_BROKEN,    /* not the PKCS #7 of an image, or without its signer */
	SIGNATURE_ALGORITHM, /* a digest that is not one of ours */
	SIGNATURE_OTHER,     /* of another image */
	SIGNATURE_FORGED,    /* not by the key of the signer's certificate */
};

/* The report on one signature. Facts that were not found are NULL, 0 or empty. */
struct signature {
	PKCS7 *pkcs7;
	const PKCS7_SIGNER_INFO *info; /* in @pkcs7 */
	int algorithm;		       /* of the image's digest: OpenSSL's number */
	const struct digest *digest;
	struct digest_value value; /* of the image, as was signed */
	X509 *signer;		   /* in @pkcs7 */
	STACK_OF(X509) *chain;	   /* the signer, its issuer, and so on */
	const ASN1_TIME *time;	   /* in @pkcs7 */
	enum signature_fault fault;
	struct why why; /* of @fault */
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
 * signature_is_trusted() - whether a signature is trusted by other certificates
 * @signature: verified
 * @trust: the trusted certificates
 *
 * returns: as verify_signature() would set @signature->trusted
 */
bool signature_is_trusted(const struct signature *signature, const struct trust *trust);

/* Each signature takes time for its certificates. Real images have up to three. */
#define SIGNATURES_MAX 64u

/* The entries of a table of certificates */
struct signatures {
	struct signature_entry {
		struct bzb_certificate certificate;
		struct signature signature;
	} *entries;
	size_t count;
	bool complete;	/* these are all of them */
	size_t end;	/* in the file: of the last entry, or the first that cannot be read */
	struct why why; /* it cannot be read; if not @complete */
};

/**
 * signatures_read() - read and verify all signatures
 * @image: parsed
 * @trust: the trusted certificates
 * @ret: for signatures_free(); refers to the file of @image
 *
 * More than SIGNATURES_MAX are not read.
 */
void signatures_read(const struct bzb_authenticode *image, const struct trust *trust,
		     struct signatures *ret);

/**
 * signatures_free() - give the memory back
 * @signatures: of signatures_read()
 */
void signatures_free(struct signatures *signatures);

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
