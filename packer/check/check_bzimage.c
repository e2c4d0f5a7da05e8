/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check bzimage_checks[] = {
	{ 0 },
};
