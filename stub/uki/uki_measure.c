/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_boot.h"
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
	size_t units = 0;

	while (text[units++])
		;
	return (struct bzb_span){ (const unsigned char *)text, units * sizeof(*text) };
}

static void measure(struct boot *boot, enum uki_measured what, const struct efi_event *event)
{
	struct uki *uki = boot->efi->uki;

	uki->measured[what].tried = true;
	if (!efi_extend_all(boot->efi, &uki->registers, event))
		uki->measured[what].failed = true;
}

void uki_measure(struct boot *boot, enum uki_measured what, const CHAR16 *text,
		 struct bzb_span data)
{
	const struct efi_event event = {
		.pcr = rows[what].pcr,
		.type = STUB_IPL,
		.logged = bytes_of(text),
		.hashed = data,
	};

	measure(boot, what, &event);
}

void uki_measure_tagged(struct boot *boot, enum uki_measured what, UINT32 id, const CHAR16 *text,
			struct bzb_span data)
{
	const struct efi_event event = {
		.pcr = rows[what].pcr,
		.type = STUB_EVENT_TAG,
		.id = id,
		.logged = bytes_of(text),
		.hashed = data,
	};

	measure(boot, what, &event);
}

static void tell(struct efi *efi, CHAR16 *variable, UINT32 pcr)
{
	struct words number = { .count = 0 };
	struct bzb_span value;

	words_add_number(&number, pcr, 10, 1);
	value = words_bytes(&number);
	efi_replace_variable(efi, variable, value.data, value.size);
}

enum stub_error uki_tell_pcrs(struct boot *boot)
{
	const struct uki *uki = boot->efi->uki;

	for (size_t i = 0; i < UKI_MEASURED; i++) {
		if (uki->measured[i].failed)
			efi_replace_variable(boot->efi, rows[i].variable, NULL, 0);
		else if (uki->measured[i].tried)
			tell(boot->efi, rows[i].variable, rows[i].pcr);
	}
	return STUB_OK;
}
