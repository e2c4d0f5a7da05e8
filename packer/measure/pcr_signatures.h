/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of signed policies: section .pcrsig, and the JSON of systemd-measure. By bank:
 * {"sha256": [{"pcrs": [11], "pkfp": HEX, "ref": TEXT, "pol": HEX, "sig": BASE64}]}, where "ref"
 * may be missing, and "sig" is missing before it is signed.
 */
#ifndef PACKER_PCR_SIGNATURES_H
#define PACKER_PCR_SIGNATURES_H

#include <stdbool.h>

#include <jansson.h>

#include "io/names.h"
#include "events.h"

struct pcr_signatures_options {
	unsigned int banks;	    /* set */
	const struct names *phases; /* a policy for PCR 11 after each */
	const char *ref;	    /* of the policies, or NULL */
	EVP_PKEY *public;	    /* of the one who signs */
	EVP_PKEY *private;	    /* NULL: do not sign */
};

/**
 * pcr_signatures_make() - make a list
 * @events: predicted
 * @options: of the list
 * @ret: for json_decref(); untouched on error
 * @why: about a key: it is not RSA, cannot sign, or the public one does not verify the signatures
 *
 * Every signature has been verified.
 *
 * returns: 0, or -1 on error
 */
int pcr_signatures_make(const struct events *events, const struct pcr_signatures_options *options,
			json_t **ret, struct why *why);

/**
 * pcr_signatures_parse() - parse a list
 * @text: JSON
 * @ret: for json_decref(); untouched on error
 * @why: it is something else
 *
 * returns: 0, or -1 on error
 */
int pcr_signatures_parse(struct bzb_span text, json_t **ret, struct why *why);

/**
 * pcr_signatures_join() - add signatures that were made elsewhere to a list
 * @list: without signatures, as made with @options; gets those that belong to a bank and policy of
 *	it
 * @from: parsed: with signatures
 * @options: of the list
 * @why: a signature of @from belongs to no policy of the list, or is not by the key
 *
 * returns: 0, or -1 on error
 */
int pcr_signatures_join(json_t *list, const json_t *from,
			const struct pcr_signatures_options *options, struct why *why);

/**
 * pcr_signatures_check() - check that all of a list is signed
 * @list: joined
 * @why: names a policy without a signature
 *
 * returns: 0, or -1 on error
 */
int pcr_signatures_check(const json_t *list, struct why *why);

/**
 * pcr_signatures_append() - join two lists
 * @list: gets the entries of @more that it does not have
 * @more: parsed or made
 */
void pcr_signatures_append(json_t *list, const json_t *more);

/* How an entry of a list is signed */
enum pcr_signature {
	PCR_SIGNATURE_GOOD,
	PCR_SIGNATURE_MISSING,
	PCR_SIGNATURE_OTHER_KEY,    /* "pkfp" names another key: not verified */
	PCR_SIGNATURE_OTHER_DIGEST, /* with that of the bank, not SHA-256: TPMs refuse it */
	PCR_SIGNATURE_BAD,
};

/**
 * pcr_signatures_verify() - verify an entry of a list
 * @bank: of the entry
 * @entry: of a parsed list
 * @public: the key, RSA
 *
 * returns: how it is signed
 */
enum pcr_signature pcr_signatures_verify(unsigned int bank, const json_t *entry, EVP_PKEY *public);

/**
 * pcr_signatures_cover() - check whether a list has a policy for an image
 * @list: parsed
 * @bank: which part of it
 * @events: of the image, with PCR 11
 * @phases: after one of them
 *
 * returns: whether an entry is the policy after one of the phases
 */
bool pcr_signatures_cover(const json_t *list, unsigned int bank, const struct events *events,
			  const struct names *phases);

#endif
