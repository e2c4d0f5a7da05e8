/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "openssl.h"
#include "pe_image.h"
#include "spc.h"

/* The least that firmware accepts (Microsoft, "UEFI Signing Requirements"). */
#define RSA_BITS_MIN 2048

struct signer {
	const struct sign_options *options;
	struct keys *keys;
	EVP_PKEY *key;		      /* NULL: elsewhere */
	STACK_OF(X509) *certificates; /* the signer's comes first */
	const struct digest *digest;
	int64_t time;
	bool has_time;
};

static X509 *own_certificate(const struct signer *signer)
{
	return sk_X509_value(signer->certificates, 0);
}

static EVP_PKEY *public_key(const struct signer *signer)
{
	return X509_get0_pubkey(own_certificate(signer));
}

static bool issued_another(const STACK_OF(X509) *certificates, int index)
{
	X509 *certificate = sk_X509_value(certificates, index);

	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (i != index &&
		    X509_check_issued(certificate, sk_X509_value(certificates, i)) == X509_V_OK)
			return true;
	return false;
}

/*
 * The signer's certificate, which may be anywhere in a bundle. It is the one for the key. If the
 * key is elsewhere, it is the first certificate that did not issue any of the others.
 *
 * returns: its index, or -1
 */
static int find_own_certificate(const struct signer *signer)
{
	const STACK_OF(X509) *certificates = signer->certificates;
	int undecided = -1;

	for (int i = 0; i < sk_X509_num(certificates); i++) {
		int own = signer->key ? keys_match(sk_X509_value(certificates, i), signer->key) :
					!issued_another(certificates, i);

		if (own > 0)
			return i;
		if (own < 0 && undecided < 0)
			undecided = i;
	}
	return undecided;
}

static int choose_own_certificate(struct signer *signer, const struct sign_options *options,
				  struct why *why)
{
	int index = find_own_certificate(signer);

	if (index < 0 && !signer->key)
		index = 0;
	if (index < 0 && sk_X509_num(signer->certificates) > 1)
		return explain(why, "is not the key of a certificate in %.200s", options->cert);
	if (index < 0)
		return explain(why, "is not the key of %.200s", options->cert);
	if (!sk_X509_unshift(signer->certificates, sk_X509_delete(signer->certificates, index)))
		diag_no_memory(sizeof(void *));
	return 0;
}

static int check_own_certificate(const struct signer *signer, struct why *why)
{
	EVP_PKEY *key = public_key(signer);

	if (!key)
		return explain_openssl(why, "has a public key that OpenSSL cannot read");
	if (EVP_PKEY_is_a(key, "EC"))
		return 0;
	if (!EVP_PKEY_is_a(key, "RSA"))
		return explain(why, "has a key of type %s: only RSA and ECDSA sign images",
			       EVP_PKEY_get0_type_name(key));
	if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		return explain(why, "has an RSA key of %d bits, less than %d",
			       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
	return 0;
}

/* --chain and --cert may have the same ones. */
static void drop_duplicates(STACK_OF(X509) *certificates)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		for (int j = sk_X509_num(certificates) - 1; j > i; j--)
			if (!X509_cmp(sk_X509_value(certificates, i),
				      sk_X509_value(certificates, j)))
				X509_free(sk_X509_delete(certificates, j));
}

static int load_chain(struct signer *signer, const struct names *chain, const char **ret_culprit,
		      struct why *why)
{
	for (size_t i = 0; i < chain->count; i++) {
		*ret_culprit = chain->names[i];
		if (keys_load_certificates(signer->keys, chain->names[i], signer->certificates,
					   why))
			return -1;
	}
	drop_duplicates(signer->certificates);
	return 0;
}

static int load_key_and_certificate(struct signer *signer, const struct sign_options *options,
				    const char **ret_culprit, struct why *why)
{
	signer->certificates = sk_X509_new_null();
	if (!signer->certificates)
		diag_no_memory(0);
	*ret_culprit = options->cert;
	if (keys_load_certificates(signer->keys, options->cert, signer->certificates, why))
		return -1;
	*ret_culprit = options->key;
	if ((options->key && keys_load_private(signer->keys, options->key, &signer->key, why)) ||
	    choose_own_certificate(signer, options, why))
		return -1;
	*ret_culprit = options->cert;
	return check_own_certificate(signer, why);
}

static int open_signer(struct signer *signer, const struct sign_options *options,
		       const char **ret_culprit, struct why *why)
{
	signer->options = options;
	signer->digest = options->digest ? options->digest : digest_by_name("sha256");
	signer->has_time = !options->no_time;
	signer->time = options->time_given ? options->time : (int64_t)time(NULL);
	if (keys_open(&options->access, &signer->keys, ret_culprit, why) ||
	    load_key_and_certificate(signer, options, ret_culprit, why))
		return -1;
	return load_chain(signer, &options->chain, ret_culprit, why);
}

bool signer_doubt(const struct signer *signer, struct why *why)
{
	if (!EVP_PKEY_is_a(public_key(signer), "EC"))
		return false;
	explain(why, "warning: firmware does not accept ECDSA signatures, only RSA");
	return true;
}

int signer_open(const struct sign_options *options, struct signer **ret, const char **ret_culprit,
		struct why *why)
{
	struct signer *signer = calloc(1, sizeof(*signer));

	if (!signer)
		diag_no_memory(sizeof(*signer));
	if (open_signer(signer, options, ret_culprit, why)) {
		signer_close(signer);
		return -1;
	}
	*ret = signer;
	return 0;
}

void signer_close(struct signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	sk_X509_pop_free(signer->certificates, X509_free);
	keys_close(signer->keys);
	free(signer);
}

/* A signature in the making. */
struct draft {
	ASN1_STRING *content; /* DER of SpcIndirectDataContent */
	PKCS7 *pkcs7;
	PKCS7_SIGNER_INFO *info; /* in @pkcs7 */
};

static void free_draft(struct draft *draft)
{
	ASN1_STRING_free(draft->content);
	PKCS7_free(draft->pkcs7);
}

/* UTCTime up to 2049, GeneralizedTime from then on: RFC 5652, 11.3. */
static int add_time(PKCS7_SIGNER_INFO *info, int64_t seconds)
{
	ASN1_TIME *time;

	if (seconds < 0 || seconds > SIGN_TIME_MAX)
		return -1;
	time = ASN1_TIME_set(NULL, (time_t)seconds);
	if (!time)
		return -1;
	if (!PKCS7_add_signed_attribute(info, NID_pkcs9_signingTime, ASN1_STRING_type(time),
					time)) {
		ASN1_TIME_free(time);
		return -1;
	}
	return 0;
}

static int add_attributes(const struct draft *draft, const struct signer *signer)
{
	const EVP_MD *md = EVP_get_digestbynid(signer->digest->nid);
	struct digest_value value;
	struct bzb_span bytes;

	if (spc_signed_bytes(draft->content, &bytes) ||
	    !EVP_Digest(bytes.data, bytes.size, value.bytes, &value.size, md, NULL) ||
	    !PKCS7_add_signed_attribute(draft->info, NID_pkcs9_contentType, V_ASN1_OBJECT,
					spc_content_type()) ||
	    !PKCS7_add1_attrib_digest(draft->info, value.bytes, (int)value.size))
		return -1;
	return signer->has_time ? add_time(draft->info, signer->time) : 0;
}

/* PKCS #7 has the SEQUENCE itself as content, where CMS would wrap it in an OCTET STRING. */
static int add_content(const struct draft *draft)
{
	PKCS7 *inside = PKCS7_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_STRING *content = ASN1_STRING_dup(draft->content);

	if (!inside || !value || !content)
		diag_no_memory(0);
	ASN1_TYPE_set(value, V_ASN1_SEQUENCE, content);
	ASN1_OBJECT_free(inside->type);
	inside->type = spc_content_type();
	inside->d.other = value;
	if (PKCS7_set_content(draft->pkcs7, inside))
		return 0;
	PKCS7_free(inside);
	return -1;
}

static int add_certificates(const struct draft *draft, const struct signer *signer)
{
	for (int i = 0; i < sk_X509_num(signer->certificates); i++)
		if (!PKCS7_add_certificate(draft->pkcs7, sk_X509_value(signer->certificates, i)))
			return -1;
	return 0;
}

static int add_signer(struct draft *draft, const struct signer *signer, struct why *why)
{
	EVP_PKEY *key = signer->key ? signer->key : public_key(signer);
	const EVP_MD *md = EVP_get_digestbynid(signer->digest->nid);

	/* Without a digest, OpenSSL uses the default digest of the key. */
	if (md)
		draft->info = PKCS7_add_signature(draft->pkcs7, own_certificate(signer), key, md);
	/* For a key of a provider, its type has only a name. */
	if (!draft->info)
		return explain_openssl(why, "cannot sign with a key of type %s",
				       EVP_PKEY_get0_type_name(key));
	return 0;
}

/* An empty one, whose signing asks the provider of the key first. */
static PKCS7 *new_pkcs7(const EVP_PKEY *key, struct why *why)
{
	char query[KEY_QUERY_SIZE];
	PKCS7 *pkcs7;

	if (key && keys_query(key, query, why))
		return NULL;
	pkcs7 = PKCS7_new_ex(NULL, key ? query : NULL);
	if (!pkcs7)
		diag_no_memory(0);
	return pkcs7;
}

/* A PKCS #7 that is complete except for the signature value. */
static int start_draft(struct bzb_span file, const struct signer *signer, struct draft *ret,
		       struct why *why)
{
	struct draft draft = { 0 };
	struct bzb_authenticode image;
	struct digest_value value;

	if (pe_image_parse(file, &image, why) ||
	    pe_image_digest(&image, signer->digest, &value, why))
		return -1;
	draft.content = spc_encode(signer->digest, &value);
	draft.pkcs7 = new_pkcs7(signer->key, why);
	if (!draft.pkcs7) {
		free_draft(&draft);
		return -1;
	}
	if (!PKCS7_set_type(draft.pkcs7, NID_pkcs7_signed))
		explain_openssl(why, "cannot sign");
	else if (!add_signer(&draft, signer, why)) {
		if (!add_attributes(&draft, signer) && !add_certificates(&draft, signer) &&
		    !add_content(&draft)) {
			*ret = draft;
			return 0;
		}
		explain_openssl(why, "cannot sign");
	}
	free_draft(&draft);
	return -1;
}

/* Inside the signature the attributes have another tag; the digest is that of a SET OF (RFC 2315,
 * 9.3). */
static int encode_attributes(const struct draft *draft, struct blob *ret, struct why *why)
{
	unsigned char *der = NULL;
	int size = ASN1_item_i2d((void *)draft->info->auth_attr, &der,
				 ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));

	if (size <= 0)
		return explain_openssl(why, "cannot sign");
	*ret = blob_alloc((size_t)size);
	memcpy(ret->data, der, (size_t)size);
	OPENSSL_free(der);
	return 0;
}

/* Every signature is verified, because tokens fail and keys get mixed up. */
static int check_signature(const struct draft *draft, const struct signer *signer, struct why *why)
{
	const ASN1_OCTET_STRING *signature = draft->info->enc_digest;
	EVP_MD_CTX *state = EVP_MD_CTX_new();
	struct blob attributes;
	int good;

	if (!state)
		diag_no_memory(0);
	if (encode_attributes(draft, &attributes, why)) {
		EVP_MD_CTX_free(state);
		return -1;
	}
	good = EVP_DigestVerifyInit_ex(state, NULL, signer->digest->name, NULL, NULL,
				       public_key(signer), NULL) == 1 &&
	       EVP_DigestVerify(state, ASN1_STRING_get0_data(signature),
				(size_t)ASN1_STRING_length(signature), attributes.data,
				attributes.size) == 1;
	blob_free(&attributes);
	EVP_MD_CTX_free(state);
	ERR_clear_error();
	return good ? 0 :
		      explain(why, "cannot sign: the signature is not by the key of the "
				   "certificate, or not of these attributes");
}

static int finish_draft(const struct draft *draft, struct blob *image, struct why *why)
{
	unsigned char *der = NULL;
	int size = i2d_PKCS7(draft->pkcs7, &der), err;

	if (size <= 0)
		return explain_openssl(why, "cannot sign");
	err = pe_image_add_certificate(image, (struct bzb_span){ der, (size_t)size }, why);
	OPENSSL_free(der);
	return err;
}

int sign_bytes(struct blob *image, const struct signer *signer, struct why *why)
{
	struct draft draft;
	int err;

	if (start_draft(blob_span(image), signer, &draft, why))
		return -1;
	if (!PKCS7_SIGNER_INFO_sign(draft.info))
		err = explain_openssl(why, "cannot sign with the key %.80s", signer->options->key);
	else
		err = check_signature(&draft, signer, why) || finish_draft(&draft, image, why);
	free_draft(&draft);
	return err ? -1 : 0;
}

int sign_prepare(struct bzb_span image, const struct signer *signer, struct blob *ret,
		 struct why *why)
{
	struct draft draft;
	int err;

	if (start_draft(image, signer, &draft, why))
		return -1;
	err = encode_attributes(&draft, ret, why);
	free_draft(&draft);
	return err;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : -1;
}

/* The time is the only attribute that does not follow from the image and the digest. */
static int read_time(struct bzb_span prepared, struct signer *signer, struct why *why)
{
	const unsigned char *at = prepared.data;
	STACK_OF(X509_ATTRIBUTE) *attributes =
		(void *)ASN1_item_d2i(NULL, &at, (long)prepared.size,
				      ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
	int i;

	ERR_clear_error();
	if (!attributes)
		return explain(why, "cannot sign: the prepared file does not hold attributes");
	signer->has_time = false;
	signer->time = 0;
	for (i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
		X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);
		const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);

		if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_pkcs9_signingTime ||
		    !value ||
		    (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
			continue;
		signer->has_time = true;
		signer->time = seconds_of(value->value.asn1_string);
	}
	sk_X509_ATTRIBUTE_pop_free(attributes, X509_ATTRIBUTE_free);
	return signer->time < 0 ? explain(why, "cannot sign: the prepared file has "
					       "an invalid time") :
				  0;
}

static int check_prepared(const struct draft *draft, struct bzb_span prepared, struct why *why)
{
	struct blob attributes;
	bool same;

	if (encode_attributes(draft, &attributes, why))
		return -1;
	same = bytes_are_same(blob_span(&attributes), prepared);
	blob_free(&attributes);
	return same ? 0 :
		      explain(why, "cannot sign: the prepared file is for another image "
				   "or another digest");
}

int sign_attach(struct blob *image, const struct signer *signer, struct bzb_span prepared,
		struct bzb_span signature, struct why *why)
{
	struct signer with_time = *signer;
	struct draft draft;
	int err;

	if (read_time(prepared, &with_time, why) ||
	    start_draft(blob_span(image), &with_time, &draft, why))
		return -1;
	if (!ASN1_OCTET_STRING_set(draft.info->enc_digest, signature.data, (int)signature.size))
		diag_no_memory(signature.size);
	err = check_prepared(&draft, prepared, why) || check_signature(&draft, signer, why) ||
	      finish_draft(&draft, image, why);
	free_draft(&draft);
	return err ? -1 : 0;
}
