/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of signed policies. */
#ifndef PACKER_MEASURE_KEYS_H
#define PACKER_MEASURE_KEYS_H

#include <stdbool.h>

#include <bzboot/bytes.h>

#include "sign/keys.h"

/* Files or URIs; NULL: not given */
struct measure_key_options {
	struct key_access access;
	const char *private, *public, *cert;
};

struct measure_keys {
	struct keys *keys;
	EVP_PKEY *public;
	EVP_PKEY *private;  /* NULL: elsewhere */
	const char *origin; /* of the key that is checked first; NULL: the image */
};

/**
 * measure_keys_open() - load the public key, and the private one if there is one
 * @options: must stay as long as the result is used; without a public key, it is that of the
 *	private one, else the section .pcrpkey
 * @image: a unified kernel image
 * @profile: of it
 * @ret: for measure_keys_close(); untouched on error
 * @ret_culprit: what is at fault, on error; untouched if it is the image
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int measure_keys_open(const struct measure_key_options *options, struct bzb_span image,
		      unsigned int profile, struct measure_keys *ret, const char **ret_culprit,
		      struct why *why);

/**
 * measure_keys_doubt() - a reason why the booted system may not take signatures of a key
 * @keys: opened
 * @image: as for measure_keys_open()
 * @profile: likewise
 * @why: "warning: ..."
 *
 * returns: false if there is none
 */
bool measure_keys_doubt(const struct measure_keys *keys, struct bzb_span image,
			unsigned int profile, struct why *why);

/**
 * measure_keys_close() - forget the keys
 * @keys: may be all zeros
 */
void measure_keys_close(struct measure_keys *keys);

#endif
