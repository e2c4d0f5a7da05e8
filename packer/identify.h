/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is that bzboot has no use for, in words. */
#ifndef PACKER_IDENTIFY_H
#define PACKER_IDENTIFY_H

#include <bzboot/bytes.h>

struct identity {
	char text[80];		/* "an arm64 ELF file" */
};

/**
 * identify() - name a file for somebody who gave us the wrong one
 * @file: any bytes
 *
 * returns: a noun with its article
 */
struct identity identify(struct bzb_span file);

/**
 * pe_machine_name() - the machine that a PE image is made for
 * @machine: of its COFF header
 *
 * returns: the name as Linux has it, "unknown machine" for others; static
 */
const char *pe_machine_name(uint16_t machine);

#endif
