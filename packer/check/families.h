/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of checks. A row without a name ends each. */
#ifndef PACKER_FAMILIES_H
#define PACKER_FAMILIES_H

#include "check.h"

extern const struct check kind_checks[];
extern const struct check pe_checks[];
extern const struct check directory_checks[];
extern const struct check section_checks[];
extern const struct check nx_checks[];
extern const struct check certificate_table_checks[];
extern const struct check signature_checks[];
extern const struct check sbat_checks[];
extern const struct check bzimage_checks[];
extern const struct check loading_checks[];
extern const struct check zboot_checks[];
extern const struct check payload_checks[];
extern const struct check kernel_checks[];
extern const struct check uki_checks[];
extern const struct check uki_text_checks[];
extern const struct check uki_data_checks[];
extern const struct check uki_linux_checks[];
extern const struct check uki_pcrs_checks[];
extern const struct check addon_checks[];
extern const struct check stub_checks[];

#endif
