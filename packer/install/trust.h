/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's answer to an image, by the rules of Secure Boot (UEFI 2.10, 32.5.3): it would
 * start it or refuse it.
 *
 *	struct firmware *firmware;
 *
 *	if (trust_read("/sys/firmware/efi/efivars", &firmware, &why))
 *		... diag(culprit, &why)
 *	if (trust_check(firmware, image, &why))
 *		... diag(path, &why): the firmware would refuse it
 *	trust_free(firmware);
 *
 * An image that the firmware refuses is started nevertheless if shim trusts it, and a loader started
 * by shim starts it. Its lists are in MokListRT and MokListXRT, which only shim makes.
 */
#ifndef PACKER_TRUST_H
#define PACKER_TRUST_H

#include <stdbool.h>

#include "io/blob.h"
#include "io/diag.h"

enum secure_boot {
	SECURE_BOOT_UNKNOWN, /* there are no variables: no UEFI, or they are not mounted */
	SECURE_BOOT_OFF,
	SECURE_BOOT_SETUP, /* off, and PK is not set */
	SECURE_BOOT_ON,
};

enum trust_answer {
	TRUST_UNKNOWN,	 /* see SECURE_BOOT_UNKNOWN */
	TRUST_OFF,	 /* Secure Boot is: it starts any image */
	TRUST_BY_DB,	 /* for a signature, by a certificate in db */
	TRUST_BY_DIGEST, /* db has the image's digest */
	TRUST_BY_MOK,	 /* MokListRT has either */
	TRUST_REVOKED,	 /* dbx or MokListXRT has either */
	TRUST_NONE,	 /* no list has anything about it */
};

struct firmware;

/**
 * trust_read() - read the lists of the firmware
 * @efivars: the folder where efivarfs is; NULL: all answers are TRUST_UNKNOWN
 * @ret: for trust_free(); untouched on error
 * @why: what went wrong, with the name of the variable
 *
 * returns: 0, or -1 on error
 */
int trust_read(const char *efivars, struct firmware **ret, struct why *why);

/**
 * trust_free() - forget the lists
 * @firmware: NULL is allowed
 */
void trust_free(struct firmware *firmware);

/**
 * trust_secure_boot() - whether the firmware verifies images
 * @firmware: read
 */
enum secure_boot trust_secure_boot(const struct firmware *firmware);

/**
 * trust_ask() - whether the firmware would start an image
 * @firmware: read
 * @image: a PE image, private bytes
 * @ret: the answer; untouched on error
 * @why: it is not a PE image
 *
 * returns: 0, or -1 on error
 */
int trust_ask(const struct firmware *firmware, struct bzb_span image, enum trust_answer *ret,
	      struct why *why);

/**
 * trust_refuses() - whether an image with this answer is not started
 * @answer: of trust_ask()
 */
bool trust_refuses(enum trust_answer answer);

/**
 * trust_check() - refuse an image that the firmware would refuse
 * @firmware: read
 * @image: as of trust_ask()
 * @why: why it would
 *
 * returns: 0, also if it is not known; -1 if the firmware would refuse it
 */
int trust_check(const struct firmware *firmware, struct bzb_span image, struct why *why);

/**
 * trust_word() - an answer, for programs
 * @answer: of trust_ask()
 *
 * returns: "unknown", "off", "db", "digest", "mok", "revoked", "none"
 */
const char *trust_word(enum trust_answer answer);

/**
 * trust_phrase() - an answer, for people
 * @answer: of trust_ask()
 *
 * returns: what the firmware has of the image: "db has the certificate of a signature"
 */
const char *trust_phrase(enum trust_answer answer);

#endif
