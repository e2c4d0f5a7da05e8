/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A module that computes the address of a kernel function in each way that x86-64 code and data
 * can. The script that loads it compares the parameters with /proc/kallsyms: they are equal only if
 * the kernel was relocated correctly.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#define FUNCTION _printk

/* R_X86_64_64 */
static void *const in_data = FUNCTION;

/* R_X86_64_32S: kernel code may assume that addresses are sign-extended 32 bits */
static void *by_immediate(void)
{
	void *address;

	asm("movq $%c1, %0" : "=r"(address) : "i"(FUNCTION));
	return address;
}

/* R_X86_64_PC32 */
static void *by_distance(void)
{
	void *address;

	asm("leaq %c1(%%rip), %0" : "=r"(address) : "i"(FUNCTION));
	return address;
}

static char data[17], immediate[17], distance[17];
module_param_string(data, data, sizeof(data), 0444);
module_param_string(immediate, immediate, sizeof(immediate), 0444);
module_param_string(distance, distance, sizeof(distance), 0444);

static void say(char *parameter, void *address)
{
	snprintf(parameter, sizeof(data), "%016lx", (unsigned long)address);
}

static int __init start(void)
{
	say(data, READ_ONCE(in_data));
	say(immediate, by_immediate());
	say(distance, by_distance());
	/* R_X86_64_PLT32 */
	pr_info("bzboot_module: %s\n", data);
	return 0;
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("checks the addresses of a relocated kernel");
MODULE_LICENSE("Dual BSD/GPL");
