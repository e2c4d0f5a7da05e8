/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SpcIndirectDataContent, the content that an Authenticode signature signs: "this is the
 * digest of a PE image" ("Windows Authenticode Portable Executable Signature Format").
 */
#ifndef PACKER_SPC_H
#define PACKER_SPC_H

#include <openssl/pkcs7.h>

#include <bzboot/bytes.h>

#include "pe_image.h"

/**
 * spc_content_type() - the object identifier of SpcIndirectDataContent
 *
 * returns: for ASN1_OBJECT_free()
 */
ASN1_OBJECT *spc_content_type(void);

/**
 * spc_encode() - write one
 * @digest: of the image
 * @value: of it
 *
 * returns: DER, a SEQUENCE, for ASN1_STRING_free()
 */
ASN1_STRING *spc_encode(const struct digest *digest, const struct digest_value *value);

/**
 * spc_decode() - read the one in a signature
 * @pkcs7: signed data
 * @ret_nid: the digest algorithm, OpenSSL's number
 * @ret_value: of the image, as was signed
 * @why: it is something else
 *
 * returns: 0, or -1 on error
 */
int spc_decode(const PKCS7 *pkcs7, int *ret_nid, struct digest_value *ret_value, struct why *why);

/**
 * spc_signed_bytes() - the part of the content that PKCS #7 takes the digest of
 * @content: DER, as of spc_encode()
 * @ret: the octets after tag and length (RFC 2315, 9.3); untouched on error
 *
 * returns: 0, or -1 if it is not a SEQUENCE
 */
int spc_signed_bytes(const ASN1_STRING *content, struct bzb_span *ret);

#endif
