/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcr_signatures.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "measure_report.h"
#include "policy.h"
#include "io/json.h"
#include "registers.h"

/* --- an entry ------------------------------------------------------------------------ */

static const char *text_of(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key));
}

static json_t *base64(struct bzb_span bytes)
{
	struct blob text = blob_alloc(4 * ((bytes.size + 2) / 3) + 1);
	json_t *json;

	EVP_EncodeBlock(text.data, bytes.data, (int)bytes.size);
	json = json_string((const char *)text.data);
	blob_free(&text);
	return json;
}

static bool decode_base64(const char *text, struct blob *ret)
{
	const size_t length = strlen(text);
	struct blob bytes = blob_alloc(3 * (length / 4) + 3);
	int size = EVP_DecodeBlock(bytes.data, (const unsigned char *)text, (int)length);

	for (size_t i = length; size > 0 && i > 0 && text[i - 1] == '='; i--)
		size--;
	if (size <= 0) {
		blob_free(&bytes);
		return false;
	}
	blob_resize(&bytes, (size_t)size);
	*ret = bytes;
	return true;
}

static bool decode_hex(const char *text, unsigned char ret[POLICY_DIGEST_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(text) != (size_t)2 * POLICY_DIGEST_SIZE ||
	    strspn(text, digits) != (size_t)2 * POLICY_DIGEST_SIZE)
		return false;
	for (size_t i = 0; i < POLICY_DIGEST_SIZE; i++)
		ret[i] = (unsigned char)((strchr(digits, text[2 * i]) - digits) << 4 |
					 (strchr(digits, text[2 * i + 1]) - digits));
	return true;
}

static json_t *make_entry(const unsigned char *fingerprint, const char *ref,
			  const unsigned char *digest)
{
	json_t *entry = json_object();

	json_put(entry, "pcrs", json_pack("[i]", PCR_SECTIONS));
	json_put(entry, "pkfp", report_hex(fingerprint, POLICY_DIGEST_SIZE));
	if (ref)
		json_put(entry, "ref", json_string(ref));
	json_put(entry, "pol", report_hex(digest, POLICY_DIGEST_SIZE));
	return entry;
}

static int sign_entry(json_t *entry, const struct pcr_signatures_options *options,
		      const unsigned char *digest, struct why *why)
{
	struct blob signature;

	if (policy_sign(options->private, digest, options->ref, &signature, why))
		return -1;
	if (!policy_verify(options->public, digest, options->ref, blob_span(&signature))) {
		blob_free(&signature);
		return explain(why, "does not verify the signatures of the private key");
	}
	json_put(entry, "sig", base64(blob_span(&signature)));
	blob_free(&signature);
	return 0;
}

/* --- making a list -------------------------------------------------------------------- */

static int add_entry(json_t *list, unsigned int bank, const struct digests *pcr,
		     const unsigned char *fingerprint, const struct pcr_signatures_options *options,
		     struct why *why)
{
	unsigned char digest[POLICY_DIGEST_SIZE];
	json_t *entry;

	if (policy_digest(bank_at(bank), pcr->bytes[bank], digest, why))
		return -1;
	entry = make_entry(fingerprint, options->ref, digest);
	report_add(list, bank, entry);
	return options->private ? sign_entry(entry, options, digest, why) : 0;
}

static int add_phase(json_t *list, const char *path, struct digests pcr,
		     const unsigned char *fingerprint, const struct pcr_signatures_options *options,
		     struct why *why)
{
	int err = register_phases(path, options->banks, &pcr, why);

	for (unsigned int i = 0; i < BANK_COUNT && !err; i++)
		if (options->banks & 1u << i)
			err = add_entry(list, i, &pcr, fingerprint, options, why);
	return err;
}

int pcr_signatures_make(const struct events *events, const struct pcr_signatures_options *options,
			json_t **ret, struct why *why)
{
	unsigned char fingerprint[POLICY_DIGEST_SIZE];
	struct digests pcr;
	json_t *list;
	int err = 0;

	if (policy_check_key(options->public, why) ||
	    policy_fingerprint(options->public, fingerprint, why) ||
	    register_pcr(events, PCR_SECTIONS, options->banks, &pcr, why))
		return -1;
	list = json_object();
	if (!list)
		diag_no_memory(0);
	for (size_t i = 0; i < options->phases->count && !err; i++)
		err = add_phase(list, options->phases->names[i], pcr, fingerprint, options, why);
	if (err)
		json_decref(list);
	else
		*ret = list;
	return err;
}

/* --- lists of others -------------------------------------------------------------------- */

static int check_list(const json_t *list, struct why *why)
{
	const char *bank;
	json_t *entries, *entry;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)list, bank, entries) {
		if (bank_by_name(bank) == BANK_COUNT || !json_is_array(entries))
			return explain(why, "'%.40s' is not a list for a bank", bank);
		json_array_foreach(entries, i, entry)
			if (!text_of(entry, "pol"))
				return explain(why, "entry %zu of %s has no \"pol\"", i + 1, bank);
	}
	return 0;
}

int pcr_signatures_parse(struct bzb_span text, json_t **ret, struct why *why)
{
	json_error_t error;
	json_t *list = json_loadb((const char *)text.data, text.size, 0, &error);

	if (!list)
		return explain(why, "not JSON: line %d: %.150s", error.line, error.text);
	if (!json_is_object(list) || check_list(list, why)) {
		if (!json_is_object(list))
			explain(why, "not a list of signatures by bank");
		json_decref(list);
		return -1;
	}
	*ret = list;
	return 0;
}

/* returns: the entry of a bank for a policy, or NULL */
static json_t *find_entry(const json_t *list, const char *bank, const char *policy)
{
	json_t *entries = json_object_get(list, bank), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		if (!strcmp(text_of(entry, "pol"), policy))
			return entry;
	return NULL;
}

static bool is_good(const json_t *entry, const char *signature,
		    const struct pcr_signatures_options *options)
{
	unsigned char digest[POLICY_DIGEST_SIZE];
	struct blob bytes;
	bool good;

	if (!decode_hex(text_of(entry, "pol"), digest) || !decode_base64(signature, &bytes))
		return false;
	good = policy_verify(options->public, digest, options->ref, blob_span(&bytes));
	blob_free(&bytes);
	return good;
}

static int join_entry(json_t *list, const char *bank, const json_t *from,
		      const struct pcr_signatures_options *options, struct why *why)
{
	const char *policy = text_of(from, "pol"), *signature = text_of(from, "sig");
	json_t *entry = find_entry(list, bank, policy);

	if (!signature)
		return 0;
	if (!entry)
		return explain(why,
			       "signs a policy that is not of this image and these options: "
			       "%s, %.64s",
			       bank, policy);
	if (!is_good(entry, signature, options))
		return explain(why, "has a signature that is not by the key: %s, %.64s", bank,
			       policy);
	json_put(entry, "sig", json_string(signature));
	return 0;
}

int pcr_signatures_join(json_t *list, const json_t *from,
			const struct pcr_signatures_options *options, struct why *why)
{
	const char *bank;
	json_t *entries, *entry;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)from, bank, entries)
		json_array_foreach(entries, i, entry)
			if (join_entry(list, bank, entry, options, why))
				return -1;
	return 0;
}

int pcr_signatures_check(const json_t *list, struct why *why)
{
	const char *bank;
	json_t *entries, *entry;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)list, bank, entries)
		json_array_foreach(entries, i, entry)
			if (!text_of(entry, "sig"))
				return explain(why, "no signature is joined for %s, %s", bank,
					       text_of(entry, "pol"));
	return 0;
}

static bool has_entry(const json_t *entries, const json_t *entry)
{
	for (size_t i = 0; i < json_array_size(entries); i++)
		if (json_equal(json_array_get(entries, i), entry))
			return true;
	return false;
}

void pcr_signatures_append(json_t *list, const json_t *more)
{
	const char *bank;
	json_t *entries, *entry;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)more, bank, entries)
		json_array_foreach(entries, i, entry)
			if (!has_entry(json_object_get(list, bank), entry))
				report_add(list, bank_by_name(bank), json_incref(entry));
}

/* --- verifying a list ------------------------------------------------------------------ */

static bool is_by(const json_t *entry, const EVP_PKEY *public)
{
	unsigned char named[POLICY_DIGEST_SIZE], fingerprint[POLICY_DIGEST_SIZE];
	const char *text = text_of(entry, "pkfp");
	struct why unused;

	return text && decode_hex(text, named) &&
	       !policy_fingerprint(public, fingerprint, &unused) &&
	       !memcmp(named, fingerprint, sizeof(named));
}

enum pcr_signature pcr_signatures_verify(unsigned int bank, const json_t *entry, EVP_PKEY *public)
{
	const char *signature = text_of(entry, "sig"), *ref = text_of(entry, "ref");
	enum pcr_signature ret = PCR_SIGNATURE_BAD;
	unsigned char digest[POLICY_DIGEST_SIZE];
	struct blob bytes;

	if (!signature)
		return PCR_SIGNATURE_MISSING;
	if (!is_by(entry, public))
		return PCR_SIGNATURE_OTHER_KEY;
	if (!decode_hex(text_of(entry, "pol"), digest) || !decode_base64(signature, &bytes))
		return PCR_SIGNATURE_BAD;
	if (policy_verify(public, digest, ref, blob_span(&bytes)))
		ret = PCR_SIGNATURE_GOOD;
	else if (policy_verify_by(public, bank_at(bank), digest, ref, blob_span(&bytes)))
		ret = PCR_SIGNATURE_OTHER_DIGEST;
	blob_free(&bytes);
	return ret;
}

bool pcr_signatures_cover(const json_t *list, unsigned int bank, const struct events *events,
			  const struct names *phases)
{
	unsigned char digest[POLICY_DIGEST_SIZE];
	struct why unused;
	bool covers = false;

	for (size_t i = 0; i < phases->count && !covers; i++) {
		struct digests pcr;
		json_t *policy;

		if (register_pcr(events, PCR_SECTIONS, 1u << bank, &pcr, &unused) ||
		    register_phases(phases->names[i], 1u << bank, &pcr, &unused) ||
		    policy_digest(bank_at(bank), pcr.bytes[bank], digest, &unused))
			return false;
		policy = report_hex(digest, sizeof(digest));
		covers = find_entry(list, bank_at(bank)->name, json_string_value(policy));
		json_decref(policy);
	}
	return covers;
}
