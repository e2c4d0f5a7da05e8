/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of certificates, in any form that OpenSSL finds in it */
#include "fuzz.h"

#include <stdio.h>
#include <unistd.h>

#include "../packer/sign/keys.h"

/* A certificate is the same after writing and reading it. */
static void check_certificate(X509 *certificate)
{
	unsigned char *bytes = NULL;
	int size = i2d_X509(certificate, &bytes);
	const unsigned char *at = bytes;
	X509 *again;

	PROMISE(size > 0);
	again = d2i_X509(NULL, &at, size);
	PROMISE(again && at == bytes + size && !X509_cmp(certificate, again));
	X509_free(again);
	OPENSSL_free(bytes);
}

static void check_bundle(struct keys *keys, const char *path)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	struct why why = { "" };
	int err;

	PROMISE(certificates);
	err = keys_load_certificates(keys, path, certificates, &why);
	PROMISE(!err == (sk_X509_num(certificates) > 0));
	PROMISE(!err || *why.text);
	for (int i = 0; i < sk_X509_num(certificates); i++)
		check_certificate(sk_X509_value(certificates, i));
	sk_X509_pop_free(certificates, X509_free);
}

static void check_key(struct keys *keys, const char *path)
{
	struct why why = { "" };
	EVP_PKEY *key = NULL;
	int err = keys_load_private(keys, path, &key, &why);

	PROMISE(!err == !!key && (!err || *why.text));
	EVP_PKEY_free(key);
}

/* A store reads files, so the input becomes a file in memory. */
static int input_file(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", 0);
	PROMISE(fd >= 0 && !ftruncate(fd, 0));
	PROMISE(pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

static struct keys *open_keys(void)
{
	static const char pin[] = "PIN";
	static struct key_access access = { .pin_env = pin };
	const char *culprit;
	struct keys *keys;
	struct why why;

	PROMISE(!setenv(pin, "1234", 1));
	PROMISE(!keys_open(&access, &keys, &culprit, &why));
	return keys;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keys *keys;
	char path[64];

	if (!keys)
		keys = open_keys();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", input_file(data, size));
	check_bundle(keys, path);
	check_key(keys, path);
	return 0;
}
