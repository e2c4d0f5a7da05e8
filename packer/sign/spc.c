/* SPDX-License-Identifier: BSD-2-Clause */
#include "spc.h"

#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/x509.h>

#include "openssl.h"

#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
#define SPC_PE_IMAGE_DATA "1.3.6.1.4.1.311.2.1.15"
/* pesign writes this "individual code signing" in its place, and firmware ignores it. */
#define SPC_INDIVIDUAL "1.3.6.1.4.1.311.2.1.21"

/*
 * SpcIndirectDataContent ::= SEQUENCE {
 *	data SpcAttributeTypeAndOptionalValue,
 *	messageDigest DigestInfo }
 * SpcAttributeTypeAndOptionalValue ::= SEQUENCE {
 *	type OBJECT IDENTIFIER,
 *	value ANY OPTIONAL }
 */
typedef struct {
	ASN1_OBJECT *type;
	ASN1_TYPE *value;
} SPC_ATTRIBUTE;

typedef struct {
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *value;
} SPC_DIGEST;

typedef struct {
	SPC_ATTRIBUTE *data;
	SPC_DIGEST *digest;
} SPC_CONTENT;

ASN1_SEQUENCE(SPC_ATTRIBUTE) = {
	ASN1_SIMPLE(SPC_ATTRIBUTE, type, ASN1_OBJECT),
	ASN1_OPT(SPC_ATTRIBUTE, value, ASN1_ANY),
} static_ASN1_SEQUENCE_END(SPC_ATTRIBUTE)

ASN1_SEQUENCE(SPC_DIGEST) = {
	ASN1_SIMPLE(SPC_DIGEST, algorithm, X509_ALGOR),
	ASN1_SIMPLE(SPC_DIGEST, value, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(SPC_DIGEST)

ASN1_SEQUENCE(SPC_CONTENT) = {
	ASN1_SIMPLE(SPC_CONTENT, data, SPC_ATTRIBUTE),
	ASN1_SIMPLE(SPC_CONTENT, digest, SPC_DIGEST),
} static_ASN1_SEQUENCE_END(SPC_CONTENT)

/*
 * SpcPeImageData, the same in every signature: no flags, and in the place of a file's name
 * "<<<Obsolete>>>", as the specification has it.
 *
 *	SEQUENCE { BIT STRING {}, [0] { [2] { [0] UTF-16 } } }
 */
static const unsigned char pe_image_data[] = {
	0x30, 0x25, 0x03, 0x01, 0x00, 0xa0, 0x20, 0xa2, 0x1e, 0x80, 0x1c,
	0, '<', 0, '<', 0, '<', 0, 'O', 0, 'b', 0, 's', 0, 'o', 0, 'l', 0, 'e', 0, 't', 0, 'e',
	0, '>', 0, '>', 0, '>',
};
_Static_assert(sizeof(pe_image_data) == 2 + 0x25, "the lengths inside are for this many bytes");

ASN1_OBJECT *spc_content_type(void)
{
	ASN1_OBJECT *type = OBJ_txt2obj(SPC_INDIRECT_DATA, 1);

	if (!type)
		diag_no_memory(0);
	return type;
}

static int fill(SPC_CONTENT *content, const struct digest *digest, const struct digest_value *value)
{
	ASN1_STRING *image_data = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	SPC_ATTRIBUTE *data = content->data;

	data->type = OBJ_txt2obj(SPC_PE_IMAGE_DATA, 1);
	data->value = ASN1_TYPE_new();
	if (!data->type || !data->value || !image_data ||
	    !ASN1_STRING_set(image_data, pe_image_data, sizeof(pe_image_data))) {
		ASN1_STRING_free(image_data);
		return -1;
	}
	ASN1_TYPE_set(data->value, V_ASN1_SEQUENCE, image_data);
	if (!X509_ALGOR_set0(content->digest->algorithm, OBJ_nid2obj(digest->nid), V_ASN1_NULL,
			     NULL) ||
	    !ASN1_OCTET_STRING_set(content->digest->value, value->bytes, (int)value->size))
		return -1;
	return 0;
}

ASN1_STRING *spc_encode(const struct digest *digest, const struct digest_value *value)
{
	SPC_CONTENT *content = (void *)ASN1_item_new(ASN1_ITEM_rptr(SPC_CONTENT));
	ASN1_STRING *der = ASN1_STRING_type_new(V_ASN1_SEQUENCE);

	/* The only possible error is a lack of memory. */
	if (!content || !der || fill(content, digest, value) ||
	    !ASN1_item_pack(content, ASN1_ITEM_rptr(SPC_CONTENT), &der))
		diag_no_memory(0);
	ASN1_item_free((void *)content, ASN1_ITEM_rptr(SPC_CONTENT));
	return der;
}

static int read_digest(const SPC_CONTENT *content, int *ret_nid, struct digest_value *ret_value,
		       struct why *why)
{
	const ASN1_OCTET_STRING *value = content->digest->value;
	const ASN1_OBJECT *algorithm;
	char type[80];

	if (OBJ_obj2txt(type, sizeof(type), content->data->type, 1) <= 0)
		return explain(why, "signs content of an invalid type");
	if (strcmp(type, SPC_PE_IMAGE_DATA) && strcmp(type, SPC_INDIVIDUAL))
		return explain(why, "signs content that is not a PE image (%s)", type);
	if (ASN1_STRING_length(value) > EVP_MAX_MD_SIZE)
		return explain(why, "contains a digest of %d bytes", ASN1_STRING_length(value));
	X509_ALGOR_get0(&algorithm, NULL, NULL, content->digest->algorithm);
	*ret_nid = OBJ_obj2nid(algorithm);
	ret_value->size = (unsigned int)ASN1_STRING_length(value);
	memcpy(ret_value->bytes, ASN1_STRING_get0_data(value), ret_value->size);
	return 0;
}

int spc_decode(const PKCS7 *pkcs7, int *ret_nid, struct digest_value *ret_value, struct why *why)
{
	const PKCS7 *inside = pkcs7->d.sign->contents;
	SPC_CONTENT *content;
	char type[80];
	int err;

	if (OBJ_obj2txt(type, sizeof(type), inside->type, 1) <= 0)
		return explain(why, "is not an Authenticode signature (the type of its content is "
				    "invalid)");
	if (strcmp(type, SPC_INDIRECT_DATA))
		return explain(why, "is not an Authenticode signature (it signs %s)", type);
	if (!inside->d.other || inside->d.other->type != V_ASN1_SEQUENCE)
		return explain(why, "has no signed content");
	content = ASN1_item_unpack(inside->d.other->value.sequence, ASN1_ITEM_rptr(SPC_CONTENT));
	if (!content)
		return explain_openssl(why, "contains something other than a digest");
	err = read_digest(content, ret_nid, ret_value, why);
	ASN1_item_free((void *)content, ASN1_ITEM_rptr(SPC_CONTENT));
	return err;
}

int spc_signed_bytes(const ASN1_STRING *content, struct bzb_span *ret)
{
	const unsigned char *data = ASN1_STRING_get0_data(content), *inside = data;
	long length, size = ASN1_STRING_length(content);
	int tag, class;
	int flags = ASN1_get_object(&inside, &length, &tag, &class, size);

	/* 0x80: an error; 0x20: constructed; 1: of an indefinite length. */
	if (flags != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE || inside + length != data + size)
		return -1;
	*ret = (struct bzb_span){ inside, (size_t)length };
	return 0;
}
