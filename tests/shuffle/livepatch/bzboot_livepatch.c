/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the guest of tests/boot_all_shuffle.t: a livepatch that makes one function fail,
 *
 *	insmod bzboot_livepatch.ko function=NAME position=N
 *
 * the Nth of this name, or with 0 the only one. A caller gets ENXIO.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

static char *function = "";
static unsigned long position;
module_param(function, charp, 0444);
module_param(position, ulong, 0444);

static long fail(void)
{
	return -ENXIO;
}

static struct klp_func functions[] = { { .new_func = fail }, {} };
static struct klp_object objects[] = { { .funcs = functions }, {} }; /* without name: the kernel */
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init start(void)
{
	functions[0].old_name = function;
	functions[0].old_sympos = position;
	return klp_enable_patch(&patch);
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("makes one function of the kernel fail");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_INFO(livepatch, "Y");
