/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check zboot_checks[] = {
	{ 0 },
};
