/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_boot.h"
#include "uki_names.h"
#include "uki_words.h"

/* PCRs, and the variables that name them if every event succeeded. */
static const struct {
	UINT32 pcr;
	CHAR16 *variable;
} rows[UKI_MEASURED] = {
	[UKI_OF_IMAGE] = { 11, L"StubPcrKernelImage" },
	[UKI_OF_PARAMETERS] = { 12, L"StubPcrKernelParameters" },
	[UKI_OF_SYSEXTS] = { 13, L"StubPcrInitRDSysExts" },
	[UKI_OF_CONFEXTS] = { 12, L"StubPcrInitRDConfExts" },
};

static struct bzb_span bytes_of(const CHAR16 *text)
{
	return (struct bzb_span){
		(const unsigned char *)text,
		(uki_names_length(text) + 1) * sizeof(*text),
	};
}

static bool extend_guest(struct efi *efi, struct tcg_protocol *guest, struct efi_event event)
{
	return !EFI_ERROR(guest->map_pcr_to_mr_index(guest, event.index, &event.index)) &&
	       efi_extend(efi, guest, &event);
}

/* In both, if there are both. */
static void measure(struct boot *boot, enum uki_measured what, UINT32 type, struct bzb_span logged,
		    struct bzb_span hashed)
{
	const struct efi_event event = { rows[what].pcr, type, logged, hashed };
	struct uki *uki = boot->efi->uki;
	const bool in_tpm = !uki->tpm || efi_extend(boot->efi, uki->tpm, &event);
	const bool in_guest = !uki->guest || extend_guest(boot->efi, uki->guest, event);

	uki->measured[what].tried = true;
	if ((!uki->tpm && !uki->guest) || !in_tpm || !in_guest)
		uki->measured[what].failed = true;
}

void uki_measure(struct boot *boot, enum uki_measured what, const CHAR16 *text,
		 struct bzb_span data)
{
	measure(boot, what, STUB_IPL, bytes_of(text), data);
}

void uki_measure_tagged(struct boot *boot, enum uki_measured what, UINT32 id, const CHAR16 *text,
			struct bzb_span data)
{
	const struct bzb_span words = bytes_of(text);
	const size_t size = sizeof(struct tagged_event) + words.size;
	struct tagged_event *tag = efi_keep(boot->efi, EfiLoaderData, size);

	if (!tag) {
		struct uki *uki = boot->efi->uki;

		uki->measured[what].tried = uki->measured[what].failed = true;
		return;
	}
	*tag = (struct tagged_event){ id, (UINT32)words.size };
	memcpy(tag + 1, words.data, words.size);
	measure(boot, what, STUB_EVENT_TAG, (struct bzb_span){ (unsigned char *)tag, size }, data);
}

static void tell(struct efi *efi, CHAR16 *variable, UINT32 pcr)
{
	struct words number = { .count = 0 };
	struct bzb_span value;

	words_add_number(&number, pcr, 10, 1);
	value = words_bytes(&number);
	uki_replace_variable(efi, variable, value.data, value.size);
}

enum stub_error uki_tell_pcrs(struct boot *boot)
{
	const struct uki *uki = boot->efi->uki;

	for (size_t i = 0; i < UKI_MEASURED; i++) {
		if (uki->measured[i].failed)
			uki_replace_variable(boot->efi, rows[i].variable, NULL, 0);
		else if (uki->measured[i].tried)
			tell(boot->efi, rows[i].variable, rows[i].pcr);
	}
	return STUB_OK;
}
