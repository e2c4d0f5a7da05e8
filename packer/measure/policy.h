/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies of a TPM that let a secret be used while PCR 11 has a value, and their signatures: a
 * secret is bound to the key, and the key signs the values of new images.
 */
#ifndef PACKER_POLICY_H
#define PACKER_POLICY_H

#include "io/blob.h"
#include "banks.h"

#define POLICY_DIGEST_SIZE 32u

/**
 * policy_digest() - compute the policy digest of TPM2_PolicyPCR() for PCR 11
 * @bank: of the PCR
 * @value: of it
 * @ret: the digest, of SHA-256 for every bank; untouched on error
 * @why: OpenSSL does not provide SHA-256
 *
 * TCG, "TPM 2.0 Library", part 3, 23.7.
 *
 * returns: 0, or -1 on error
 */
int policy_digest(const struct bank *bank, const unsigned char *value,
		  unsigned char ret[POLICY_DIGEST_SIZE], struct why *why);

/**
 * policy_check_key() - check that TPMs verify signatures of a key
 * @key: public or private
 * @why: it is not RSA, or short
 *
 * returns: 0, or -1 on error
 */
int policy_check_key(const EVP_PKEY *key, struct why *why);

/**
 * policy_fingerprint() - get the name of a key in a list of signatures
 * @key: RSA
 * @ret: SHA-256 of its RSAPublicKey (RFC 8017, A.1.1), in DER; untouched on error
 * @why: its provider does not give the public half
 *
 * returns: 0, or -1 on error
 */
int policy_fingerprint(const EVP_PKEY *key, unsigned char ret[POLICY_DIGEST_SIZE], struct why *why);

/**
 * policy_sign() - sign a policy
 * @key: private, RSA
 * @digest: of the policy
 * @ref: of TPM2_PolicyAuthorize(), a text, which is hashed; NULL: none
 * @ret: PKCS #1 v1.5, with SHA-256, as TPM2_VerifySignature() wants it; for blob_free(); untouched
 *	on error
 * @why: the key cannot sign
 *
 * returns: 0, or -1 on error
 */
int policy_sign(EVP_PKEY *key, const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		struct blob *ret, struct why *why);

/**
 * policy_verify() - verify a signature of policy_sign()
 * @key: public or private
 * @digest: of the policy
 * @ref: likewise
 * @signature: to verify
 *
 * returns: true if it is right
 */
bool policy_verify(EVP_PKEY *key, const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		   struct bzb_span signature);

/**
 * policy_verify_by() - as policy_verify(), for a signature with another digest than SHA-256
 * @algorithm: of the digest
 */
bool policy_verify_by(EVP_PKEY *key, const struct bank *algorithm,
		      const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		      struct bzb_span signature);

/**
 * policy_read_key() - read a public key
 * @text: PEM, as in section .pcrpkey
 *
 * returns: for EVP_PKEY_free(); NULL if it is something else
 */
EVP_PKEY *policy_read_key(struct bzb_span text);

#endif
