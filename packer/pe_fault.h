/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of a PE image that prevent signing, with their place in the file. */
#ifndef PACKER_PE_FAULT_H
#define PACKER_PE_FAULT_H

#include <bzboot/bytes.h>

#include "diag.h"

/**
 * explain_pe_fault() - say why bzb_authenticode_parse() refuses a file
 * @why: one of its faults, with the numbers and the place; or what else the file is
 * @file: what it refused
 *
 * returns: -1, for "return explain_pe_fault(...)"
 */
int explain_pe_fault(struct why *why, struct bzb_span file);

#endif
