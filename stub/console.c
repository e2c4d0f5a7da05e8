/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

void boot_say(struct boot *boot, const char *what)
{
	boot->platform->print(boot, "bzboot: ");
	boot->platform->print(boot, what);
	boot->platform->print(boot, "\r\n");
}

enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what)
{
	boot_say(boot, what);
	return error;
}
