/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines and their numbers: bzboot/machine.h */
#include "test.h"

static void each_machine_is_found_by_its_numbers(void)
{
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++) {
		enum bzb_machine machine = (enum bzb_machine)i, found = BZB_MACHINE_COUNT;

		CHECK_OK(bzb_machine_of_elf(bzb_machine_elf(machine), &found));
		CHECK_EQ(machine, found);
		found = BZB_MACHINE_COUNT;
		CHECK_OK(bzb_machine_of_pe(bzb_machine_pe(machine), &found));
		CHECK_EQ(machine, found);
	}
}

static void others_are_unknown(void)
{
	enum bzb_machine machine;

	CHECK_ERR(BZB_ERR_BADMACHINE, WATCHED(&machine, bzb_machine_of_elf(3, &machine)));
	CHECK_ERR(BZB_ERR_BADMACHINE, WATCHED(&machine, bzb_machine_of_pe(0x14c, &machine)));
}

static void has_names(void)
{
	CHECK(!strcmp("x86-64", bzb_machine_name(BZB_MACHINE_X86_64)));
	CHECK(!strcmp("arm64", bzb_machine_name(BZB_MACHINE_ARM64)));
	CHECK(!strcmp("riscv64", bzb_machine_name(BZB_MACHINE_RISCV64)));
	CHECK(!strcmp("loong64", bzb_machine_name(BZB_MACHINE_LOONG64)));
}

static const struct test tests[] = {
	{ "each machine is found by its numbers", each_machine_is_found_by_its_numbers },
	{ "other numbers are unknown", others_are_unknown },
	{ "machines have names", has_names },
};

int main(void)
{
	return RUN_TESTS(tests);
}
