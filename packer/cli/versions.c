/* SPDX-License-Identifier: BSD-2-Clause */
#include "versions.h"

#include <stdio.h>

#include <jansson.h>
#include <lz4.h>
#include <lzma.h>
#include <openssl/crypto.h>
#include <zlib.h>
#include <zstd.h>

#include <bzboot/bzboot.h>

static const char *openssl_version(void)
{
	return OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
}

/* As linked at run time. */
static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
	/* clang-format off */
	{ "libzstd", ZSTD_versionString },
	{ "liblzma", lzma_version_string },
	{ "zlib", zlibVersion },
	{ "liblz4", LZ4_versionString },
	{ "OpenSSL", openssl_version },
	{ "jansson", jansson_version_str },
	/* clang-format on */
};

void versions_print(void)
{
	puts("bzboot " BZBOOT_VERSION);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(libraries); i++)
		printf("%s %s\n", libraries[i].name, libraries[i].version());
}
