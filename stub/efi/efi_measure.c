/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's inputs are measured (TCG PC Client Platform Firmware Profile 1.05, 3.3.4.10). */
#include "efi_services.h"

#define INPUTS_PCR 9		/* of the files that the operating system's loader reads */
#define STUB_EVENT_TAG 6	/* EV_EVENT_TAG */

/* 10.4.2.1 TCG_PCClientTaggedEvent */
struct tagged_event {
	UINT32 id;
	UINT32 size;
	char text[sizeof("LOADED_IMAGE::LoadOptions")];
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

/* Finds a TPM, else its equivalent in a confidential guest, and the index for the event. */
static struct tcg_protocol *find_tcg(struct efi *efi, UINT32 pcr, UINT32 *index)
{
	EFI_GUID tcg2_guid = STUB_TCG2_GUID, cc_guid = STUB_CC_MEASUREMENT_GUID;
	struct tcg_protocol *tcg;

	*index = pcr;
	if (!EFI_ERROR(efi->bs->LocateProtocol(&tcg2_guid, NULL, (void **)&tcg)))
		return tcg;
	if (EFI_ERROR(efi->bs->LocateProtocol(&cc_guid, NULL, (void **)&tcg)) ||
	    EFI_ERROR(tcg->map_pcr_to_mr_index(tcg, pcr, index)))
		return NULL;
	return tcg;
}

bool efi_extend(struct efi *efi, UINT32 pcr, UINT32 type, struct bzb_span event,
		struct bzb_span data)
{
	struct tcg_event_head *head;
	const UINTN size = sizeof(*head) + event.size;
	EFI_STATUS status;
	UINT32 index;
	struct tcg_protocol *tcg = find_tcg(efi, pcr, &index);

	if (!tcg || EFI_ERROR(efi->bs->AllocatePool(EfiLoaderData, size, (void **)&head)))
		return false;
	*head = (struct tcg_event_head){
		.size = (UINT32)size,
		.header_size = sizeof(*head) - sizeof(head->size),
		.header_version = 1,
		.index = index,
		.type = type,
	};
	memcpy(head + 1, event.data, event.size);
	status = tcg->hash_log_extend_event(tcg, 0, (uintptr_t)data.data, data.size, head);
	efi->bs->FreePool(head);
	return !EFI_ERROR(status);
}

void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data)
{
	struct tagged_event event = { .id = events[what].id, .size = events[what].size };
	const struct bzb_span logged = {
		(const unsigned char *)&event,
		offsetof(struct tagged_event, text) + event.size,
	};

	memcpy(event.text, events[what].text, event.size);
	efi_extend(efi, INPUTS_PCR, STUB_EVENT_TAG, logged, data);
}
