/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's inputs are measured (TCG PC Client Platform Firmware Profile 1.05, 3.3.4.10). */
#include "efi_services.h"

#define INPUTS_PCR 9		/* of the files that the operating system's loader reads */

/* The ids and texts are those of Linux, which programs that predict PCRs know. */
static const struct {
	struct tagged_event tag;
	char text[sizeof("LOADED_IMAGE::LoadOptions")];
} events[] = {
	[STUB_MEASURED_INITRD] = { { 0x8f3b22ec, sizeof("Linux initrd") }, "Linux initrd" },
	[STUB_MEASURED_LOAD_OPTIONS] = { { 0x8f3b22ed, sizeof("LOADED_IMAGE::LoadOptions") },
					 "LOADED_IMAGE::LoadOptions" },
};

static struct tcg_protocol *find(struct efi *efi, const EFI_GUID *guid)
{
	void *protocol;

	return EFI_ERROR(efi->bs->LocateProtocol((EFI_GUID *)(uintptr_t)guid, NULL, &protocol)) ?
		       NULL :
		       protocol;
}

struct tcg_protocol *efi_find_tpm(struct efi *efi)
{
	static const EFI_GUID guid = STUB_TCG2_GUID;

	return find(efi, &guid);
}

struct tcg_protocol *efi_find_guest_tpm(struct efi *efi)
{
	static const EFI_GUID guid = STUB_CC_MEASUREMENT_GUID;

	return find(efi, &guid);
}

/* The protocol for the event, and its index there; NULL: there is none. */
static struct tcg_protocol *choose_tpm(struct efi *efi, UINT32 *index)
{
	struct tcg_protocol *tcg = efi_find_tpm(efi);

	*index = INPUTS_PCR;
	if (tcg)
		return tcg;
	tcg = efi_find_guest_tpm(efi);
	return tcg && !EFI_ERROR(tcg->map_pcr_to_mr_index(tcg, INPUTS_PCR, index)) ? tcg : NULL;
}

bool efi_extend(struct efi *efi, struct tcg_protocol *tcg, const struct efi_event *event)
{
	struct tcg_event_head *head;
	const UINTN size = sizeof(*head) + event->logged.size;
	EFI_STATUS status;

	if (EFI_ERROR(efi->bs->AllocatePool(EfiLoaderData, size, (void **)&head)))
		return false;
	*head = (struct tcg_event_head){
		.size = (UINT32)size,
		.header_size = sizeof(*head) - sizeof(head->size),
		.header_version = 1,
		.index = event->index,
		.type = event->type,
	};
	memcpy(head + 1, event->logged.data, event->logged.size);
	status = tcg->hash_log_extend_event(tcg, 0, (uintptr_t)event->hashed.data,
					    event->hashed.size, head);
	efi->bs->FreePool(head);
	return !EFI_ERROR(status);
}

void efi_measure(struct efi *efi, enum efi_measured what, struct bzb_span data)
{
	struct efi_event event = {
		.type = STUB_EVENT_TAG,
		.logged = { (const unsigned char *)&events[what],
			    sizeof(events[what].tag) + events[what].tag.size },
		.hashed = data,
	};
	struct tcg_protocol *tcg = choose_tpm(efi, &event.index);

	if (tcg)
		efi_extend(efi, tcg, &event);
}
