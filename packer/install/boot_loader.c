/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "input/loader_info.h"
#include "io/fileio.h"
#include "sign/verify.h"
#include "put.h"

/* Of each machine: an ESP may be for several. */
static const char *const paths[] = {
	/* clang-format off */
	"EFI/systemd/systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI",
	"EFI/systemd/systemd-bootaa64.efi", "EFI/BOOT/BOOTAA64.EFI",
	"EFI/systemd/systemd-bootriscv64.efi", "EFI/BOOT/BOOTRISCV64.EFI",
	"EFI/systemd/systemd-bootloongarch64.efi", "EFI/BOOT/BOOTLOONGARCH64.EFI",
	/* clang-format on */
};

static bool is_systemd_boot(struct bzb_span file)
{
	struct bzb_span version;
	struct bzb_pe pe;

	return !bzb_pe_parse(file, &pe) && loader_info_find(&pe, "systemd-boot", &version);
}

static int load_certificates(const struct sign_options *options, STACK_OF(X509) *to)
{
	const char *culprit = NULL;
	struct keys *keys = NULL;
	struct why why;
	int err = keys_open(&options->access, &keys, &culprit, &why);

	if (!err && keys_load_certificates(keys, options->cert, to, &why)) {
		culprit = options->cert;
		err = -1;
	}
	keys_close(keys);
	return err ? diag_fail(culprit, &why) : 0;
}

static int is_signed_by(struct bzb_span file, const char *path, STACK_OF(X509) *signers, bool *ret)
{
	const struct trust trust = { .signers = signers };
	struct bzb_authenticode image;
	struct signatures signatures;
	struct why why;

	if (pe_image_parse(file, &image, &why))
		return diag_fail(path, &why);
	signatures_read(&image, &trust, &signatures);
	*ret = false;
	for (size_t i = 0; i < signatures.count; i++)
		*ret |= signatures.entries[i].signature.trusted;
	signatures_free(&signatures);
	return 0;
}

static int sign_file(const struct sign_options *options, const struct install_place *place,
		     const char *path, const char *full, struct blob *file)
{
	const char *culprit = NULL;
	struct signer *signer = NULL;
	struct why why;
	int err;

	if (signer_open(options, &signer, &culprit, &why))
		return diag_fail(culprit, &why);
	err = sign_bytes(file, signer, &why);
	signer_close(signer);
	if (err)
		return diag_fail(full, &why);
	if (put_replace(place, path, blob_span(file)))
		return -1;
	if (!diag_is_quiet())
		printf("%s: signed\n", full);
	return 0;
}

static int sign_one(const struct sign_options *options, const struct install_place *place,
		    const char *path, STACK_OF(X509) *signers)
{
	char *full = install_esp_path(place, path);
	struct blob file = { 0 };
	struct why why;
	bool is_signed = false;
	int err = 0;

	if (!access(full, F_OK)) {
		err = file_read(full, &file, &why);
		if (err)
			diag(full, &why);
	}
	if (!err && is_systemd_boot(blob_span(&file))) {
		err = is_signed_by(blob_span(&file), full, signers, &is_signed);
		if (!err && !is_signed)
			err = sign_file(options, place, path, full, &file);
	}
	blob_free(&file);
	free(full);
	return err;
}

static int sign_on_esp(const struct sign_options *options, const struct install_place *place,
		       STACK_OF(X509) *signers)
{
	int err = 0;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(paths) && !err; i++)
		err = sign_one(options, place, paths[i], signers);
	return err;
}

int boot_loader_sign(const struct install_place *place, const struct sign_options *options)
{
	STACK_OF(X509) *signers = sk_X509_new_null();
	struct install_place other = *place;
	int err;

	if (!signers)
		diag_no_memory(0);
	err = load_certificates(options, signers);
	if (!err)
		err = sign_on_esp(options, place, signers);
	for (size_t i = 0; install_usual_esp(i) && !err; i++) {
		other.esp = install_path(place, install_usual_esp(i));
		err = sign_on_esp(options, &other, signers);
		free(other.esp);
	}
	sk_X509_pop_free(signers, X509_free);
	return err;
}
