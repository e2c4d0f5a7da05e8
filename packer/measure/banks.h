/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Banks of PCRs: each event is hashed with each bank's algorithm, and extends the PCR of each bank
 * (TCG, "TPM 2.0 Library", part 1, 17).
 */
#ifndef PACKER_BANKS_H
#define PACKER_BANKS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <bzboot/bytes.h>

#include "io/diag.h"

/* The order is that of the names, in which systemd-measure prints banks. */
enum { BANK_SHA1, BANK_SHA256, BANK_SHA384, BANK_SHA512, BANK_COUNT };

/* Sets of banks: bit 1 << BANK_SHA1 and so on */
#define BANKS_ALL ((1u << BANK_COUNT) - 1)
#define BANKS_SHA256 (1u << BANK_SHA256)

struct bank {
	const char *name;   /* also OpenSSL's */
	size_t size;	    /* of a digest */
	uint16_t algorithm; /* TPM_ALG_ID (TCG, "Algorithm Registry") */
};

/* A digest of each bank; those of other banks than the chosen are zeros. */
struct digests {
	unsigned char bytes[BANK_COUNT][EVP_MAX_MD_SIZE];
};

/**
 * bank_at() - get a bank
 * @index: below BANK_COUNT
 *
 * returns: it; static
 */
const struct bank *bank_at(unsigned int index);

/**
 * bank_by_name() - find a bank
 * @name: "sha256"
 *
 * returns: its index, or BANK_COUNT
 */
unsigned int bank_by_name(const char *name);

struct hasher;

/**
 * hasher_start() - start to hash bytes, with several algorithms at once
 * @banks: set of banks
 *
 * returns: for hasher_finish()
 */
struct hasher *hasher_start(unsigned int banks);

/**
 * hasher_update() - hash more bytes
 * @hasher: a struct hasher; the type is that of bzb_authenticode_hash()'s function
 * @bytes: to hash
 * @size: of them
 */
void hasher_update(void *hasher, const void *bytes, size_t size);

/**
 * hasher_zeros() - hash zeros
 * @hasher: started
 * @size: number of zeros
 */
void hasher_zeros(struct hasher *hasher, uint64_t size);

/**
 * hasher_finish() - get the digests, and free the hasher
 * @hasher: started
 * @ret: the digests; untouched on error
 * @why: OpenSSL does not provide an algorithm
 *
 * returns: 0, or -1 on error
 */
int hasher_finish(struct hasher *hasher, struct digests *ret, struct why *why);

/**
 * banks_hash() - hash bytes
 * @banks: set of banks
 * @bytes: all of them
 * @ret: the digests; untouched on error
 * @why: OpenSSL does not provide an algorithm
 *
 * returns: 0, or -1 on error
 */
int banks_hash(unsigned int banks, struct bzb_span bytes, struct digests *ret, struct why *why);

/**
 * banks_extend() - extend a PCR
 * @banks: set of banks
 * @pcr: its value in each bank; changed unless there is an error
 * @event: digests of the event
 * @why: OpenSSL does not provide an algorithm
 *
 * returns: 0, or -1 on error
 */
int banks_extend(unsigned int banks, struct digests *pcr, const struct digests *event,
		 struct why *why);

#endif
