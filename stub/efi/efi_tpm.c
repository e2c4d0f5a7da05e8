/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM's event log for the kernel, and memory that is cleared on reset. */
#include "efi_services.h"

/* More than any firmware logs: a larger log is invalid. */
#define LOG_MAX ((uint64_t)16 << 20)

#define STUB_NO_ACTION 3			/* EV_NO_ACTION */

/* TCG PC Client Platform Firmware Profile 1.05, 10.2: the first event of any log,
 * and all of those of format 1.2 */
struct tcg_pcr_event {
	UINT32 pcr, type;
	UINT8 digest[20];
	UINT32 size; /* bytes of data */
	UINT8 data[];
} __attribute__((packed));

/* 10.4.5.1: the data of the first event, with the sizes of the digests in the others */
struct tcg_spec_id {
	UINT8 signature[16];
	UINT8 unused[8];
	UINT32 count;
	struct {
		UINT16 algorithm, size;
	} digests[];
} __attribute__((packed));

/* 10.2.2 TCG_PCR_EVENT2; digests, size and data follow */
struct tcg_event2_head {
	UINT32 pcr, type, count;
} __attribute__((packed));

/* 9.1, "Final Events Table": the events since the log was requested */
struct tcg_final_events {
	UINT64 version, count;
	UINT8 events[];
};

/* The firmware's log: its start and its last event. */
struct log {
	EFI_PHYSICAL_ADDRESS first, last;
	UINT8 format;
	const struct tcg_final_events *final;
};

void efi_request_overwrite(struct boot *boot)
{
	static EFI_GUID guid = STUB_MEMORY_OVERWRITE_GUID;
	CHAR16 *name = L"MemoryOverwriteRequestControl";
	EFI_RUNTIME_SERVICES *rt = boot->efi->st->RuntimeServices;
	UINT8 clear = 1;
	UINTN size = 0;

	if (rt->GetVariable(name, &guid, NULL, &size, NULL) == EFI_BUFFER_TOO_SMALL)
		rt->SetVariable(name, &guid,
				EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
					EFI_VARIABLE_RUNTIME_ACCESS,
				sizeof(clear), &clear);
}

/* Returns NULL if the log does not begin like one of format 2. */
static const struct tcg_spec_id *spec_id(const struct tcg_pcr_event *first)
{
	static const char signature[16] = "Spec ID Event03";
	const struct tcg_spec_id *id = (const void *)first->data;

	if (first->type != STUB_NO_ACTION || memcmp(id->signature, signature, sizeof(signature)) ||
	    first->size < sizeof(*id) ||
	    id->count > (first->size - sizeof(*id)) / sizeof(id->digests[0]))
		return NULL;
	return id;
}

/* Returns 0 if it is not an event. */
static uint64_t event2_size(const unsigned char *event, const struct tcg_spec_id *id)
{
	const struct tcg_event2_head *head = (const void *)event;
	const unsigned char *at = event + sizeof(*head);
	bzb_le16 algorithm;
	bzb_le32 size;

	if (!id->count || head->count != id->count)
		return 0;
	for (UINT32 i = 0, n; i < head->count; i++) {
		memcpy(&algorithm, at, sizeof(algorithm));
		for (n = 0; n < id->count; n++)
			if (id->digests[n].algorithm == bzb_ld16(algorithm))
				break;
		if (n == id->count)
			return 0;
		at += sizeof(algorithm) + id->digests[n].size;
	}
	memcpy(&size, at, sizeof(size));
	if (!head->type && !bzb_ld32(size))
		return 0;
	return (uint64_t)(at - event) + sizeof(size) + bzb_ld32(size);
}

/* The size of the current final events, which are in the log, too. */
static uint64_t final_events_size(const struct log *log, const struct tcg_spec_id *id)
{
	uint64_t size = 0;

	for (UINT64 i = 0; log->final && i < log->final->count && size < LOG_MAX; i++) {
		uint64_t n = event2_size(log->final->events + size, id);

		if (!n)
			break;
		size += n;
	}
	return size;
}

/* The size includes the last event. An empty log is valid. */
static uint64_t log_size(const struct log *log, const struct tcg_spec_id *id)
{
	const void *last = (const void *)(uintptr_t)log->last;

	if (!log->last)
		return 0;
	if (log->format == STUB_LOG_FORMAT_1_2)
		return log->last - log->first + sizeof(struct tcg_pcr_event) +
		       ((const struct tcg_pcr_event *)last)->size;
	return log->last - log->first + (id ? event2_size(last, id) : 0);
}

static bool ask(struct tcg_protocol *tcg, UINT8 format, struct log *ret)
{
	struct log log = { .format = format };
	BOOLEAN cut;

	if (EFI_ERROR(tcg->get_event_log(tcg, format, &log.first, &log.last, &cut)) || !log.first ||
	    (log.last && log.last < log.first))
		return false;
	*ret = log;
	return true;
}

static bool find_log(struct efi *efi, struct log *ret)
{
	static const EFI_GUID tcg2_final = STUB_TCG2_FINAL_EVENTS_GUID,
			      cc_final = STUB_CC_FINAL_EVENTS_GUID;
	struct tcg_protocol *tcg = efi_find_tpm(efi);
	const EFI_GUID *final = &tcg2_final;

	if (!tcg) {
		tcg = efi_find_guest_tpm(efi);
		if (!tcg || !ask(tcg, STUB_LOG_FORMAT_2, ret))
			return false;
		final = &cc_final;
	} else if (!ask(tcg, STUB_LOG_FORMAT_2, ret)) {
		return ask(tcg, STUB_LOG_FORMAT_1_2, ret);
	}
	ret->final = efi_find_table(efi, final);
	return true;
}

void efi_install_event_log(struct boot *boot)
{
	static EFI_GUID guid = STUB_EVENT_LOG_TABLE_GUID;
	struct linux_event_log_table *table;
	const struct tcg_spec_id *id = NULL;
	struct log log;
	uint64_t size;

	if (!find_log(boot->efi, &log))
		return;
	if (log.format == STUB_LOG_FORMAT_2)
		id = spec_id((const void *)(uintptr_t)log.first);
	size = log_size(&log, id);
	if (size > LOG_MAX)
		return;
	table = efi_keep(boot->efi, EfiACPIReclaimMemory, sizeof(*table) + size);
	if (!table)
		return;
	table->size = (UINT32)size;
	table->final_events_size = id ? (UINT32)final_events_size(&log, id) : 0;
	table->version = log.format;
	memcpy(table->log, (const void *)(uintptr_t)log.first, size);
	efi_install_table(boot->efi, &guid, table);
}
