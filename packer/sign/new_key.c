/* SPDX-License-Identifier: BSD-2-Clause */
#include "new_key.h"

#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "keys.h"
#include "openssl.h"

/* All firmware takes it; some refuses longer keys. */
#define BITS 2048

/* As of `openssl req -x509`: the key may also issue certificates. */
static const struct {
	int nid;
	const char *value;
} extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_basic_constraints, "critical,CA:TRUE" },
};

/* 20 bytes, positive, as RFC 5280 (4.1.2.2) allows */
static bool set_serial(X509 *certificate)
{
	unsigned char bytes[20];
	BIGNUM *number;
	bool good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return good;
}

static bool add_extensions(X509 *certificate)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
		X509_EXTENSION *extension =
			X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);
		const bool good = extension && X509_add_ext(certificate, extension, -1);

		X509_EXTENSION_free(extension);
		if (!good)
			return false;
	}
	return true;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *name, long days)
{
	X509_NAME *subject = X509_get_subject_name(certificate);

	return X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), (int)days, 0, NULL) &&
	       X509_set_pubkey(certificate, key) &&
	       X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)name, -1, -1, 0) &&
	       X509_set_issuer_name(certificate, subject) && add_extensions(certificate) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

int new_key_certify(EVP_PKEY *key, const char *name, long days, X509 **ret, struct why *why)
{
	char query[KEY_QUERY_SIZE];
	X509 *certificate;

	if (keys_query(key, query, why))
		return -1;
	certificate = X509_new_ex(NULL, query);
	if (!certificate || !fill(certificate, key, name, days)) {
		X509_free(certificate);
		return explain_openssl(why, "cannot make a certificate of the key");
	}
	*ret = certificate;
	return 0;
}

int new_key_make(const char *name, long days, struct new_key *ret, struct why *why)
{
	struct new_key key = { .key = EVP_RSA_gen(BITS) };

	if (!key.key)
		return explain_openssl(why, "cannot make a key");
	if (new_key_certify(key.key, name, days, &key.certificate, why)) {
		new_key_free(&key);
		return -1;
	}
	*ret = key;
	return 0;
}

void new_key_free(struct new_key *key)
{
	EVP_PKEY_free(key->key);
	X509_free(key->certificate);
	*key = (struct new_key){ 0 };
}
