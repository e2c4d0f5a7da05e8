/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line for the kernel's own stub. Tests run this on the host. */
#ifndef STUB_PE_TEXT_H
#define STUB_PE_TEXT_H

#include <bzboot/bytes.h>

/**
 * text_to_utf16() - convert a text, and what can be converted of any other bytes
 * @from: UTF-8 without a NUL; of other bytes, each becomes U+FFFD
 * @to: UTF-16 in the machine's byte order, NUL-terminated; space for @from.size + 1 units
 * @ret_broken: set to whether @from is not UTF-8
 *
 * returns: the units at @to, with the NUL
 */
size_t text_to_utf16(struct bzb_span from, uint16_t *to, bool *ret_broken);

#endif
