/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that kernels are made for. */
#include <bzboot/machine.h>
#include <bzboot/zboot.h>

/* The marks of Images: Linux, Documentation/arch/{arm64/booting,riscv/boot-image-header,
 * loongarch/booting}.rst */
static const struct {
	const char *name;
	uint16_t elf, pe;
	uint32_t image_mark;
} machines[BZB_MACHINE_COUNT] = {
	[BZB_MACHINE_X86_64] = { "x86-64", BZB_EM_X86_64, BZB_PE_MACHINE_X86_64, 0 },
	[BZB_MACHINE_ARM64] = { "arm64", BZB_EM_AARCH64, BZB_PE_MACHINE_ARM64, 0x644d5241 },
	[BZB_MACHINE_RISCV64] = { "riscv64", BZB_EM_RISCV, BZB_PE_MACHINE_RISCV64, 0x05435352 },
	[BZB_MACHINE_LOONG64] = { "loong64", BZB_EM_LOONGARCH, BZB_PE_MACHINE_LOONGARCH64,
				  BZB_LINUX_PE_MAGIC },
};

const char *bzb_machine_name(enum bzb_machine machine)
{
	return machines[machine].name;
}

uint16_t bzb_machine_elf(enum bzb_machine machine)
{
	return machines[machine].elf;
}

uint16_t bzb_machine_pe(enum bzb_machine machine)
{
	return machines[machine].pe;
}

uint32_t bzb_machine_image_mark(enum bzb_machine machine)
{
	return machines[machine].image_mark;
}

int bzb_machine_of_elf(uint16_t number, enum bzb_machine *ret)
{
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++)
		if (machines[i].elf == number) {
			*ret = (enum bzb_machine)i;
			return 0;
		}
	return -BZB_ERR_BADMACHINE;
}

int bzb_machine_of_pe(uint16_t number, enum bzb_machine *ret)
{
	for (unsigned int i = 0; i < BZB_MACHINE_COUNT; i++)
		if (machines[i].pe == number) {
			*ret = (enum bzb_machine)i;
			return 0;
		}
	return -BZB_ERR_BADMACHINE;
}
