/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for files, in words: the same in every command that refuses a file. */
#ifndef PACKER_IDENTIFY_H
#define PACKER_IDENTIFY_H

#include <stdbool.h>

#include <bzboot/machine.h>

#include "io/diag.h"

struct identity {
	char text[160]; /* "an arm64 Image", "a truncated bzImage" */
	bool broken;	/* the text names the fault */
};

/**
 * identify() - name a file
 * @file: any bytes
 *
 * A file that has the marks of several formats is broken if one of them is.
 *
 * returns: a noun with its article
 */
struct identity identify(struct bzb_span file);

/**
 * explain_identity() - explain that a command does not take this kind of file
 * @why: "is NOUN, not WANTED"; of a broken file "is NOUN"
 * @file: any bytes
 * @wanted: the kind of file that the command takes, with its article
 *
 * returns: -1, for "return explain_identity(...)"
 */
int explain_identity(struct why *why, struct bzb_span file, const char *wanted);

/**
 * machine_article() - the article before the name of a machine
 * @machine: which
 *
 * returns: "an" or "a"; static
 */
const char *machine_article(enum bzb_machine machine);

/**
 * machine_efi_name() - the name of a machine in UEFI's names of files, and ukify's
 * @machine: which
 *
 * returns: "x64", "aa64"; static
 */
const char *machine_efi_name(enum bzb_machine machine);

/**
 * machine_of_efi_name() - find a machine by that name
 * @name: "x64", "aa64"
 * @ret: the machine; untouched on error
 *
 * returns: 0, or -1 if there is none
 */
int machine_of_efi_name(const char *name, enum bzb_machine *ret);

/**
 * pe_machine_name() - the machine that a PE image is made for
 * @machine: of its COFF header
 *
 * returns: the name as Linux has it, "unknown machine" for others; static
 */
const char *pe_machine_name(uint16_t machine);

#endif
