/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check signature_checks[] = {
	{ 0 },
};
