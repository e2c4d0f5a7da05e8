/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi_services.h"

#include "clock.h"

static const struct {
	const char *name;
	void (*run)(struct boot *boot);
} services[] = {
	{ "looking for ACPI tables", efi_set_rsdp },
	{ "reading the state of Secure Boot", efi_set_secure_boot },
	{ "requesting that memory is cleared on reset", efi_request_overwrite },
	{ "collecting random numbers", efi_install_seed },
	{ "copying the event log", efi_install_event_log },
	{ "setting up the screen", efi_set_screen },
	{ "copying option ROMs", efi_keep_option_roms },
	{ "setting up Apple's firmware", efi_set_up_apple },
	{ "storing the times of the boot", efi_tell_times },
	{ "stopping DMA", efi_stop_dma },
};

void efi_run_services(struct boot *boot)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(services); i++) {
		boot_phase(boot, services[i].name);
		services[i].run(boot);
	}
}
