/* SPDX-License-Identifier: BSD-2-Clause */
#include "versions.h"

#include <stdio.h>

#include <jansson.h>
#include <lz4.h>
#include <lzma.h>
#include <openssl/crypto.h>
#include <zlib.h>
#include <zstd.h>
#include <Zydis/Zydis.h>

#include <bzboot/bzboot.h>

#include "image/stubs.h"

static const char *openssl_version(void)
{
	return OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
}

static const char *zydis_version(void)
{
	static char text[24];
	const ZyanU64 version = ZydisGetVersion();

	snprintf(text, sizeof(text), "%u.%u.%u", (unsigned int)ZYDIS_VERSION_MAJOR(version),
		 (unsigned int)ZYDIS_VERSION_MINOR(version),
		 (unsigned int)ZYDIS_VERSION_PATCH(version));
	return text;
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
	{ "Zydis", zydis_version },
	/* clang-format on */
};

static void print_machines(void)
{
	printf("stubs:");
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++)
		if (stub_has_machine(i))
			printf(" %s", bzb_machine_name(i));
	putchar('\n');
}

void versions_print(void)
{
	puts("bzboot " BZBOOT_VERSION);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(libraries); i++)
		printf("%s %s\n", libraries[i].name, libraries[i].version());
	print_machines();
}
