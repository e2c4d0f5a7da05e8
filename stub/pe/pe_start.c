/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel is an EFI application, with a stub of its own, which does all that depends on Linux
 * and on the machine: device tree, initrd, random numbers, measurements, memory map. It lies where
 * it may stay, and is started as the firmware would start it: at its PE entry, with our handle, and
 * with a LoadedImage that describes it. If it returns, all that is undone.
 */
#include "clock.h"
#include "console.h"
#include "efi/unified.h"
#include "offer.h"
#include "params.h"
#include "pe_seed.h"
#include "pe_text.h"

#define STATUS_ERROR_BIT ((uint64_t)1 << 63)	/* UEFI 2.10, appendix D */

typedef EFI_STATUS(EFIAPI *entry)(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st);

struct application {
	struct bzb_pe pe; /* pe.file begins with its headers */
	EFI_LOADED_IMAGE firmware_image;
};

/* --- the kernel in memory -------------------------------------------------------- */

/* Memory that no byte of the kernel fills: the decoder has worked in it, and there may be symbols in
 * it, which parts can hold, too. */
static void clear_rest(const struct boot *boot)
{
	const struct bzb_manifest *m = &boot->load.manifest;
	const uint64_t start = m->elf_size - m->symbols_size, end = boot->plan.kernel_size;

	if (start < end)
		memset(boot->memory + start, 0, end - start);
}

/* Its whole pages; false if it is not within the image. */
static bool pages_of(const struct bzb_pe *pe, const struct bzb_pe_section *section,
		     struct bzb_range *ret)
{
	struct bzb_span bytes;
	uint64_t start, end;

	if (bzb_slice(pe->file, section->virtual_address, section->virtual_size, &bytes))
		return false;
	start = (uintptr_t)bytes.data & ~(uint64_t)(EFI_PAGE_SIZE - 1);
	end = bzb_align_up((uintptr_t)bytes.data + bytes.size, EFI_PAGE_SIZE);
	*ret = (struct bzb_range){ start, end - start };
	return true;
}

static bool allow_code(struct boot *boot, const struct bzb_pe *pe)
{
	bool ok = true;

	for (unsigned int i = 0; i < pe->sections && ok; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);
		struct bzb_range range;

		if (!(section.characteristics & BZB_PE_MEM_EXECUTE) || !section.virtual_size)
			continue;
		ok = pages_of(pe, &section, &range);
		if (!ok)
			break;
		arch_sync_code(range);
		ok = efi_make_executable(boot, range);
	}
	return ok;
}

/* --- what it gets -------------------------------------------------------------- */

/* The loader's LoadOptions stay as they are, for its stub to read and to measure, if they count. */
static bool has_own_options(struct boot *boot)
{
	return boot->efi->uki ||
	       (boot->cmdline == packed_cmdline(boot) &&
		(boot->cmdline[0] || efi_is_decided(boot, BZB_MANIFEST_CMDLINE_DECIDED)));
}

static struct bzb_span cmdline_of(const struct boot *boot)
{
	struct bzb_span text = { (const unsigned char *)boot->cmdline, 0 };

	while (boot->cmdline[text.size])
		text.size++;
	return text;
}

static enum stub_error set_options(struct boot *boot)
{
	EFI_LOADED_IMAGE *image = boot->efi->image;
	const struct bzb_span text = cmdline_of(boot);
	uint16_t *units;
	bool is_broken;

	if (!has_own_options(boot))
		return STUB_OK;
	image->LoadOptions = NULL;
	image->LoadOptionsSize = 0;
	if (!text.size)
		return STUB_OK;
	units = efi_keep(boot->efi, EfiLoaderData, (text.size + 1) * sizeof(*units));
	if (!units)
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the command line");
	image->LoadOptions = units;
	image->LoadOptionsSize = (UINT32)(text_to_utf16(text, units, &is_broken) * sizeof(*units));
	if (is_broken)
		boot_say(boot, "bytes of the command line are not UTF-8: pack the kernel again");
	return STUB_OK;
}

/* boot_params hold the initrd that the image decides on, and nothing else. */
static enum stub_error find_initrd(struct boot *boot)
{
	boot->params = efi_keep(boot->efi, EfiLoaderData, sizeof(*boot->params));
	if (!boot->params)
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for boot_params");
	return unified_set_initrd(boot);
}

static enum stub_error pass_initrd(struct boot *boot)
{
	const struct bzb_memory_range found = bzb_boot_params_initrd(boot->params);
	const struct bzb_range initrd = { found.addr, found.size };
	const bool is_only = efi_is_decided(boot, BZB_MANIFEST_INITRD_DECIDED);

	if ((!initrd.size && !is_only) || offer_initrd(boot->efi, initrd))
		return STUB_OK;
	return boot_fail(boot, STUB_FIRMWARE,
			 "the firmware does not pass the initrd on: update it");
}

/* --- the start ----------------------------------------------------------------- */

static EFI_STATUS start(struct efi *efi, const struct application *application)
{
	static EFI_GUID fixed = STUB_IMAGE_FIXED_GUID;
	const unsigned char *base = application->pe.file.data;
	EFI_STATUS status;

	efi->image->ImageBase = (void *)(uintptr_t)base;
	efi->image->ImageSize = application->pe.size_of_image;
	/* If the firmware refuses, the kernel copies itself, as on loong64 in any case. */
	efi->bs->InstallMultipleProtocolInterfaces(&efi->handle, &fixed, NULL, NULL);
	status = ((entry)(uintptr_t)(base + application->pe.entry))(efi->handle, efi->st);
	efi->bs->UninstallMultipleProtocolInterfaces(efi->handle, &fixed, NULL, NULL);
	return status;
}

static enum stub_error say_returned(struct boot *boot)
{
	const uint64_t number = boot->efi->returned & ~STATUS_ERROR_BIT;

	boot_say_numbers(boot,
			 EFI_ERROR(boot->efi->returned) ?
				 "the kernel has returned to the firmware, with error %" :
				 "the kernel has returned to the firmware",
			 &number);
	return STUB_RETURNED;
}

static enum stub_error prepare(struct boot *boot, struct application *application)
{
	const struct bzb_span memory = { boot->memory, boot->plan.kernel_size };
	enum stub_error error;

	clear_rest(boot);
	if (bzb_load_application(&boot->load.manifest, memory, BZB_PE_MACHINE_NATIVE,
				 &application->pe)) {
		boot_fail(boot, STUB_CORRUPT,
			  "the payload is no kernel for this machine: "
			  "install the image again");
		return STUB_CORRUPT;
	}
	boot_phase(boot, "looking for the initrd");
	if ((error = find_initrd(boot)) || (error = set_options(boot)))
		return error;
	efi_tell_times(boot);
	if (!allow_code(boot, &application->pe))
		return boot_fail(boot, STUB_FIRMWARE,
				 "the firmware does not make the kernel executable: update it");
	seed_pass(boot->efi);
	return pass_initrd(boot);
}

enum stub_error efi_finish_and_leave(struct boot *boot)
{
	struct efi *efi = boot->efi;
	struct application application = { .firmware_image = *efi->image };
	enum stub_error error = prepare(boot, &application);

	if (!error) {
		boot_phase(boot, "starting the kernel's own stub");
		efi_stop_watching(efi);
		efi_answer_shim(efi);
		efi->returned = start(efi, &application);
		error = say_returned(boot);
	}
	withdraw_initrd(efi);
	seed_take_back(efi);
	efi_restore_device_tree(efi);
	*efi->image = application.firmware_image;
	return error;
}
