/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_certificates FOLDER: certificates and a key, in every form of file. They are always the
 * same: the key is fixed, and Ed25519 uses no random numbers.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#define SECRET_SIZE 32

static const char *folder;
static EVP_PKEY *key;
static X509 *certificates[2];

static void check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_certificates: %s: failed\n", what);
	exit(1);
}

static EVP_PKEY *make_key(void)
{
	unsigned char secret[SECRET_SIZE];

	for (unsigned char i = 0; i < SECRET_SIZE; i++)
		secret[i] = i;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, SECRET_SIZE);
}

static X509 *make_certificate(long serial, const char *name)
{
	const time_t from = 1700000000, to = from + 86400;
	X509 *x = X509_new();
	X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;

	check(x && X509_set_version(x, X509_VERSION_3) &&
		      ASN1_INTEGER_set(X509_get_serialNumber(x), serial) &&
		      ASN1_TIME_set(X509_getm_notBefore(x), from) &&
		      ASN1_TIME_set(X509_getm_notAfter(x), to) &&
		      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
						 (const unsigned char *)name, -1, -1, 0) &&
		      X509_set_issuer_name(x, subject) && X509_set_pubkey(x, key) &&
		      X509_sign(x, key, NULL),
	      "certificate");
	return x;
}

static int write_pem(BIO *to)
{
	return PEM_write_bio_X509(to, certificates[0]) && PEM_write_bio_X509(to, certificates[1]);
}

static int write_trusted(BIO *to)
{
	return PEM_write_bio_X509_AUX(to, certificates[0]);
}

static int write_der(BIO *to)
{
	return i2d_X509_bio(to, certificates[0]);
}

static PKCS7 *make_bundle(void)
{
	PKCS7 *bundle = PKCS7_new();

	check(bundle && PKCS7_set_type(bundle, NID_pkcs7_signed) &&
		      PKCS7_content_new(bundle, NID_pkcs7_data) &&
		      PKCS7_add_certificate(bundle, certificates[0]) &&
		      PKCS7_add_certificate(bundle, certificates[1]),
	      "PKCS #7");
	return bundle;
}

static int write_bundle(BIO *to)
{
	return i2d_PKCS7_bio(to, make_bundle());
}

static int write_bundle_pem(BIO *to)
{
	return PEM_write_bio_PKCS7(to, make_bundle());
}

static int write_key(BIO *to)
{
	return PEM_write_bio_PKCS8PrivateKey(to, key, NULL, NULL, 0, NULL, NULL);
}

static int write_key_der(BIO *to)
{
	return i2d_PKCS8PrivateKey_bio(to, key, NULL, NULL, 0, NULL, NULL);
}

/* Without encryption and MAC, whose salts are random. */
static int write_pkcs12(BIO *to)
{
	return i2d_PKCS12_bio(to, PKCS12_create(NULL, "key", key, certificates[0], NULL, -1, -1, 0,
						-1, 0));
}

static const struct {
	const char *name;
	int (*write)(BIO *to);
} forms[] = {
	{ "two.pem", write_pem },	    { "trusted.pem", write_trusted },
	{ "one.der", write_der },	    { "bundle.p7b", write_bundle },
	{ "bundle.pem", write_bundle_pem }, { "key.pem", write_key },
	{ "key.der", write_key_der },	    { "both.p12", write_pkcs12 },
};

int main(int argc, char **argv)
{
	if (argc != 2)
		return 1;
	folder = argv[1];
	key = make_key();
	check(!!key, "key");
	certificates[0] = make_certificate(1, "one");
	certificates[1] = make_certificate(2, "two");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char path[4096];
		BIO *to;

		snprintf(path, sizeof(path), "%s/%s", folder, forms[i].name);
		to = BIO_new_file(path, "wb");
		check(to && forms[i].write(to) && BIO_free(to), path);
	}
	return 0;
}
