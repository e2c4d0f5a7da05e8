/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "sign/keys.h"
#include "sign/openssl.h"

/* The least that TPMs and sign take */
#define RSA_BITS_MIN 2048

static int sha256(struct bzb_span bytes, unsigned char ret[POLICY_DIGEST_SIZE], struct why *why)
{
	struct digests digests;

	if (banks_hash(BANKS_SHA256, bytes, &digests, why))
		return -1;
	memcpy(ret, digests.bytes[BANK_SHA256], POLICY_DIGEST_SIZE);
	return 0;
}

/* What TPM2_PolicyPCR() hashes: an empty policy, TPM_CC_PolicyPCR, and TPML_PCR_SELECTION with one
 * bank and PCR 11; then the digest of the value. */
struct policy_pcr {
	unsigned char old[POLICY_DIGEST_SIZE];
	unsigned char command[4];
	unsigned char count[4];
	unsigned char algorithm[2];
	unsigned char select_size;
	unsigned char select[3];
	unsigned char value[POLICY_DIGEST_SIZE];
};
_Static_assert(sizeof(struct policy_pcr) == 78, "without padding");

int policy_digest(const struct bank *bank, const unsigned char *value,
		  unsigned char ret[POLICY_DIGEST_SIZE], struct why *why)
{
	struct policy_pcr policy = {
		.command = { 0, 0, 0x01, 0x7f },
		.count = { 0, 0, 0, 1 },
		.algorithm = { (unsigned char)(bank->algorithm >> 8),
			       (unsigned char)bank->algorithm },
		.select_size = sizeof(policy.select),
		.select = { 0, 1u << (11 - 8), 0 },
	};

	if (sha256((struct bzb_span){ value, bank->size }, policy.value, why))
		return -1;
	return sha256((struct bzb_span){ (const unsigned char *)&policy, sizeof(policy) }, ret,
		      why);
}

int policy_check_key(const EVP_PKEY *key, struct why *why)
{
	if (!EVP_PKEY_is_a(key, "RSA"))
		return explain(why, "is a key of type %s: only RSA signs policies of PCRs",
			       EVP_PKEY_get0_type_name(key));
	if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		return explain(why, "is an RSA key of %d bits, less than %d",
			       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
	return 0;
}

int policy_fingerprint(const EVP_PKEY *key, unsigned char ret[POLICY_DIGEST_SIZE], struct why *why)
{
	unsigned char *der = NULL;
	int size = i2d_PublicKey((EVP_PKEY *)(uintptr_t)key, &der), err;

	if (size <= 0)
		return explain_openssl(why, "does not give its public key: use --public-key");
	err = sha256((struct bzb_span){ der, (size_t)size }, ret, why);
	OPENSSL_free(der);
	return err;
}

/* The bytes to be signed: the digest, then that of the reference (part 3, 23.16) */
struct signed_bytes {
	unsigned char bytes[2 * POLICY_DIGEST_SIZE];
	size_t size;
};

static int make_signed(const unsigned char *digest, const char *ref, struct signed_bytes *ret,
		       struct why *why)
{
	memcpy(ret->bytes, digest, POLICY_DIGEST_SIZE);
	ret->size = POLICY_DIGEST_SIZE;
	if (!ref)
		return 0;
	ret->size += POLICY_DIGEST_SIZE;
	return sha256((struct bzb_span){ (const unsigned char *)ref, strlen(ref) },
		      ret->bytes + POLICY_DIGEST_SIZE, why);
}

/* returns: the bytes of the signature, or 0 */
static size_t sign(EVP_MD_CTX *context, EVP_PKEY *key, const char *query,
		   const struct signed_bytes *from, struct blob *to)
{
	EVP_PKEY_CTX *parameters;
	size_t size = to->size;

	if (EVP_DigestSignInit_ex(context, &parameters, "SHA256", NULL, query, key, NULL) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) != 1 ||
	    EVP_DigestSign(context, to->data, &size, from->bytes, from->size) != 1)
		return 0;
	return size;
}

int policy_sign(EVP_PKEY *key, const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		struct blob *ret, struct why *why)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct signed_bytes bytes;
	struct blob signature;
	char query[KEY_QUERY_SIZE];
	size_t size = 0;
	int err;

	if (!context)
		diag_no_memory(0);
	signature = blob_alloc((size_t)EVP_PKEY_get_size(key));
	err = make_signed(digest, ref, &bytes, why) || keys_query(key, query, why);
	if (!err)
		size = sign(context, key, query, &bytes, &signature);
	if (!err && !size)
		err = explain_openssl(why, "cannot sign");
	EVP_MD_CTX_free(context);
	if (err) {
		blob_free(&signature);
		return -1;
	}
	blob_resize(&signature, size);
	*ret = signature;
	return 0;
}

bool policy_verify_by(EVP_PKEY *key, const struct bank *algorithm,
		      const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		      struct bzb_span signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct signed_bytes bytes;
	struct why unused;
	bool good;

	if (!context)
		diag_no_memory(0);
	good = !make_signed(digest, ref, &bytes, &unused) &&
	       EVP_DigestVerifyInit_ex(context, NULL, algorithm->name, NULL, NULL, key, NULL) ==
		       1 &&
	       EVP_DigestVerify(context, signature.data, signature.size, bytes.bytes, bytes.size) ==
		       1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

bool policy_verify(EVP_PKEY *key, const unsigned char digest[POLICY_DIGEST_SIZE], const char *ref,
		   struct bzb_span signature)
{
	return policy_verify_by(key, bank_at(BANK_SHA256), digest, ref, signature);
}

EVP_PKEY *policy_read_key(struct bzb_span text)
{
	BIO *bio;
	EVP_PKEY *key;

	if (text.size > INT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(text.data, (int)text.size);
	if (!bio)
		diag_no_memory(0);
	key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}
