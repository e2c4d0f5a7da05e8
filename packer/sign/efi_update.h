/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The variables of Secure Boot, and signed updates of them, as .auth files hold:
 * EFI_VARIABLE_AUTHENTICATION_2 and the new value (UEFI 2.10, 8.2.2).
 */
#ifndef PACKER_EFI_UPDATE_H
#define PACKER_EFI_UPDATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "io/blob.h"
#include "io/diag.h"

/* NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS, TIME_BASED_AUTHENTICATED_WRITE_ACCESS */
#define EFI_UPDATE_ATTRIBUTES 0x27u

/* In the order in which they are set: with PK, the firmware leaves setup mode. */
enum efi_key_name { EFI_KEY_DB, EFI_KEY_KEK, EFI_KEY_PK, EFI_KEY_COUNT };

struct efi_variable {
	const char *name, *guid; /* of the vendor, as text */
};

extern const struct efi_variable efi_keys[EFI_KEY_COUNT];

/* Its value is 1 in setup mode: then any of the above may be set. */
extern const struct efi_variable efi_setup_mode;

/* Its value is 1 if the firmware verifies images. */
extern const struct efi_variable efi_secure_boot;

/* The digests and certificates of images that the firmware refuses, also if db has them */
extern const struct efi_variable efi_dbx;

/**
 * efi_update_sign() - make a signed update
 * @variable: one of the above
 * @value: the new one, signature lists; none deletes the variable
 * @time: Unix time; firmware wants a later one than that of the variable's last update
 * @key: private, RSA
 * @certificate: of it; firmware has to trust it
 * @ret: the contents of an .auth file
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int efi_update_sign(const struct efi_variable *variable, struct bzb_span value, int64_t time,
		    EVP_PKEY *key, X509 *certificate, struct blob *ret, struct why *why);

#endif
