/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check sbat_checks[] = {
	{ 0 },
};
