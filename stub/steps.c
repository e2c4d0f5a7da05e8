/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps from an image in memory to a running kernel. */
#include "clock.h"
#include "console.h"
#include "decompress.h"
#include "kaslr.h"
#include "self.h"
#include "reorder.h"

static enum stub_error find_payload(struct boot *boot)
{
	const struct bzb_span bytes = self_manifest_bytes();
	struct bzb_manifest manifest;

	if (!bzb_load_open_at(bytes, boot->image, &boot->load))
		return STUB_OK;
	return boot_fail(boot, STUB_CORRUPT,
			 bzb_manifest_parse(bytes, &manifest) ?
				 "this stub is not in an image: use bzboot pack" :
				 "there is no payload in the image: install the image again");
}

static enum stub_error choose_memory(struct boot *boot)
{
	if (bzb_load_plan(&boot->load, &stub_decoder, &boot->plan))
		return boot_fail(boot, STUB_CORRUPT,
				 "this stub is not for this payload: pack the kernel again");
	if (boot->platform->choose_memory(boot, &boot->plan.memory))
		return STUB_OK;
	return boot_fail(
		boot, STUB_NO_MEMORY,
		boot->plan.fixed ?
			"memory is in use at this kernel's only address: link it elsewhere" :
			"no free memory for the kernel in one piece: add memory");
}

static enum stub_error read_cmdline(struct boot *boot)
{
	enum stub_error error = boot->platform->read_cmdline(boot);

	if (!error)
		boot->options = options_parse(boot->cmdline);
	return error;
}

static enum stub_error finish(struct boot *boot)
{
	enum stub_error error = boot->platform->finish(boot);

	if (error)
		return error;
	if (boot->options.encrypt)
		bzb_boot_params_set_encryption(boot->params);
	if (boot->cc_blob)
		boot->params->cc_blob_address = bzb_st32(boot->cc_blob);
	return STUB_OK;
}

static const struct {
	const char *name;
	enum stub_error (*run)(struct boot *boot);
} steps[] = {
	/* clang-format off */
	{ "looking for the payload", find_payload },
	{ "reading the command line", read_cmdline },
	{ "collecting random numbers", kaslr_decide },
	{ "choosing memory", choose_memory },
	{ "decompressing the kernel", decompress },
#if KERNEL_IS_APPLICATION
	{ "preparing the kernel", finish },
#else
	{ "relocating the kernel", kaslr_move },
	{ NULL, reorder }, /* it may have nothing to do */
	{ "filling in boot_params", finish },
#endif
	/* clang-format on */
};

enum stub_error stub_main(struct boot *boot)
{
	boot_keep(boot);
	clock_start(boot);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(steps); i++) {
		enum stub_error error;

		if (steps[i].name)
			boot_phase(boot, steps[i].name);
		error = steps[i].run(boot);
		if (error)
			return error;
	}
	arch_jump(boot->entry.address, boot->params);
}
