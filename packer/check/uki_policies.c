/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_policies.h"

#include <stdlib.h>

#include <bzboot/bzboot.h>

#include "io/alloc.h"
#include "measure/policy.h"

static bool find_part(const struct bzb_pe *pe, const struct bzb_uki *uki, enum bzb_uki_name name,
		      struct uki_part *ret)
{
	struct uki_walk walk = UKI_WALK(pe, UKI_NAME(name));
	struct bzb_pe_section section;

	if (bzb_uki_section(uki, name, &section))
		return false;
	while (uki_walk_next(&walk, ret))
		if (ret->section.raw_offset == section.raw_offset)
			return true;
	return false;
}

static struct uki_signatures verify_bank(const json_t *list, unsigned int bank, EVP_PKEY *key)
{
	const json_t *entries = json_object_get(list, bank_at(bank)->name);
	struct uki_signatures signatures = { 0 };

	for (size_t i = 0; i < json_array_size(entries); i++)
		signatures.of[pcr_signatures_verify(bank, json_array_get(entries, i), key)]++;
	return signatures;
}

static void verify(struct uki_policies_profile *profile, struct bzb_span pem)
{
	EVP_PKEY *key = policy_read_key(pem);

	for (unsigned int bank = 0; key && bank < BANK_COUNT; bank++)
		profile->banks[bank] = verify_bank(profile->list, bank, key);
	EVP_PKEY_free(key);
}

/* returns: false if it has no list */
static bool read_profile(const struct bzb_pe *pe, const struct bzb_uki *uki, unsigned int number,
			 struct uki_policies_profile *ret)
{
	struct uki_policies_profile profile = { .number = number };
	struct uki_part key;
	struct why unused;

	if (!find_part(pe, uki, BZB_UKI_PCRSIG, &profile.pcrsig) ||
	    pcr_signatures_parse(uki_text(&profile.pcrsig), &profile.list, &unused))
		return false;
	if (find_part(pe, uki, BZB_UKI_PCRPKEY, &key))
		verify(&profile, uki_text(&key));
	*ret = profile;
	return true;
}

static struct uki_policies_profile *add_room(struct uki_policies *policies)
{
	const size_t size = (policies->count + 1) * sizeof(*policies->profiles);

	policies->profiles = alloc_resize(policies->profiles, size);
	if (!policies->profiles)
		diag_no_memory(size);
	return &policies->profiles[policies->count];
}

void uki_policies_read(const struct bzb_pe *pe, struct uki_policies *ret)
{
	struct bzb_uki uki;

	*ret = (struct uki_policies){ 0 };
	for (unsigned int i = 0; i < BZB_UKI_PROFILES_MAX; i++) {
		const int err = bzb_uki_find(pe, i, &uki);

		if (err == -BZB_ERR_NOTFOUND || err == -BZB_ERR_TOOLARGE)
			return;
		if (!err && read_profile(pe, &uki, i, add_room(ret)))
			ret->count++;
	}
}

void uki_policies_free(struct uki_policies *policies)
{
	for (size_t i = 0; i < policies->count; i++)
		json_decref(policies->profiles[i].list);
	free(policies->profiles);
	*policies = (struct uki_policies){ 0 };
}
