/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault for which a PE image is not signed, and its place in the file. */
#ifndef PACKER_PE_FAULT_H
#define PACKER_PE_FAULT_H

#include <bzboot/bytes.h>

#include "io/diag.h"

/**
 * explain_pe_fault() - say why bzb_authenticode_parse() refuses a file
 * @why: one of its faults, with numbers and place; or the kind of file that it is
 * @file: the refused file
 *
 * returns: -1, for "return explain_pe_fault(...)"
 */
int explain_pe_fault(struct why *why, struct bzb_span file);

#endif
