/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/hex.h"
#include "io/lap.h"
#include "sign/efi_update.h"
#include "certificate_text.h"
#include "key_files.h"
#include "keys_actions.h"

static void print_fingerprint(const X509 *certificate)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size;

	if (!X509_digest(certificate, EVP_sha256(), bytes, &size))
		diag_no_memory(0);
	printf("  %-9s ", "sha256");
	hex_print(bytes, size);
	putchar('\n');
}

/* A key may be on another machine. */
static int print_private(const char *path)
{
	struct why why;
	struct stat st;

	if (stat(path, &st)) {
		if (errno != ENOENT) {
			explain(&why, "cannot read: %s", strerror(errno));
			return diag_fail(path, &why);
		}
		printf("  %-9s not here\n", "private");
		return 0;
	}
	printf("  %-9s %s\n", "private", path);
	if (!(st.st_mode & 077))
		return 0;
	explain(&why, "others may read this key: its mode is %04o, not 0600", st.st_mode & 07777);
	return diag_fail(path, &why);
}

static int list_key(const struct keys_options *options, const char *stem)
{
	X509 *certificate;
	int err;

	if (key_file_certificate(options->folder, stem, &certificate))
		return -1;
	puts(stem);
	certificate_print_name("subject", certificate);
	certificate_print_time("until", X509_get0_notAfter(certificate));
	print_fingerprint(certificate);
	certificate_print_key(certificate, NULL);
	err = print_private(key_file_path(options->folder, stem, ".key"));
	X509_free(certificate);
	return err;
}

int action_list(const struct keys_options *options)
{
	struct why why;
	int err = 0;

	if (access(options->folder, X_OK)) {
		explain(&why, "cannot open: %s", strerror(errno));
		return diag_fail(options->folder, &why);
	}
	for (size_t i = EFI_KEY_COUNT; i-- > 0;) {
		err |= list_key(options, efi_keys[i].name);
		lap(efi_keys[i].name);
	}
	if (!access(key_file_path(options->folder, "db-old", ".crt"), F_OK))
		err |= list_key(options, "db-old");
	return err;
}
