/* SPDX-License-Identifier: BSD-2-Clause */
/* The signed policies of a unified kernel image, by profile, each signature verified once. */
#ifndef PACKER_UKI_POLICIES_H
#define PACKER_UKI_POLICIES_H

#include "input/uki_parts.h"
#include "measure/pcr_signatures.h"

/* Entries of a bank, by how they are signed: enum pcr_signature */
struct uki_signatures {
	size_t of[PCR_SIGNATURE_BAD + 1];
};

/* The sections of a profile, its own or those of the base */
struct uki_policies_profile {
	unsigned int number;
	struct uki_part pcrsig;
	json_t *list;
	struct uki_signatures banks[BANK_COUNT]; /* all zero without .pcrpkey */
};

struct uki_policies {
	struct uki_policies_profile *profiles; /* those with a list that can be parsed */
	size_t count;
};

/**
 * uki_policies_read() - read the lists of all profiles, and verify them
 * @pe: a unified kernel image
 * @ret: for uki_policies_free(); refers to @pe->file
 */
void uki_policies_read(const struct bzb_pe *pe, struct uki_policies *ret);

/**
 * uki_policies_free() - free the lists
 * @policies: may be all zero
 */
void uki_policies_free(struct uki_policies *policies);

#endif
