/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's inputs are measured (TCG PC Client Platform Firmware Profile 1.05, 3.3.4.10). */
#include "efi_services.h"

#define INPUTS_PCR 9		/* of the files that the operating system's loader reads */

/* 10.4.2.1 TCG_PCClientTaggedEvent; data follow */
struct tagged_event {
	UINT32 id;
	UINT32 size;
} __attribute__((packed));

/* The ids and texts are those of Linux, which programs that predict PCRs know. */
static const struct {
	UINT32 id, size;
	const char *text;
} events[] = {
	[STUB_MEASURED_INITRD] = { 0x8f3b22ec, sizeof("Linux initrd"), "Linux initrd" },
	[STUB_MEASURED_LOAD_OPTIONS] = { 0x8f3b22ed, sizeof("LOADED_IMAGE::LoadOptions"),
					 "LOADED_IMAGE::LoadOptions" },
};

static struct tcg_protocol *find(struct efi *efi, EFI_GUID guid)
{
	void *protocol;

	return EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, &protocol)) ? NULL : protocol;
}

/* Returns bytes; @to: NULL: they are only counted. */
static UINTN write_data(unsigned char *to, const struct efi_event *event)
{
	const struct tagged_event tag = { event->id, (UINT32)event->logged.size };
	const UINTN tag_size = event->type == STUB_EVENT_TAG ? sizeof(tag) : 0;

	if (to) {
		memcpy(to, &tag, tag_size);
		memcpy(to + tag_size, event->logged.data, event->logged.size);
	}
	return tag_size + event->logged.size;
}

/* @index: of the PCR, or of the measurement register */
static bool extend(struct efi *efi, struct tcg_protocol *tcg, UINT32 index,
		   const struct efi_event *event)
{
	struct tcg_event_head *head;
	const UINTN size = sizeof(*head) + write_data(NULL, event);
	EFI_STATUS status;

	if (EFI_ERROR(efi->bs->AllocatePool(EfiLoaderData, size, (void **)&head)))
		return false;
	*head = (struct tcg_event_head){
		.size = (UINT32)size,
		.header_size = sizeof(*head) - sizeof(head->size),
		.header_version = 1,
		.index = index,
		.type = event->type,
	};
	write_data((unsigned char *)(head + 1), event);
	status = tcg->hash_log_extend_event(tcg, 0, (uintptr_t)event->hashed.data,
					    event->hashed.size, head);
	efi->bs->FreePool(head);
	return !EFI_ERROR(status);
}

/* In a confidential guest, the equivalent of a TPM has a register for several PCRs. */
static bool extend_register(struct efi *efi, struct tcg_protocol *cc, const struct efi_event *event)
{
	UINT32 index;

	return !EFI_ERROR(cc->map_pcr_to_mr_index(cc, event->pcr, &index)) &&
	       extend(efi, cc, index, event);
}

/* As in Linux: a TPM, else its equivalent. */
static void extend_first(struct efi *efi, const struct efi_event *event)
{
	struct tcg_protocol *tpm = find(efi, (EFI_GUID)STUB_TCG2_GUID), *cc;

	if (tpm)
		extend(efi, tpm, event->pcr, event);
	else if ((cc = find(efi, (EFI_GUID)STUB_CC_MEASUREMENT_GUID)))
		extend_register(efi, cc, event);
}

struct efi_registers efi_find_registers(struct efi *efi)
{
	return (struct efi_registers){
		.tpm = find(efi, (EFI_GUID)STUB_TCG2_GUID),
		.guest = find(efi, (EFI_GUID)STUB_CC_MEASUREMENT_GUID),
	};
}

bool efi_extend_all(struct efi *efi, const struct efi_registers *registers,
		    const struct efi_event *event)
{
	struct tcg_protocol *tpm = registers->tpm, *guest = registers->guest;
	const bool in_tpm = !tpm || extend(efi, tpm, event->pcr, event);
	const bool in_guest = !guest || extend_register(efi, guest, event);

	return (tpm || guest) && in_tpm && in_guest;
}

void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data)
{
	const struct efi_event event = {
		.pcr = INPUTS_PCR,
		.type = STUB_EVENT_TAG,
		.id = events[what].id,
		.logged = { (const unsigned char *)events[what].text, events[what].size },
		.hashed = data,
	};

	extend_first(efi, &event);
}
