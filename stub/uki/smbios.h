/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in the tables of SMBIOS (DMTF, SMBIOS 3.6, 6.1). Tests run this on the host. */
#ifndef STUB_SMBIOS_H
#define STUB_SMBIOS_H

#include <bzboot/bytes.h>

/**
 * smbios_find_text() - find a text for the operating system
 * @table: the records
 * @prefix: of the text, NUL-terminated: "name="
 *
 * The texts are those of the first record of type 11, OEM Strings, as for systemd-stub.
 *
 * returns: the first one with @prefix, without it; empty if there is none
 */
struct bzb_span smbios_find_text(struct bzb_span table, const char *prefix);

#endif
