/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

static struct boot *kept;

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

void boot_keep(struct boot *boot)
{
	kept = boot;
}

_Noreturn void boot_halt(const char *what)
{
	if (kept && (!kept->efi || arch_is_boot_processor()))
		boot_say(kept, what);
	arch_halt();
}

const char *decimal(uint64_t number, struct decimal *room)
{
	char *at = room->text + sizeof(room->text) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	return at;
}

void boot_say_numbers(struct boot *boot, const char *what, const uint64_t *numbers)
{
	struct decimal room;
	char line[100];
	size_t used = 0;

	for (; *what && used < sizeof(line) - sizeof(room.text); what++) {
		const char *digits;

		if (*what != '%') {
			line[used++] = *what;
			continue;
		}
		for (digits = decimal(*numbers++, &room); *digits; digits++)
			line[used++] = *digits;
	}
	line[used] = '\0';
	boot_say(boot, line);
}
