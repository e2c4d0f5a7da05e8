/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "io/alloc.h"
#include "openssl.h"
#include "spc.h"

/* Longer than any real chain; a limit, because certificates may sign each other in a circle. */
#define CHAIN_MAX 16

/* A signature while it is verified */
struct verifying {
	struct verified *image;
	const struct bzb_certificate *certificate;
	struct signature *signature;
};

static int check_revision(struct verifying *v, struct why *why)
{
	if (v->certificate->revision == BZB_CERTIFICATE_REVISION_2)
		return 0;
	return explain(why, "is of revision 0x%x, not 0x%x", v->certificate->revision,
		       BZB_CERTIFICATE_REVISION_2);
}

static int check_type(struct verifying *v, struct why *why)
{
	if (v->certificate->type == BZB_CERTIFICATE_PKCS_SIGNED_DATA)
		return 0;
	return explain(why, "is of type 0x%x, not 0x%x (PKCS #7)", v->certificate->type,
		       BZB_CERTIFICATE_PKCS_SIGNED_DATA);
}

/* Some signers count the padding of the entry into its length. */
static bool is_padding(struct bzb_span bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i])
			return false;
	return bytes.size < BZB_CERTIFICATE_ALIGN;
}

static int parse_pkcs7(struct bzb_span content, struct signature *signature, struct why *why)
{
	const unsigned char *at = content.data;

	signature->pkcs7 = d2i_PKCS7(NULL, &at, (long)content.size);
	if (!signature->pkcs7)
		return explain_openssl(why, "is not PKCS #7");
	if (!PKCS7_type_is_signed(signature->pkcs7) || !signature->pkcs7->d.sign ||
	    !signature->pkcs7->d.sign->contents)
		return explain(why, "is PKCS #7, but not signed data");
	if (!is_padding((struct bzb_span){ at, content.size - (size_t)(at - content.data) }))
		return explain(why, "has data after its PKCS #7");
	return 0;
}

/* Authenticode requires exactly one signer. */
static PKCS7_SIGNER_INFO *signer_info(const struct signature *signature)
{
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(signature->pkcs7);

	return sk_PKCS7_SIGNER_INFO_num(infos) == 1 ? sk_PKCS7_SIGNER_INFO_value(infos, 0) : NULL;
}

static X509 *find_issuer(const STACK_OF(X509) *certificates, X509 *of)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (X509_check_issued(sk_X509_value(certificates, i), of) == X509_V_OK)
			return sk_X509_value(certificates, i);
	return NULL;
}

/* The chain by the names in the certificates of the signature; their signatures are not verified
 * yet. */
static void build_chain(struct signature *signature)
{
	const STACK_OF(X509) *certificates = signature->pkcs7->d.sign->cert;
	X509 *last = NULL, *next = signature->signer;

	signature->chain = sk_X509_new_null();
	while (next && next != last && sk_X509_num(signature->chain) < CHAIN_MAX) {
		if (!sk_X509_push(signature->chain, next))
			diag_no_memory(0);
		last = next;
		next = find_issuer(certificates, last);
	}
}

static int parse_content(struct verifying *v, struct why *why)
{
	return parse_pkcs7(v->certificate->content, v->signature, why);
}

static int read_digest(struct verifying *v, struct why *why)
{
	struct signature *signature = v->signature;

	return spc_decode(signature->pkcs7, &signature->algorithm, &signature->value, why);
}

static int check_image_digest(struct verifying *v, struct why *why)
{
	int nid = v->signature->algorithm;

	v->signature->digest = digest_by_nid(nid);
	if (v->signature->digest)
		return 0;
	return explain(why, "signs a digest that bzboot does not accept (%s)",
		       nid == NID_undef ? "unknown" : OBJ_nid2sn(nid));
}

static int find_info(struct verifying *v, struct why *why)
{
	struct signature *signature = v->signature;
	PKCS7_SIGNER_INFO *info = signer_info(signature);
	const ASN1_TYPE *time;

	if (!info)
		return explain(why, "has %d signers, not one",
			       sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(signature->pkcs7)));
	signature->info = info;
	time = PKCS7_get_signed_attribute(info, NID_pkcs9_signingTime);
	if (time && (time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME))
		signature->time = time->value.asn1_string;
	return 0;
}

static int check_signed_digest(struct verifying *v, struct why *why)
{
	int nid = OBJ_obj2nid(v->signature->info->digest_alg->algorithm);

	if (digest_by_nid(nid))
		return 0;
	return explain(why, "uses a digest that bzboot does not accept (%s)", OBJ_nid2sn(nid));
}

static int find_signer(struct verifying *v, struct why *why)
{
	struct signature *signature = v->signature;
	const PKCS7_ISSUER_AND_SERIAL *name = signature->info->issuer_and_serial;

	signature->signer = X509_find_by_issuer_and_serial(signature->pkcs7->d.sign->cert,
							   name->issuer, name->serial);
	if (!signature->signer)
		return explain(why, "does not contain the certificate of its signer");
	build_chain(signature);
	return 0;
}

static int check_digest(struct verifying *v, struct why *why)
{
	const struct signature *signature = v->signature;
	const struct digest_value *value;

	if (pe_image_digest_once(v->image->image, signature->digest, &v->image->digests, &value,
				 why))
		return -1;
	if (value->size != signature->value.size ||
	    memcmp(value->bytes, signature->value.bytes, value->size))
		return explain(why, "is of another image: the digest of this image is not the "
				    "signed one");
	return 0;
}

/*
 * Whether OpenSSL computes the digests that the signature lists, of which it may list more than it
 * uses. PKCS7_verify() of OpenSSL 3.0 leaks memory if it cannot.
 */
static bool has_known_digests(const PKCS7 *pkcs7)
{
	const STACK_OF(X509_ALGOR) *listed = pkcs7->d.sign->md_algs;
	EVP_MD *md = NULL;

	for (int i = 0; i < sk_X509_ALGOR_num(listed); i++) {
		const X509_ALGOR *algorithm = sk_X509_ALGOR_value(listed, i);

		md = EVP_MD_fetch(NULL, OBJ_nid2sn(OBJ_obj2nid(algorithm->algorithm)), NULL);
		EVP_MD_free(md);
		if (!md)
			return false;
	}
	return true;
}

/* The digest inside the signature, and the signature itself. */
static int check_signature(struct verifying *v, struct why *why)
{
	const struct signature *signature = v->signature;
	const ASN1_STRING *content = signature->pkcs7->d.sign->contents->d.other->value.sequence;
	struct bzb_span bytes;
	BIO *bio;
	int good;

	if (spc_signed_bytes(content, &bytes))
		return explain(why, "has content that is not DER");
	if (!has_known_digests(signature->pkcs7))
		return explain_openssl(why, "is not good: it lists an unknown digest");
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	if (!bio)
		diag_no_memory(0);
	/* The chain is verified later: it depends on the trusted certificates. */
	good = PKCS7_verify(signature->pkcs7, NULL, NULL, bio, NULL, PKCS7_NOVERIFY);
	BIO_free(bio);
	return good == 1 ? 0 : explain_openssl(why, "is not good");
}

static bool is_among(const STACK_OF(X509) *certificates, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (!X509_cmp(sk_X509_value(certificates, i), certificate))
			return true;
	return false;
}

/* As in db, any certificate is an anchor, self-signed or not. */
static bool has_chain(const struct signature *signature, const STACK_OF(X509) *authorities)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *state = X509_STORE_CTX_new();
	bool good = true;

	if (!store || !state)
		diag_no_memory(0);
	for (int i = 0; i < sk_X509_num(authorities) && good; i++)
		good = X509_STORE_add_cert(store, sk_X509_value(authorities, i));
	good = good &&
	       X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) &&
	       X509_STORE_CTX_init(state, store, signature->signer,
				   signature->pkcs7->d.sign->cert) &&
	       X509_verify_cert(state) == 1;
	X509_STORE_CTX_free(state);
	X509_STORE_free(store);
	ERR_clear_error();
	return good;
}

bool signature_is_trusted(const struct signature *signature, const struct trust *trust)
{
	return !signature->fault && (is_among(trust->signers, signature->signer) ||
				     has_chain(signature, trust->authorities));
}

/* Each relies on the success of those before it. */
static const struct {
	enum signature_fault fault;
	int (*check)(struct verifying *v, struct why *why);
} steps[] = {
	{ SIGNATURE_REVISION, check_revision },
	{ SIGNATURE_TYPE, check_type },
	{ SIGNATURE_BROKEN, parse_content },
	{ SIGNATURE_BROKEN, read_digest },
	{ SIGNATURE_ALGORITHM, check_image_digest },
	{ SIGNATURE_BROKEN, find_info },
	{ SIGNATURE_ALGORITHM, check_signed_digest },
	{ SIGNATURE_BROKEN, find_signer },
	{ SIGNATURE_OTHER, check_digest },
	{ SIGNATURE_FORGED, check_signature },
};

void verify_signature(struct verified *image, const struct bzb_certificate *certificate,
		      const struct trust *trust, struct signature *ret)
{
	struct verifying v = { image, certificate, ret };

	*ret = (struct signature){ 0 };
	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps); i++)
		if (steps[i].check(&v, &ret->why)) {
			ret->fault = steps[i].fault;
			return;
		}
	ret->trusted = signature_is_trusted(ret, trust);
}

void signatures_read(const struct bzb_authenticode *image, const struct trust *trust,
		     struct signatures *ret)
{
	struct verified verified = { .image = image };
	struct bzb_certificate certificate;
	struct signature_entry *entry;
	size_t position = 0;
	int found;

	*ret = (struct signatures){ .end = image->end };
	ret->entries = alloc_bytes(SIGNATURES_MAX * sizeof(*entry));
	if (!ret->entries)
		diag_no_memory(0);
	while ((found = pe_image_certificate(image, &position, &certificate, &ret->why)) > 0) {
		if (ret->count == SIGNATURES_MAX) {
			explain(&ret->why, "has more than %u signatures", SIGNATURES_MAX);
			return;
		}
		entry = &ret->entries[ret->count++];
		entry->certificate = certificate;
		verify_signature(&verified, &certificate, trust, &entry->signature);
		ret->end = image->end + position;
	}
	ret->complete = !found;
}

void signatures_free(struct signatures *signatures)
{
	for (size_t i = 0; i < signatures->count; i++)
		signature_free(&signatures->entries[i].signature);
	free(signatures->entries);
	*signatures = (struct signatures){ 0 };
}

static bool names(const PKCS7_ISSUER_AND_SERIAL *name, const X509 *certificate)
{
	return !X509_NAME_cmp(name->issuer, X509_get_issuer_name(certificate)) &&
	       !ASN1_INTEGER_cmp(name->serial, X509_get0_serialNumber(certificate));
}

bool signature_is_by(const struct bzb_certificate *certificate, const STACK_OF(X509) *certificates)
{
	struct signature signature = { 0 };
	const PKCS7_SIGNER_INFO *info = NULL;
	struct why why;
	bool found = false;

	if (!parse_pkcs7(certificate->content, &signature, &why))
		info = signer_info(&signature);
	for (int i = 0; info && !found && i < sk_X509_num(certificates); i++)
		found = names(info->issuer_and_serial, sk_X509_value(certificates, i));
	signature_free(&signature);
	return found;
}

void signature_free(struct signature *signature)
{
	sk_X509_free(signature->chain);
	PKCS7_free(signature->pkcs7);
	*signature = (struct signature){ 0 };
}
