/* SPDX-License-Identifier: BSD-2-Clause */
#include "families.h"

const struct check payload_checks[] = {
	{ 0 },
};
