/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure_keys.h"

#include <limits.h>

#include <openssl/err.h>

#include <bzboot/uki.h>

#include "input/pe_section.h"
#include "measure/policy.h"
#include "sign/openssl.h"

static int load_cert(struct measure_keys *keys, const char *cert, struct why *why)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	int err;

	if (!certificates)
		diag_no_memory(0);
	err = keys_load_certificates(keys->keys, cert, certificates, why);
	if (!err)
		keys->public = X509_get_pubkey(sk_X509_value(certificates, 0));
	sk_X509_pop_free(certificates, X509_free);
	if (!err && !keys->public)
		return explain_openssl(why, "has a public key that OpenSSL cannot read");
	return err;
}

/* @ret: the bytes of .pcrpkey; untouched on error */
static int find_pcrpkey(struct bzb_span image, unsigned int profile, struct bzb_span *ret)
{
	struct bzb_pe_section section;
	struct bzb_uki uki;
	struct bzb_pe pe;

	if (bzb_pe_parse(image, &pe) || bzb_uki_find(&pe, profile, &uki) ||
	    bzb_uki_section(&uki, BZB_UKI_PCRPKEY, &section))
		return -1;
	return pe_section_bytes(image, &section, ret) || ret->size > INT_MAX ? -1 : 0;
}

static int load_pcrpkey(struct measure_keys *keys, struct bzb_span image, unsigned int profile,
			struct why *why)
{
	struct bzb_span text;

	if (find_pcrpkey(image, profile, &text))
		return explain(why, "has no section .pcrpkey: use --public-key or --cert");
	keys->public = policy_read_key(text);
	return keys->public ? 0 : explain(why, "section .pcrpkey is not a public key");
}

static int load_public(struct measure_keys *keys, const struct measure_key_options *options,
		       struct bzb_span image, unsigned int profile, const char **ret_culprit,
		       struct why *why)
{
	if (options->cert) {
		*ret_culprit = options->cert;
		return load_cert(keys, options->cert, why);
	}
	if (options->public) {
		*ret_culprit = options->public;
		return keys_load_public(keys->keys, options->public, &keys->public, why);
	}
	if (!keys->private) {
		*ret_culprit = NULL;
		return load_pcrpkey(keys, image, profile, why);
	}
	if (!EVP_PKEY_up_ref(keys->private))
		diag_no_memory(0);
	keys->public = keys->private;
	return 0;
}

static int open_keys(struct measure_keys *keys, const struct measure_key_options *options,
		     struct bzb_span image, unsigned int profile, const char **ret_culprit,
		     struct why *why)
{
	if (keys_open(&options->access, &keys->keys, ret_culprit, why))
		return -1;
	*ret_culprit = options->private;
	if (options->private &&
	    keys_load_private(keys->keys, options->private, &keys->private, why))
		return -1;
	if (load_public(keys, options, image, profile, ret_culprit, why))
		return -1;
	keys->origin = *ret_culprit;
	return 0;
}

int measure_keys_open(const struct measure_key_options *options, struct bzb_span image,
		      unsigned int profile, struct measure_keys *ret, const char **ret_culprit,
		      struct why *why)
{
	struct measure_keys keys = { 0 };

	if (open_keys(&keys, options, image, profile, ret_culprit, why)) {
		measure_keys_close(&keys);
		return -1;
	}
	*ret = keys;
	return 0;
}

bool measure_keys_doubt(const struct measure_keys *keys, struct bzb_span image,
			unsigned int profile, struct why *why)
{
	struct bzb_span text;
	EVP_PKEY *key;
	bool is_other;

	if (find_pcrpkey(image, profile, &text))
		return false;
	key = policy_read_key(text);
	is_other = !key || EVP_PKEY_eq(key, keys->public) == 0;
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (is_other)
		explain(why, "warning: section .pcrpkey is not the public key of these policies");
	return is_other;
}

void measure_keys_close(struct measure_keys *keys)
{
	EVP_PKEY_free(keys->public);
	EVP_PKEY_free(keys->private);
	keys_close(keys->keys);
	*keys = (struct measure_keys){ 0 };
}
