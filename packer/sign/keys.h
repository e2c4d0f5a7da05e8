/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and certificates, from files (PEM, DER, PKCS #7, PKCS #12) and, with a provider of OpenSSL,
 * from tokens (pkcs11:, handle: and others).
 */
#ifndef PACKER_KEYS_H
#define PACKER_KEYS_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "io/blob.h"
#include "io/diag.h"
#include "io/names.h"

/* Access to a key. */
struct key_access {
	struct names providers;	   /* of OpenSSL, beside the default one */
	bool no_providers;	   /* the command has no option for them */
	const char *provider_path; /* a folder, NULL for OpenSSL's own */
	const char *pin_file;	   /* its first line is the PIN or passphrase */
	const char *pin_env;	   /* the environment variable that holds it */
};

struct keys;

/**
 * keys_open() - load the providers, read the PIN
 * @access: must stay as long as the result is used
 * @ret: to be closed; untouched on error
 * @ret_culprit: the provider or file that is at fault, on error
 * @why: what went wrong
 *
 * Without a file or variable for the PIN it is asked for on the terminal, when it is needed.
 *
 * returns: 0, or -1 on error
 */
int keys_open(const struct key_access *access, struct keys **ret, const char **ret_culprit,
	      struct why *why);

/**
 * keys_close() - forget the PIN, unload the providers
 * @keys: no key of it may be used any more; NULL is allowed
 */
void keys_close(struct keys *keys);

/**
 * keys_load_private() - load a private key
 * @keys: opened
 * @uri: a file or a URI; the first key of it is taken
 * @ret: for EVP_PKEY_free(); untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int keys_load_private(struct keys *keys, const char *uri, EVP_PKEY **ret, struct why *why);

/**
 * keys_load_public() - load a public key
 * @keys: opened
 * @uri: a file or a URI; the first key of it is taken
 * @ret: for EVP_PKEY_free(); untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int keys_load_public(struct keys *keys, const char *uri, EVP_PKEY **ret, struct why *why);

/**
 * keys_ask_new() - get a passphrase for new keys
 * @keys: opened; a PIN that is known already is the passphrase
 * @what: the keys, for the prompt; it is asked for twice
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int keys_ask_new(struct keys *keys, const char *what, struct why *why);

/**
 * keys_encode_private() - the contents of a file for a private key
 * @keys: opened
 * @key: private
 * @encrypt: with the passphrase of @keys, by AES-256
 * @ret: PEM, PKCS #8
 */
void keys_encode_private(const struct keys *keys, const EVP_PKEY *key, bool encrypt,
			 struct blob *ret);

/**
 * keys_match() - whether a certificate is for a key
 * @certificate: any
 * @key: private
 *
 * returns: 1, 0, or -1 if the provider of the key cannot compare them
 */
int keys_match(const X509 *certificate, const EVP_PKEY *key);

/* Bytes for keys_query() */
#define KEY_QUERY_SIZE 256

/**
 * keys_query() - have OpenSSL sign with the provider of a key
 * @key: private
 * @ret: a property query, that asks this provider first; otherwise OpenSSL uses the first provider
 *	that can sign, which may have only the public half of the key
 * @why: the name of the provider is too long
 *
 * returns: 0, or -1 on error
 */
int keys_query(const EVP_PKEY *key, char ret[KEY_QUERY_SIZE], struct why *why);

/**
 * keys_load_certificates() - load all certificates of a file
 * @keys: opened
 * @uri: a file or a URI
 * @to: they are added to it, in their order
 * @why: what went wrong; none at all is an error too
 *
 * returns: 0, or -1 on error
 */
int keys_load_certificates(struct keys *keys, const char *uri, STACK_OF(X509) *to, struct why *why);

/**
 * keys_read_certificates() - load all certificates of several files, by the default provider
 * @names: files or URIs
 * @ret: all of them, for sk_X509_pop_free(); untouched on error
 * @ret_culprit: the file that is at fault, on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int keys_read_certificates(const struct names *names, STACK_OF(X509) **ret,
			   const char **ret_culprit, struct why *why);

#endif
