/* SPDX-License-Identifier: BSD-2-Clause */
#include "driver.h"

EFI_HANDLE driver_handle;
EFI_SYSTEM_TABLE *real_st;
EFI_BOOT_SERVICES *real_bs;

/* Chosen by the first word of our own command line */
static const struct {
	const CHAR16 *word;
	void (*run)(void);
} runs[] = {
	{ L"faults", run_faults },
	{ L"parity", run_parity },
	{ L"answers", run_answers },
	{ L"decided", run_decided },
	{ L"handover=params", run_handover_params },
	{ L"handover", run_handover },
	{ L"protection=protocol", run_protection },
	{ L"protection=services", run_protection_by_services },
	{ L"protection=reliable", run_protection_reliable },
	{ L"protection=refused", run_protection_refused },
	{ L"protection=only", run_protection_only },
	{ L"unaccepted", run_unaccepted },
	{ L"special", run_special },
	{ L"reliable", run_reliable },
	{ L"pluggable", run_pluggable },
	{ L"blob", run_blob },
	{ L"processors", run_processors },
	{ L"unified", run_unified },
	{ L"companions", run_companions },
};

static bool begins_with(const CHAR16 *text, size_t length, const CHAR16 *word)
{
	while (length && *word && *text == *word) {
		length--;
		text++;
		word++;
	}
	return !*word;
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st);
EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st)
{
	static EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL;
	EFI_LOADED_IMAGE *self;

	driver_handle = handle;
	real_st = st;
	real_bs = st->BootServices;
	if (EFI_ERROR(real_bs->HandleProtocol(handle, &loaded_image, (void **)&self)))
		give_up("it was not loaded");
	image_find();
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		if (begins_with(self->LoadOptions, self->LoadOptionsSize / sizeof(CHAR16),
				runs[i].word))
			runs[i].run();
	give_up("the image has returned");
}
