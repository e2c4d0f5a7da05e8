/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the guest of tests/boot_all_shuffle.t: /proc/bzboot_crash takes WARNING, BUG and EXCEPTION, as lkdtm's
 * DIRECT does, but it is a function of the kernel, not of the module, that does so. The last two kill
 * the process that has written.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/refcount.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* It waits to be freed a second time. */
static struct inode freed = { .i_state = I_FREEING | I_CLEAR };

static const char *volatile missing;

static ssize_t provoke(struct file *file, const char __user *text, size_t size, loff_t *offset)
{
	refcount_t zero = REFCOUNT_INIT(0);
	char word[16] = "";

	if (copy_from_user(word, text, min(size, sizeof(word) - 1)))
		return -EFAULT;
	if (sysfs_streq(word, "WARNING"))
		refcount_warn_saturate(&zero, REFCOUNT_SUB_UAF);
	else if (sysfs_streq(word, "BUG"))
		iput(&freed);
	else if (sysfs_streq(word, "EXCEPTION"))
		return (ssize_t)strlen(missing);
	else
		return -EINVAL;
	return (ssize_t)size;
}

static const struct proc_ops operations = { .proc_write = provoke };

static int __init start(void)
{
	return proc_create("bzboot_crash", 0200, NULL, &operations) ? 0 : -ENOMEM;
}

module_init(start);
MODULE_DESCRIPTION("makes the kernel warn, or kill the process");
MODULE_LICENSE("Dual BSD/GPL");
