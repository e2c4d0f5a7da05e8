/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check nx_checks[] = {
	{ 0 },
};
