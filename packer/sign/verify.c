/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "openssl.h"
#include "spc.h"

/* Longer than any real chain; a limit, because certificates may sign each other in a circle. */
#define CHAIN_MAX 16

static int check_entry(const struct bzb_certificate *certificate, struct why *why)
{
	if (certificate->revision != BZB_CERTIFICATE_REVISION_2)
		return explain(why, "is of revision 0x%x, not 0x%x", certificate->revision,
			       BZB_CERTIFICATE_REVISION_2);
	if (certificate->type != BZB_CERTIFICATE_PKCS_SIGNED_DATA)
		return explain(why, "is of type 0x%x, not 0x%x (PKCS #7)", certificate->type,
			       BZB_CERTIFICATE_PKCS_SIGNED_DATA);
	return 0;
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

static int find_signer(struct signature *signature, struct why *why)
{
	PKCS7_SIGNER_INFO *info = signer_info(signature);
	const PKCS7_ISSUER_AND_SERIAL *name;
	const ASN1_TYPE *time;

	if (!info)
		return explain(why, "has %d signers, not one",
			       sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(signature->pkcs7)));
	time = PKCS7_get_signed_attribute(info, NID_pkcs9_signingTime);
	if (time && (time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME))
		signature->time = time->value.asn1_string;
	if (!digest_by_nid(OBJ_obj2nid(info->digest_alg->algorithm)))
		return explain(why, "uses a digest that bzboot does not accept (%s)",
			       OBJ_nid2sn(OBJ_obj2nid(info->digest_alg->algorithm)));
	name = info->issuer_and_serial;
	signature->signer = X509_find_by_issuer_and_serial(signature->pkcs7->d.sign->cert,
							   name->issuer, name->serial);
	if (!signature->signer)
		return explain(why, "does not contain the certificate of its signer");
	build_chain(signature);
	return 0;
}

static int read_content(struct signature *signature, struct why *why)
{
	int nid;

	if (spc_decode(signature->pkcs7, &nid, &signature->value, why))
		return -1;
	signature->digest = digest_by_nid(nid);
	if (!signature->digest)
		return explain(why, "signs a digest that bzboot does not accept (%s)",
			       nid == NID_undef ? "unknown" : OBJ_nid2sn(nid));
	return 0;
}

static int check_digest(struct verified *image, const struct signature *signature, struct why *why)
{
	const struct digest_value *value;

	if (pe_image_digest_once(image->image, signature->digest, &image->digests, &value, why))
		return -1;
	if (value->size != signature->value.size ||
	    memcmp(value->bytes, signature->value.bytes, value->size))
		return explain(why, "is of another image: the digest of this image is not the "
				    "signed one");
	return 0;
}

/* The digest inside the signature, and the signature itself. */
static int check_signature(const struct signature *signature, struct why *why)
{
	const ASN1_STRING *content = signature->pkcs7->d.sign->contents->d.other->value.sequence;
	struct bzb_span bytes;
	BIO *bio;
	int good;

	if (spc_signed_bytes(content, &bytes))
		return explain(why, "has content that is not DER");
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

static int verify(struct verified *image, const struct bzb_certificate *certificate,
		  struct signature *signature)
{
	struct why *why = &signature->fault;

	return check_entry(certificate, why) || parse_pkcs7(certificate->content, signature, why) ||
	       read_content(signature, why) || find_signer(signature, why) ||
	       check_digest(image, signature, why) || check_signature(signature, why);
}

void verify_signature(struct verified *image, const struct bzb_certificate *certificate,
		      const struct trust *trust, struct signature *ret)
{
	*ret = (struct signature){ 0 };
	if (!verify(image, certificate, ret))
		ret->trusted = is_among(trust->signers, ret->signer) ||
			       has_chain(ret, trust->authorities);
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
