/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of checks. A row without a name ends each. */
#ifndef PACKER_FAMILIES_H
#define PACKER_FAMILIES_H

#include "check.h"

extern const struct check kind_checks[];
extern const struct check pe_checks[], nx_checks[], signature_checks[], sbat_checks[];
extern const struct check bzimage_checks[], loading_checks[], zboot_checks[], payload_checks[],
	kernel_checks[];
extern const struct check uki_checks[];

#endif
