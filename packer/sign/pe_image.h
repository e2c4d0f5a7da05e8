/* SPDX-License-Identifier: BSD-2-Clause */
/* A PE image that is signed: its digest, and its table of certificates. */
#ifndef PACKER_PE_IMAGE_H
#define PACKER_PE_IMAGE_H

#include <stdbool.h>

#include <openssl/evp.h>

#include <bzboot/authenticode.h>

#include "io/blob.h"
#include "io/diag.h"

/**
 * pe_image_parse() - bzb_authenticode_parse(), with its errors in words
 * @file: the image
 * @ret: what was found; untouched on error
 * @why: what is wrong with it
 *
 * returns: 0, or -1 on error
 */
int pe_image_parse(struct bzb_span file, struct bzb_authenticode *ret, struct why *why);

/**
 * pe_image_parse_mapped() - parse an image that is mapped from a file
 * @file: of file_map(); its headers and its certificates become private, its sections do not
 * @ret: what was found; untouched on error
 * @why: what is wrong with it
 *
 * returns: 0, or -1 on error
 */
int pe_image_parse_mapped(const struct blob *file, struct bzb_authenticode *ret, struct why *why);

/**
 * pe_image_doubt() - an oddity of an image that is not a reason to refuse it
 * @image: parsed
 * @position: 0 at first; moves on
 * @why: "warning: ..."
 *
 * returns: false if there is nothing (more)
 */
bool pe_image_doubt(const struct bzb_authenticode *image, size_t *position, struct why *why);

/**
 * pe_image_certificate() - bzb_authenticode_next(), with its errors in words
 * @image: parsed
 * @position: 0 at first; moves on
 * @ret: an entry; untouched unless one was found
 * @why: what is wrong with the table
 *
 * returns: 1 if there is one, 0 at the end, -1 on error
 */
int pe_image_certificate(const struct bzb_authenticode *image, size_t *position,
			 struct bzb_certificate *ret, struct why *why);

/* The digests that firmware and other tools accept. SHA-1 is no longer one of them. */
#define DIGEST_COUNT 3

struct digest {
	const char *name; /* as on our command line, and OpenSSL's */
	int nid;	  /* OpenSSL's number */
};

/**
 * digest_at() - get a digest
 * @index: from 0
 *
 * returns: it; NULL after the last one
 */
const struct digest *digest_at(size_t index);

/**
 * digest_by_name() - find a digest
 * @name: as on the command line
 *
 * returns: it, or NULL
 */
const struct digest *digest_by_name(const char *name);

/**
 * digest_by_nid() - find a digest
 * @nid: OpenSSL's number
 *
 * returns: it, or NULL
 */
const struct digest *digest_by_nid(int nid);

struct digest_value {
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size; /* 0: it is not known */
};

/**
 * pe_image_digest() - the Authenticode digest
 * @image: parsed
 * @digest: which
 * @ret: the value; untouched on error
 * @why: OpenSSL cannot compute it
 *
 * returns: 0, or -1 on error
 */
int pe_image_digest(const struct bzb_authenticode *image, const struct digest *digest,
		    struct digest_value *ret, struct why *why);

/* Those of one image, by their place in the table of digests. */
struct digest_values {
	struct digest_value values[DIGEST_COUNT];
};

/**
 * pe_image_digest_once() - the Authenticode digest, computed only the first time
 * @image: parsed
 * @digest: which
 * @known: the digests computed before, of the same image; all zero at first
 * @ret: the value, in @known; untouched on error
 * @why: OpenSSL cannot compute it
 *
 * returns: 0, or -1 on error
 */
int pe_image_digest_once(const struct bzb_authenticode *image, const struct digest *digest,
			 struct digest_values *known, const struct digest_value **ret,
			 struct why *why);

/**
 * pe_image_add_certificate() - append a signature
 * @file: the image; there may be signatures in it already; unchanged on error
 * @pkcs7: the signature
 * @why: why it is not possible
 *
 * An image whose size is not a multiple of eight is padded with zeros; its digest already includes
 * them. CheckSum stays 0 if it is 0; otherwise it is updated.
 *
 * returns: 0, or -1 on error
 */
int pe_image_add_certificate(struct blob *file, struct bzb_span pkcs7, struct why *why);

/**
 * pe_image_remove_certificates() - remove all signatures
 * @file: the image; unchanged on error
 * @why: it is not signed, or what is wrong with it
 *
 * Undoes pe_image_add_certificate(). Clears a directory entry that does not point to certificates.
 * CheckSum becomes 0 if it is 0, or if this is one of our images, which have none; otherwise it
 * is right afterwards.
 *
 * returns: 0, or -1 on error
 */
int pe_image_remove_certificates(struct blob *file, struct why *why);

/**
 * pe_image_update_checksum() - make CheckSum right after a change
 * @file: an image that can be parsed; a CheckSum of 0, which is none, stays
 */
void pe_image_update_checksum(struct blob *file);

/* Whether an entry of the table goes. */
typedef bool pe_image_unwanted(const struct bzb_certificate *certificate, const void *context);

/**
 * pe_image_remove_some() - remove some signatures
 * @file: the image; unchanged on error
 * @unwanted: selects them
 * @context: for @unwanted
 * @why: none is unwanted, it is not signed, or what is wrong with it
 *
 * The others stay as they are, in their order. If none is left, it acts as
 * pe_image_remove_certificates(). CheckSum stays 0 if it is; otherwise it is right afterwards.
 *
 * returns: 0, or -1 on error
 */
int pe_image_remove_some(struct blob *file, pe_image_unwanted *unwanted, const void *context,
			 struct why *why);

#endif
