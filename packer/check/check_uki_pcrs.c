/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed policies for PCR 11 in a unified kernel image, and their key */
#include <bzboot/bzboot.h>

#include "measure/pcr_signatures.h"
#include "measure/policy.h"
#include "families.h"

static struct uki_walk walk_of(const struct checking *checking, enum bzb_uki_name name)
{
	return UKI_WALK(&checking->subject->pe, UKI_NAME(name));
}

static struct where start_of(const struct uki_part *part)
{
	return AT(part->section.raw_offset);
}

/* --- the list ---------------------------------------------------------------------------- */

static bool is_for_sections(const json_t *entry)
{
	const json_t *pcrs = json_object_get(entry, "pcrs");

	return json_array_size(pcrs) == 1 &&
	       json_integer_value(json_array_get(pcrs, 0)) == PCR_SECTIONS;
}

static void check_entries(struct checking *checking, const struct uki_part *part,
			  const json_t *list)
{
	size_t total = 0, others = 0;

	for (unsigned int bank = 0; bank < BANK_COUNT; bank++) {
		const json_t *entries = json_object_get(list, bank_at(bank)->name);

		for (size_t i = 0; i < json_array_size(entries); i++, total++)
			others += !is_for_sections(json_array_get(entries, i));
	}
	if (!total)
		found(checking, start_of(part), "%s has no signatures", uki_label(part).text);
	if (others)
		found(checking, start_of(part), "%s has %zu entries that are not for PCR 11",
		      uki_label(part).text, others);
}

static void check_pcrsig(struct checking *checking)
{
	struct uki_walk walk = walk_of(checking, BZB_UKI_PCRSIG);
	struct uki_part part;
	struct why why;
	json_t *list;

	while (uki_walk_next(&walk, &part)) {
		if (!part.section.virtual_size)
			continue;
		if (pcr_signatures_parse(uki_text(&part), &list, &why)) {
			found(checking, start_of(&part), "%s: %.180s", uki_label(&part).text,
			      why.text);
			continue;
		}
		check_entries(checking, &part, list);
		json_decref(list);
	}
}

static void check_pcrpkey(struct checking *checking)
{
	struct uki_walk walk = walk_of(checking, BZB_UKI_PCRPKEY);
	struct uki_part part;
	struct why why;

	while (uki_walk_next(&walk, &part)) {
		EVP_PKEY *key;

		if (!part.section.virtual_size)
			continue;
		key = policy_read_key(uki_text(&part));
		if (!key)
			found(checking, start_of(&part), "%s is not a public key in PEM form",
			      uki_label(&part).text);
		else if (policy_check_key(key, &why))
			found(checking, start_of(&part), "%s %.180s", uki_label(&part).text,
			      why.text);
		EVP_PKEY_free(key);
	}
}

/* --- each profile --------------------------------------------------------------------------- */

typedef void check_profile(struct checking *checking, const struct uki_policies_profile *profile);

static void each_profile(struct checking *checking, check_profile *check)
{
	const struct uki_policies *policies = &checking->subject->policies;

	for (size_t i = 0; i < policies->count; i++)
		check(checking, &policies->profiles[i]);
}

/* All that systemd measures, with and without systemd in the initrd
 * (systemd-pcrphase.service(8)) */
static const char *const known_phases[] = {
	"",
	"enter-initrd",
	"enter-initrd:leave-initrd",
	"enter-initrd:leave-initrd:sysinit",
	"enter-initrd:leave-initrd:sysinit:ready",
	"enter-initrd:leave-initrd:sysinit:ready:shutdown",
	"enter-initrd:leave-initrd:sysinit:ready:shutdown:final",
	"sysinit",
	"sysinit:ready",
	"sysinit:ready:shutdown",
	"sysinit:ready:shutdown:final",
};

static void check_policies_of(struct checking *checking, const struct uki_policies_profile *profile)
{
	const struct event_options options = {
		.banks = BANKS_ALL,
		.pcrs = 1u << PCR_SECTIONS,
		.profile = profile->number,
	};
	struct names phases = { 0 };
	struct events events;
	struct why unused;

	if (events_predict(checking->subject->file, &options, &events, &unused))
		return;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(known_phases); i++)
		names_add(&phases, known_phases[i]);
	for (unsigned int bank = 0; bank < BANK_COUNT; bank++)
		if (json_array_size(json_object_get(profile->list, bank_at(bank)->name)) &&
		    !pcr_signatures_cover(profile->list, bank, &events, &phases))
			found(checking, start_of(&profile->pcrsig),
			      "no policy for %s is that of profile %u", bank_at(bank)->name,
			      profile->number);
	names_free(&phases);
	events_free(&events);
}

static void check_policies(struct checking *checking)
{
	each_profile(checking, check_policies_of);
}

static void report_signatures(struct checking *checking, const struct uki_policies_profile *profile,
			      enum pcr_signature kind, const char *text)
{
	for (unsigned int bank = 0; bank < BANK_COUNT; bank++) {
		const size_t count = profile->banks[bank].of[kind];

		if (count)
			found(checking, start_of(&profile->pcrsig),
			      "%zu policies for %s in profile %u %s", count, bank_at(bank)->name,
			      profile->number, text);
	}
}

static void check_unsigned_of(struct checking *checking, const struct uki_policies_profile *profile)
{
	report_signatures(checking, profile, PCR_SIGNATURE_MISSING, "are not signed");
}

static void check_signatures_of(struct checking *checking,
				const struct uki_policies_profile *profile)
{
	report_signatures(checking, profile, PCR_SIGNATURE_BAD,
			  "have a signature that does not verify");
}

static void check_digests_of(struct checking *checking, const struct uki_policies_profile *profile)
{
	report_signatures(checking, profile, PCR_SIGNATURE_OTHER_DIGEST,
			  "are signed with the digest of the bank, not SHA-256");
}

static void check_key_of(struct checking *checking, const struct uki_policies_profile *profile)
{
	size_t others = 0, total = 0;

	for (unsigned int bank = 0; bank < BANK_COUNT; bank++) {
		const struct uki_signatures *signatures = &profile->banks[bank];

		for (size_t i = 0; i < BZB_ARRAY_SIZE(signatures->of); i++)
			total += signatures->of[i];
		others += signatures->of[PCR_SIGNATURE_OTHER_KEY];
	}
	if (total && others == total)
		found(checking, start_of(&profile->pcrsig),
		      ".pcrpkey is not the key of any policy of profile %u", profile->number);
}

static void check_unsigned(struct checking *checking)
{
	each_profile(checking, check_unsigned_of);
}

static void check_signatures(struct checking *checking)
{
	each_profile(checking, check_signatures_of);
}

static void check_digests(struct checking *checking)
{
	each_profile(checking, check_digests_of);
}

static void check_key(struct checking *checking)
{
	each_profile(checking, check_key_of);
}

const struct check uki_pcrs_checks[] = {
	{
		.name = "uki-pcrsig",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.run = check_pcrsig,
		.why = ".pcrsig is JSON: for each bank of PCRs, a list of policies for PCR 11 and "
		       "their signatures. systemd reads it in the running system, when it unlocks "
		       "a disk: with anything else in it, it asks for a passphrase.",
	},
	{
		.name = "uki-pcrpkey",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.run = check_pcrpkey,
		.why = ".pcrpkey is the public key of .pcrsig, RSA of at least 2048 bits, in PEM "
		       "form ('BEGIN PUBLIC KEY'; not a certificate). systemd-cryptenroll and "
		       "systemd-creds bind secrets to it if no other key is given.",
	},
	{
		.name = "uki-pcrsig-policy",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.run = check_policies,
		.why = "No policy in .pcrsig is for the value that PCR 11 has after this image and "
		       "the phases of systemd's boot: a section of the image was changed after it "
		       "was signed, or the signatures are of another image or another profile. The "
		       "TPM then refuses the secret.",
	},
	{
		.name = "uki-pcrsig-unsigned",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_unsigned,
		.why = "A policy in .pcrsig has no \"sig\". It was written to be signed elsewhere, "
		       "and the signature was not joined.",
	},
	{
		.name = "uki-pcrsig-signature",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.run = check_signatures,
		.why = "A signature of .pcrsig does not verify with .pcrpkey, although it names "
		       "that key. The TPM refuses it, and with it the secret.",
	},
	{
		.name = "uki-pcrsig-digest",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI,
		.run = check_digests,
		.why = "systemd-measure up to 257 signs the policies of the banks of SHA-1, "
		       "SHA-384 and SHA-512 with their own digests. systemd asks the TPM to verify "
		       "SHA-256, whatever the bank is: these signatures are refused. It matters "
		       "for machines without a bank of SHA-256 only.",
	},
	{
		.name = "uki-pcrsig-key",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_key,
		.why = "All policies of .pcrsig name other keys than .pcrpkey, by their "
		       "fingerprint \"pkfp\". Secrets that are bound to .pcrpkey are not given "
		       "out.",
	},
	{ 0 },
};
