/* SPDX-License-Identifier: BSD-2-Clause */
#include "params.h"

const char *params_cmdline(const struct bzb_boot_params *params)
{
	char *text = (char *)(uintptr_t)bzb_boot_params_cmdline(params);
	size_t size = 0;

	if (!text || !*text)
		return NULL;
	while (size < BZB_CMDLINE_MAX && text[size])
		size++;
	text[size] = '\0';
	return text;
}

const char *packed_cmdline(const struct boot *boot)
{
	struct bzb_span text = bzb_load_cmdline(&boot->load);

	return text.size ? (const char *)text.data : "";
}

void params_set_packed_initrd(struct boot *boot)
{
	struct bzb_span initrd = bzb_load_initrd(&boot->load);

	if (!initrd.size)
		return;
	bzb_boot_params_set_initrd(boot->params, (uintptr_t)initrd.data, initrd.size);
	/* Linux ignores an initrd if type_of_loader is 0. */
	if (!boot->params->hdr.type_of_loader)
		boot->params->hdr.type_of_loader = BZB_LOADER_UNDEFINED;
}
