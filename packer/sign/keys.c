/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "io/fileio.h"
#include "openssl.h"

/* Longer than the PIN of any token. */
#define PIN_SIZE 1024

/* A store that has nothing but errors may never come to its end. */
#define FAILURES_MAX 64

struct keys {
	OSSL_PROVIDER **providers;
	size_t provider_count;
	bool no_providers; /* see struct key_access */
	UI_METHOD *ui;
	char pin[PIN_SIZE];
	const char *pin_of; /* the key that it belongs to; NULL: all keys */
	bool pin_known;
	struct blob input; /* the bytes of standard input, for every "-" */
	/* of the store that is open */
	const char *uri;
	bool asked;	 /* it wanted a PIN, */
	bool unanswered; /* and there was no way to ask */
};

static int set_pin(struct keys *keys, const char *pin, size_t size, struct why *why)
{
	if (size >= sizeof(keys->pin))
		return explain(why, "holds a PIN of more than %zu characters",
			       sizeof(keys->pin) - 1);
	memcpy(keys->pin, pin, size);
	keys->pin[size] = 0;
	keys->pin_known = true;
	return 0;
}

static int read_pin_file(struct keys *keys, const char *path, struct why *why)
{
	struct blob file;
	int err;

	if (file_read(path, &file, why))
		return -1;
	/* A line, with or without its end. */
	blob_resize(&file, file.size + 1);
	file.data[file.size - 1] = 0;
	err = set_pin(keys, (char *)file.data, strcspn((char *)file.data, "\r\n"), why);
	OPENSSL_cleanse(file.data, file.size);
	blob_free(&file);
	return err;
}

static int read_pin(struct keys *keys, const struct key_access *access, const char **ret_culprit,
		    struct why *why)
{
	const char *value;

	if (access->pin_file) {
		*ret_culprit = access->pin_file;
		return read_pin_file(keys, access->pin_file, why);
	}
	if (!access->pin_env)
		return 0;
	*ret_culprit = access->pin_env;
	value = getenv(access->pin_env);
	if (!value)
		return explain(why, "this environment variable is not set (--pin-env)");
	return set_pin(keys, value, strlen(value), why);
}

static bool is_there_a_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A pem_password_cb; the store calls it for an encrypted object. */
static int answer_prompt(char *to, int size, int writing, void *data)
{
	struct keys *keys = data;
	char prompt[512];
	size_t length;

	(void)writing;
	keys->asked = true;
	if (!keys->pin_known || (keys->pin_of && strcmp(keys->pin_of, keys->uri))) {
		keys->unanswered = !is_there_a_terminal();
		snprintf(prompt, sizeof(prompt), "PIN or passphrase of %.400s: ", keys->uri);
		if (keys->unanswered || EVP_read_pw_string(keys->pin, sizeof(keys->pin), prompt, 0))
			return -1;
		keys->pin_known = true;
		keys->pin_of = keys->uri;
	}
	length = strlen(keys->pin);
	if (length > (size_t)size)
		return -1;
	memcpy(to, keys->pin, length);
	return (int)length;
}

int keys_ask_new(struct keys *keys, const char *what, struct why *why)
{
	char prompt[512];

	if (!keys->pin_known) {
		if (!is_there_a_terminal())
			return explain(why, "needs a passphrase, and there is no terminal: use "
					    "--pin-file or --pin-env");
		snprintf(prompt, sizeof(prompt), "new passphrase of %.400s: ", what);
		if (EVP_read_pw_string(keys->pin, sizeof(keys->pin), prompt, 1))
			return explain_openssl(why, "no passphrase, or two different ones");
		keys->pin_known = true;
	}
	/* OpenSSL's limit for a file */
	if (strlen(keys->pin) < 4)
		return explain(why, "a passphrase has four characters or more");
	return 0;
}

void keys_encode_private(const struct keys *keys, const EVP_PKEY *key, bool encrypt,
			 struct blob *ret)
{
	const EVP_CIPHER *cipher = encrypt ? EVP_aes_256_cbc() : NULL;
	BIO *bio = BIO_new(BIO_s_secmem());
	char *pem;
	long size;

	if (!bio ||
	    !PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, encrypt ? keys->pin : NULL,
					   encrypt ? (int)strlen(keys->pin) : 0, NULL, NULL) ||
	    (size = BIO_get_mem_data(bio, &pem)) <= 0)
		diag_no_memory(0);
	*ret = blob_copy((struct bzb_span){ (unsigned char *)pem, (size_t)size });
	BIO_free(bio);
}

static int load_provider(struct keys *keys, const char *name, struct why *why)
{
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, name);

	if (!provider)
		return explain_openssl(why, "cannot load the provider");
	keys->providers[keys->provider_count++] = provider;
	return 0;
}

/*
 * After a provider is loaded by name, OpenSSL does not load the default one by itself. The default
 * one is loaded first, so that it serves digests and certificates.
 */
static int load_providers(struct keys *keys, const struct key_access *access,
			  const char **ret_culprit, struct why *why)
{
	const struct names *names = &access->providers;

	if (access->provider_path) {
		*ret_culprit = access->provider_path;
		if (!OSSL_PROVIDER_set_default_search_path(NULL, access->provider_path))
			return explain_openssl(why, "cannot search this folder for providers");
	}
	if (!names->count)
		return 0;
	keys->providers = calloc(names->count + 1, sizeof(OSSL_PROVIDER *));
	if (!keys->providers)
		diag_no_memory(names->count);
	*ret_culprit = "default";
	if (load_provider(keys, "default", why))
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		*ret_culprit = names->names[i];
		if (load_provider(keys, names->names[i], why))
			return -1;
	}
	return 0;
}

int keys_open(const struct key_access *access, struct keys **ret, const char **ret_culprit,
	      struct why *why)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		diag_no_memory(sizeof(*keys));
	keys->no_providers = access->no_providers;
	keys->ui = UI_UTIL_wrap_read_pem_callback(answer_prompt, 0);
	if (!keys->ui)
		diag_no_memory(0);
	if (load_providers(keys, access, ret_culprit, why) ||
	    read_pin(keys, access, ret_culprit, why)) {
		keys_close(keys);
		return -1;
	}
	*ret = keys;
	return 0;
}

void keys_close(struct keys *keys)
{
	if (!keys)
		return;
	OPENSSL_cleanse(keys->pin, sizeof(keys->pin));
	OPENSSL_cleanse(keys->input.data, keys->input.size);
	blob_free(&keys->input);
	UI_destroy_method(keys->ui);
	while (keys->provider_count)
		OSSL_PROVIDER_unload(keys->providers[--keys->provider_count]);
	free(keys->providers);
	free(keys);
}

/* The kind of object that a store is asked for, and the function for each one found. */
struct wanted {
	int type; /* OSSL_STORE_INFO_... */
	const char *name;
	bool (*take)(OSSL_STORE_INFO *info, void *to); /* returns: true for more */
	void *to;
};

static bool is_input(const char *uri)
{
	return !strcmp(uri, "-");
}

/* The path in a "file:" URI, or the name itself if it is not a URI; else NULL. */
static const char *path_of(const char *uri)
{
	static const char *const schemes[] = { "file://", "file:" };

	for (size_t i = 0; i < BZB_ARRAY_SIZE(schemes); i++)
		if (!strncmp(uri, schemes[i], strlen(schemes[i])))
			return uri + strlen(schemes[i]);
	return strchr(uri, ':') ? NULL : uri;
}

/*
 * OpenSSL says "unregistered scheme" of a file that is not there. Standard input is kept: a key and
 * its certificate may be in it.
 */
static int check_file(struct keys *keys, const char *uri, struct why *why)
{
	const char *path = path_of(uri);

	if (is_input(uri))
		return keys->input.size ? 0 : file_read(uri, &keys->input, why);
	if (path && access(path, R_OK))
		return explain(why, "cannot open: %s", strerror(errno));
	return 0;
}

static int explain_missing(const char *algorithm, struct why *why)
{
	bool legacy = OSSL_PROVIDER_available(NULL, "legacy");

	return explain(why, "is encrypted with %s, which OpenSSL %s", algorithm,
		       legacy ? "does not have" :
				"has only in its legacy provider (--provider legacy)");
}

static int explain_nothing(const struct keys *keys, const struct wanted *wanted, struct why *why)
{
	struct openssl_errors errors = openssl_take_errors();
	const char *colon = *errors.reason ? ": " : "";

	if (keys->unanswered)
		return explain(why, "needs a PIN or passphrase, and there is no terminal: use "
				    "--pin-file or --pin-env");
	if (keys->asked && *errors.missing)
		return explain_missing(errors.missing, why);
	if (keys->asked)
		return explain(why, "this PIN or passphrase does not unlock it%s%s", colon,
			       errors.reason);
	return explain(why, "does not contain a %s%s%s", wanted->name, colon, errors.reason);
}

/* The providers that open URIs of other schemes. */
static const struct {
	const char *scheme, *provider;
} schemes[] = {
	{ "pkcs11:", "pkcs11" },
	{ "handle:", "tpm2" },
	{ "object:", "tpm2" },
};

static int explain_closed(const struct keys *keys, const char *uri, struct why *why)
{
	const char *colon = strchr(uri, ':'), *provider = "NAME";
	int length;

	if (!colon || ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_OSSL_STORE)
		return explain_openssl(why, "cannot open");
	for (size_t i = 0; i < BZB_ARRAY_SIZE(schemes); i++)
		if (!strncmp(uri, schemes[i].scheme, strlen(schemes[i].scheme)))
			provider = schemes[i].provider;
	ERR_clear_error();
	length = (int)(colon - uri < 40 ? colon - uri + 1 : 40);
	if (keys->no_providers)
		return explain(why,
			       "cannot open: %.*s URIs need a provider: save the certificate "
			       "in a file",
			       length, uri);
	return explain(why, "cannot open: %.*s URIs need a provider (--provider %s)", length, uri,
		       provider);
}

static BIO *open_input(const struct keys *keys)
{
	BIO *bio = BIO_new_mem_buf(keys->input.data, (int)keys->input.size);

	if (!bio)
		diag_no_memory(keys->input.size);
	return bio;
}

/* @input: for BIO_free() after the store; NULL if it is not standard input */
static OSSL_STORE_CTX *open_store(struct keys *keys, const char *uri, BIO **input)
{
	*input = is_input(uri) ? open_input(keys) : NULL;
	if (*input)
		return OSSL_STORE_attach(*input, "file", NULL, NULL, keys->ui, keys, NULL, NULL,
					 NULL);
	return OSSL_STORE_open(uri, keys->ui, keys, NULL, NULL);
}

static int load_objects(struct keys *keys, const char *uri, const struct wanted *wanted,
			struct why *why)
{
	OSSL_STORE_CTX *store;
	BIO *input;
	bool more = true, found = false;
	int failures = 0;

	if (check_file(keys, uri, why))
		return -1;
	keys->uri = uri;
	keys->asked = false;
	keys->unanswered = false;
	store = open_store(keys, uri, &input);
	if (!store) {
		BIO_free(input);
		return explain_closed(keys, uri, why);
	}
	if (!OSSL_STORE_expect(store, wanted->type)) {
		OSSL_STORE_close(store);
		BIO_free(input);
		return explain_openssl(why, "cannot search it for a %s", wanted->name);
	}
	while (more && failures < FAILURES_MAX && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		/* Unknown objects are skipped: a curve may precede a key. */
		if (!info) {
			failures++;
			continue;
		}
		if (OSSL_STORE_INFO_get_type(info) == wanted->type) {
			more = wanted->take(info, wanted->to);
			found = true;
		}
		OSSL_STORE_INFO_free(info);
	}
	if (!found)
		explain_nothing(keys, wanted, why);
	OSSL_STORE_close(store);
	BIO_free(input);
	ERR_clear_error();
	return found ? 0 : -1;
}

static bool take_key(OSSL_STORE_INFO *info, void *to)
{
	EVP_PKEY *key = OSSL_STORE_INFO_get1_PKEY(info);

	if (!key)
		diag_no_memory(0);
	*(EVP_PKEY **)to = key;
	return false;
}

static bool take_public_key(OSSL_STORE_INFO *info, void *to)
{
	EVP_PKEY *key = OSSL_STORE_INFO_get1_PUBKEY(info);

	if (!key)
		diag_no_memory(0);
	*(EVP_PKEY **)to = key;
	return false;
}

int keys_load_private(struct keys *keys, const char *uri, EVP_PKEY **ret, struct why *why)
{
	struct wanted wanted = { OSSL_STORE_INFO_PKEY, "private key", take_key, ret };

	return load_objects(keys, uri, &wanted, why);
}

int keys_load_public(struct keys *keys, const char *uri, EVP_PKEY **ret, struct why *why)
{
	struct wanted wanted = { OSSL_STORE_INFO_PUBKEY, "public key", take_public_key, ret };

	return load_objects(keys, uri, &wanted, why);
}

int keys_match(const X509 *certificate, const EVP_PKEY *key)
{
	EVP_PKEY *public = X509_get0_pubkey(certificate);
	int equal = public ? EVP_PKEY_eq(public, key) : 0;

	ERR_clear_error();
	if (equal == -2)
		return -1;
	return equal == 1;
}

int keys_query(const EVP_PKEY *key, char ret[KEY_QUERY_SIZE], struct why *why)
{
	const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);

	*ret = '\0';
	if (provider && snprintf(ret, KEY_QUERY_SIZE, "?provider=%s",
				 OSSL_PROVIDER_get0_name(provider)) >= KEY_QUERY_SIZE)
		return explain(why, "the key's provider has a name of more than %d characters",
			       KEY_QUERY_SIZE);
	return 0;
}

static bool take_certificate(OSSL_STORE_INFO *info, void *to)
{
	X509 *certificate = OSSL_STORE_INFO_get1_CERT(info);

	if (!certificate || !sk_X509_push(to, certificate))
		diag_no_memory(sizeof(void *));
	return true;
}

/* @file: NULL is allowed */
static PKCS7 *read_pkcs7(BIO *file)
{
	PKCS7 *pkcs7 = file ? d2i_PKCS7_bio(file, NULL) : NULL;

	if (file && !pkcs7 && BIO_reset(file) == 0)
		pkcs7 = PEM_read_bio_PKCS7(file, NULL, NULL, NULL);
	BIO_free(file);
	ERR_clear_error();
	return pkcs7;
}

/* A bundle (.p7b), which OSSL_STORE does not read. */
static int load_pkcs7(const struct keys *keys, const char *uri, STACK_OF(X509) *to)
{
	const char *path = path_of(uri);
	PKCS7 *pkcs7 = is_input(uri) ? read_pkcs7(open_input(keys)) :
		       path	     ? read_pkcs7(BIO_new_file(path, "rb")) :
				       NULL;
	const STACK_OF(X509) *from = NULL;
	int count;

	if (pkcs7 && PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign)
		from = pkcs7->d.sign->cert;
	count = from ? sk_X509_num(from) : 0;
	for (int i = 0; i < count; i++) {
		if (!X509_up_ref(sk_X509_value(from, i)) ||
		    !sk_X509_push(to, sk_X509_value(from, i)))
			diag_no_memory(sizeof(void *));
	}
	PKCS7_free(pkcs7);
	return count ? 0 : -1;
}

int keys_load_certificates(struct keys *keys, const char *uri, STACK_OF(X509) *to, struct why *why)
{
	struct wanted wanted = { OSSL_STORE_INFO_CERT, "certificate", take_certificate, to };

	return load_objects(keys, uri, &wanted, why) && load_pkcs7(keys, uri, to) ? -1 : 0;
}

static int load_all(struct keys *keys, const struct names *names, STACK_OF(X509) *to,
		    const char **ret_culprit, struct why *why)
{
	for (size_t i = 0; i < names->count; i++) {
		*ret_culprit = names->names[i];
		if (keys_load_certificates(keys, names->names[i], to, why))
			return -1;
	}
	return 0;
}

int keys_read_certificates(const struct names *names, STACK_OF(X509) **ret,
			   const char **ret_culprit, struct why *why)
{
	const struct key_access access = { .no_providers = true };
	STACK_OF(X509) *certificates;
	struct keys *keys;
	int err;

	if (keys_open(&access, &keys, ret_culprit, why))
		return -1;
	certificates = sk_X509_new_null();
	if (!certificates)
		diag_no_memory(0);
	err = load_all(keys, names, certificates, ret_culprit, why);
	keys_close(keys);
	if (err)
		sk_X509_pop_free(certificates, X509_free);
	else
		*ret = certificates;
	return err;
}
