/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of each psABI: bzboot/reloc_types.h */
#include "test.h"

static const struct {
	enum bzb_machine machine;
	uint64_t type;
	enum bzb_formula formula;
} rows[] = {
	/* System V ABI, AMD64 Supplement, table "Relocation Types" */
	{ BZB_MACHINE_X86_64, 0, BZB_FORMULA_NONE },
	{ BZB_MACHINE_X86_64, 1, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_X86_64, 6, BZB_FORMULA_SYMBOL },
	{ BZB_MACHINE_X86_64, 7, BZB_FORMULA_SYMBOL },
	{ BZB_MACHINE_X86_64, 8, BZB_FORMULA_RELATIVE },
	{ BZB_MACHINE_X86_64, 37, BZB_FORMULA_UNKNOWN }, /* IRELATIVE */
	/* ELF for the Arm 64-bit Architecture, "Dynamic relocations" */
	{ BZB_MACHINE_ARM64, 0, BZB_FORMULA_NONE },
	{ BZB_MACHINE_ARM64, 256, BZB_FORMULA_NONE },
	{ BZB_MACHINE_ARM64, 257, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_ARM64, 1025, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_ARM64, 1026, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_ARM64, 1027, BZB_FORMULA_RELATIVE },
	{ BZB_MACHINE_ARM64, 1024, BZB_FORMULA_UNKNOWN }, /* COPY */
	{ BZB_MACHINE_ARM64, 1032, BZB_FORMULA_UNKNOWN }, /* IRELATIVE */
	{ BZB_MACHINE_ARM64, 8, BZB_FORMULA_UNKNOWN },
	/* RISC-V ABIs Specification, "Relocations" */
	{ BZB_MACHINE_RISCV64, 0, BZB_FORMULA_NONE },
	{ BZB_MACHINE_RISCV64, 2, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_RISCV64, 3, BZB_FORMULA_RELATIVE },
	{ BZB_MACHINE_RISCV64, 5, BZB_FORMULA_SYMBOL },
	{ BZB_MACHINE_RISCV64, 1, BZB_FORMULA_UNKNOWN },  /* 32 bits */
	{ BZB_MACHINE_RISCV64, 58, BZB_FORMULA_UNKNOWN }, /* IRELATIVE */
	/* ELF for the LoongArch Architecture, "Relocation types" */
	{ BZB_MACHINE_LOONG64, 0, BZB_FORMULA_NONE },
	{ BZB_MACHINE_LOONG64, 2, BZB_FORMULA_SYMBOL_ADDEND },
	{ BZB_MACHINE_LOONG64, 3, BZB_FORMULA_RELATIVE },
	{ BZB_MACHINE_LOONG64, 5, BZB_FORMULA_SYMBOL },
	{ BZB_MACHINE_LOONG64, 1, BZB_FORMULA_UNKNOWN },  /* 32 bits */
	{ BZB_MACHINE_LOONG64, 12, BZB_FORMULA_UNKNOWN }, /* IRELATIVE */
	/* Types are of 32 bits; in CREL they may be of any number. */
	{ BZB_MACHINE_LOONG64, 0x100000003, BZB_FORMULA_UNKNOWN },
	{ BZB_MACHINE_COUNT, 3, BZB_FORMULA_UNKNOWN },
};

static void types_have_their_formula(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_EQ(rows[i].formula, bzb_formula_of(rows[i].machine, rows[i].type));
}

static const struct test tests[] = {
	{ "types have the formula of their psABI", types_have_their_formula },
};

int main(void)
{
	return RUN_TESTS(tests);
}
