/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <bzboot/siglist.h>

#include "io/efivar.h"
#include "io/guid.h"
#include "sign/efi_update.h"
#include "sign/verify.h"

/* SHIM_LOCK_GUID */
#define SHIM "605dab50-e046-4300-abb6-3dd810dd8b23"

static const struct efi_variable mok_list = { "MokListRT", SHIM };
static const struct efi_variable mok_list_x = { "MokListXRT", SHIM };

enum list_name { LIST_DB, LIST_DBX, LIST_MOK, LIST_MOKX, LIST_COUNT };

static const struct efi_variable *const variables[LIST_COUNT] = {
	[LIST_DB] = &efi_keys[EFI_KEY_DB],
	[LIST_DBX] = &efi_dbx,
	[LIST_MOK] = &mok_list,
	[LIST_MOKX] = &mok_list_x,
};

/* The types of entries that are digests: EFI_CERT_SHA256_GUID, EFI_CERT_X509_SHA256_GUID and others.
 * The digest of a certificate is that of its part that is signed; a time follows it. */
static const struct {
	const char *name, *of_image, *of_certificate;
} digests[DIGEST_COUNT] = {
	{ "sha256", "c1c41626-504c-4092-aca9-41f936934328",
	  "3bd2a492-96c0-4079-b420-fcf98ef103ed" },
	{ "sha384", "ff3e5307-9fd0-48c9-85f1-8ad56c701e01",
	  "7076876e-80c2-4ee6-aad2-28b349a6865b" },
	{ "sha512", "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a",
	  "446dbf63-2502-4cda-bcfa-2465d2b0fe9d" },
};

struct list {
	struct blob value;
	struct trust trust; /* its certificates */
};

struct firmware {
	enum secure_boot secure_boot;
	struct list lists[LIST_COUNT];
};

static int read_variable(const char *efivars, const struct efi_variable *variable, struct blob *ret,
			 struct why *why)
{
	struct why reason;

	if (!efivar_read(efivars, variable->name, variable->guid, ret, &reason))
		return 0;
	return explain(why, "variable %s: %s", variable->name, reason.text);
}

/* @ret: the first byte of a variable; 0: it is not there */
static int read_byte(const char *efivars, const struct efi_variable *variable, unsigned int *ret,
		     struct why *why)
{
	struct blob value;

	if (read_variable(efivars, variable, &value, why))
		return -1;
	*ret = value.size ? value.data[0] : 0;
	blob_free(&value);
	return 0;
}

static int read_secure_boot(const char *efivars, enum secure_boot *ret, struct why *why)
{
	unsigned int setup_mode;
	struct blob value;

	*ret = SECURE_BOOT_UNKNOWN;
	if (!efivars)
		return 0;
	if (read_byte(efivars, &efi_setup_mode, &setup_mode, why) ||
	    read_variable(efivars, &efi_secure_boot, &value, why))
		return -1;
	if (value.size)
		*ret = value.data[0] == 1 ? SECURE_BOOT_ON :
		       setup_mode == 1	  ? SECURE_BOOT_SETUP :
					    SECURE_BOOT_OFF;
	blob_free(&value);
	return 0;
}

/* Firmware passes over a certificate that it cannot read, too. */
static void add_certificate(struct bzb_span der, STACK_OF(X509) *to)
{
	const unsigned char *at = der.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.size);

	if (certificate && !sk_X509_push(to, certificate))
		diag_no_memory(0);
	ERR_clear_error();
}

static int read_list(const char *efivars, const struct efi_variable *variable, struct list *ret,
		     struct why *why)
{
	struct bzb_siglist_walk walk = { 0 };
	struct bzb_siglist_entry entry;
	int more;

	if (read_variable(efivars, variable, &ret->value, why))
		return -1;
	ret->trust.authorities = sk_X509_new_null();
	if (!ret->trust.authorities)
		diag_no_memory(0);
	walk.rest = blob_span(&ret->value);
	while ((more = bzb_siglist_next(&walk, &entry)) > 0)
		if (bzb_siglist_is_x509(&entry))
			add_certificate(entry.data, ret->trust.authorities);
	return more ? explain(why, "variable %s: is not a list of signatures", variable->name) : 0;
}

static int read_lists(const char *efivars, struct firmware *firmware, struct why *why)
{
	if (read_secure_boot(efivars, &firmware->secure_boot, why))
		return -1;
	if (firmware->secure_boot != SECURE_BOOT_ON)
		return 0;
	for (size_t i = 0; i < LIST_COUNT; i++)
		if (read_list(efivars, variables[i], &firmware->lists[i], why))
			return -1;
	return 0;
}

int trust_read(const char *efivars, struct firmware **ret, struct why *why)
{
	struct firmware *firmware = calloc(1, sizeof(*firmware));

	if (!firmware)
		diag_no_memory(sizeof(*firmware));
	if (read_lists(efivars, firmware, why)) {
		trust_free(firmware);
		return -1;
	}
	*ret = firmware;
	return 0;
}

void trust_free(struct firmware *firmware)
{
	if (!firmware)
		return;
	for (size_t i = 0; i < LIST_COUNT; i++) {
		blob_free(&firmware->lists[i].value);
		sk_X509_pop_free(firmware->lists[i].trust.authorities, X509_free);
	}
	free(firmware);
}

enum secure_boot trust_secure_boot(const struct firmware *firmware)
{
	return firmware->secure_boot;
}

/* --- an image --------------------------------------------------------------------------- */

struct question {
	const struct bzb_authenticode *image;
	struct signatures signatures;
	struct digest_value
		digests[DIGEST_COUNT]; /* of the image; of those that no list has, none */
};

static bool has_entry(const struct list *list, const char *type, const struct digest_value *digest)
{
	struct bzb_siglist_walk walk = { .rest = blob_span(&list->value) };
	struct bzb_siglist_entry entry;
	struct bzb_span start;
	struct guid guid;

	guid_parse(type, &guid);
	while (bzb_siglist_next(&walk, &entry) > 0)
		if (!memcmp(entry.type, guid.bytes, BZB_GUID_SIZE) &&
		    !bzb_slice(entry.data, 0, digest->size, &start) &&
		    !memcmp(start.data, digest->bytes, digest->size))
			return true;
	return false;
}

static bool has_type(const struct firmware *firmware, const char *type)
{
	/* Every entry begins with no bytes. */
	const struct digest_value none = { .size = 0 };

	for (size_t i = 0; i < LIST_COUNT; i++)
		if (has_entry(&firmware->lists[i], type, &none))
			return true;
	return false;
}

/* Large images take time for each digest. */
static int take_digests(const struct firmware *firmware, struct question *question, struct why *why)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (has_type(firmware, digests[i].of_image) &&
		    pe_image_digest(question->image, digest_by_name(digests[i].name),
				    &question->digests[i], why))
			return -1;
	return 0;
}

static bool has_digest(const struct list *list, const struct question *question)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (question->digests[i].size &&
		    has_entry(list, digests[i].of_image, &question->digests[i]))
			return true;
	return false;
}

/* Neither firmware nor shim verifies other signatures than RSA. */
static bool has_signer(const struct list *list, const struct question *question)
{
	for (size_t i = 0; i < question->signatures.count; i++) {
		const struct signature *signature = &question->signatures.entries[i].signature;

		if (signature_is_trusted(signature, &list->trust) &&
		    EVP_PKEY_is_a(X509_get0_pubkey(signature->signer), "RSA"))
			return true;
	}
	return false;
}

static bool has_certificate_digest(const struct list *list, X509 *certificate)
{
	struct digest_value digest;
	unsigned char *der = NULL;
	int size = i2d_re_X509_tbs(certificate, &der);
	bool found = false;

	if (size <= 0)
		diag_no_memory(0);
	for (size_t i = 0; i < DIGEST_COUNT && !found; i++) {
		if (!EVP_Digest(der, (size_t)size, digest.bytes, &digest.size,
				EVP_get_digestbyname(digests[i].name), NULL))
			diag_no_memory(0);
		found = has_entry(list, digests[i].of_certificate, &digest);
	}
	OPENSSL_free(der);
	return found;
}

/*
 * A time in the entry limits it to signatures with a later time stamp, or none. bzboot's signatures
 * have none, so the time is ignored.
 */
static bool has_certificate_of_signer(const struct list *list, const struct question *question)
{
	for (size_t i = 0; i < question->signatures.count; i++) {
		const struct signature *signature = &question->signatures.entries[i].signature;

		for (int j = 0; !signature->fault && j < sk_X509_num(signature->chain); j++)
			if (has_certificate_digest(list, sk_X509_value(signature->chain, j)))
				return true;
	}
	return false;
}

static const struct {
	enum list_name list;
	bool (*has)(const struct list *list, const struct question *question);
	enum trust_answer answer;
} rules[] = {
	/* One signature that is revoked is enough. */
	{ LIST_DBX, has_digest, TRUST_REVOKED },
	{ LIST_DBX, has_signer, TRUST_REVOKED },
	{ LIST_DBX, has_certificate_of_signer, TRUST_REVOKED },
	{ LIST_MOKX, has_digest, TRUST_REVOKED },
	{ LIST_MOKX, has_signer, TRUST_REVOKED },
	{ LIST_MOKX, has_certificate_of_signer, TRUST_REVOKED },
	{ LIST_DB, has_signer, TRUST_BY_DB },
	{ LIST_DB, has_digest, TRUST_BY_DIGEST },
	{ LIST_MOK, has_signer, TRUST_BY_MOK },
	{ LIST_MOK, has_digest, TRUST_BY_MOK },
};

static enum trust_answer ask_lists(const struct firmware *firmware, const struct question *question)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(rules); i++)
		if (rules[i].has(&firmware->lists[rules[i].list], question))
			return rules[i].answer;
	return TRUST_NONE;
}

static int ask(const struct firmware *firmware, const struct bzb_authenticode *image,
	       enum trust_answer *ret, struct why *why)
{
	struct question question = { .image = image };
	int err;

	signatures_read(image, &(struct trust){ 0 }, &question.signatures);
	err = take_digests(firmware, &question, why);
	if (!err)
		*ret = ask_lists(firmware, &question);
	signatures_free(&question.signatures);
	return err;
}

int trust_ask(const struct firmware *firmware, struct bzb_span image, enum trust_answer *ret,
	      struct why *why)
{
	struct bzb_authenticode parsed;

	if (pe_image_parse(image, &parsed, why))
		return -1;
	if (firmware->secure_boot == SECURE_BOOT_ON)
		return ask(firmware, &parsed, ret, why);
	*ret = firmware->secure_boot == SECURE_BOOT_UNKNOWN ? TRUST_UNKNOWN : TRUST_OFF;
	return 0;
}

static const struct {
	const char *word, *phrase;
	bool refuses;
} answers[] = {
	[TRUST_UNKNOWN] = { "unknown", "there are no variables of the firmware", false },
	[TRUST_OFF] = { "off", "Secure Boot is off", false },
	[TRUST_BY_DB] = { "db", "db has a certificate of its signature", false },
	[TRUST_BY_DIGEST] = { "digest", "db has its digest", false },
	[TRUST_BY_MOK] = { "mok", "MokList of shim has its certificate or digest", false },
	[TRUST_REVOKED] = { "revoked", "dbx or MokListX has its certificate or digest", true },
	[TRUST_NONE] = { "none", "db has neither a certificate of a signature nor the digest",
			 true },
};

bool trust_refuses(enum trust_answer answer)
{
	return answers[answer].refuses;
}

int trust_check(const struct firmware *firmware, struct bzb_span image, struct why *why)
{
	enum trust_answer answer;

	if (trust_ask(firmware, image, &answer, why))
		return -1;
	if (!trust_refuses(answer))
		return 0;
	return explain(why, "Secure Boot is on, and the firmware would refuse it: %s",
		       trust_phrase(answer));
}

const char *trust_word(enum trust_answer answer)
{
	return answers[answer].word;
}

const char *trust_phrase(enum trust_answer answer)
{
	return answers[answer].phrase;
}
