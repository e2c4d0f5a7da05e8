/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check pe_checks[] = {
	{ 0 },
};
