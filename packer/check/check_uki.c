/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check uki_checks[] = {
	{ 0 },
};
