/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work for other processors. They must be out of our code and memory before the kernel gets it, so
 * each is counted when it is done. The firmware says the same by an event, but many look only every
 * 100 ms whether to signal it, which is longer than decompressing takes. So the event is waited for
 * only if somebody is missing: by then all are back, or the firmware has stopped those that are
 * not (PI 1.8, volume 2, 13.4.3: after the timeout, "terminated"). If there is no event either,
 * somebody may yet write where the kernel would be: nothing is jumped to, and what was taken is
 * not given back.
 */
#include "console.h"
#include "efi_boot.h"
#include "efi_processors.h"

/* A segment of zstd takes 30 ms, one of xz ten times that; under emulation 50 times as long. */
#define TIMEOUT_US 30000000u

/* For the event, from when the boot processor has nothing left to do. */
#define PATIENCE_US (TIMEOUT_US + TIMEOUT_US / 2)
#define POLL_US 20u

#define WORKSPACE_ALIGN 64u

/* Lies in front of the workspaces, in memory of its own: whoever is late still finds it. */
struct efi_team {
	struct work *work;
	EFI_EVENT event;
	uint64_t pages;
	unsigned char *workspaces;
	size_t workspace_stride;
	unsigned int helpers;		/* there are workspaces for */
	unsigned int started;
	unsigned int entered, left;
	bool event_signalled;
};

#pragma GCC visibility push(hidden)
/* processor.S: calls processor_work() */
extern void EFIAPI processor_entry(void *team);
void processor_work(struct efi_team *team);
#pragma GCC visibility pop

void processor_work(struct efi_team *team)
{
	unsigned int number = __atomic_fetch_add(&team->entered, 1, __ATOMIC_RELAXED);

	if (number < team->helpers)
		team->work->run(team->work, team->workspaces + number * team->workspace_stride);
	__atomic_fetch_add(&team->left, 1, __ATOMIC_RELEASE);
}

/* The other ones that are enabled; 0 if there is no asking. */
static unsigned int count_others(struct efi *efi, struct efi_mp_services **ret)
{
	static EFI_GUID guid = STUB_MP_SERVICES_GUID;
	UINTN all, enabled;

	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)ret)) ||
	    EFI_ERROR((*ret)->GetNumberOfProcessors(*ret, &all, &enabled)) || enabled > all)
		return 0;
	return enabled > 1 ? (unsigned int)enabled - 1 : 0;
}

static struct efi_team *make_team(struct efi *efi, struct work *work, unsigned int others)
{
	unsigned int helpers = others < work->parts - 1 ? others : work->parts - 1;
	size_t head = bzb_align_up(sizeof(struct efi_team), WORKSPACE_ALIGN);
	size_t stride = bzb_align_up(work->workspace_size, WORKSPACE_ALIGN);
	UINTN pages = (head + helpers * stride + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	EFI_PHYSICAL_ADDRESS addr;
	struct efi_team *team;

	if (EFI_ERROR(efi->bs->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &addr)))
		return NULL;
	team = (struct efi_team *)(uintptr_t)addr;
	*team = (struct efi_team){
		.work = work,
		.pages = pages,
		.workspaces = (unsigned char *)team + head,
		.workspace_stride = stride,
		.helpers = helpers,
		.started = others,
	};
	if (!EFI_ERROR(efi->bs->CreateEvent(0, 0, NULL, NULL, &team->event)))
		return team;
	efi->bs->FreePages(addr, pages);
	return NULL;
}

static void disband(struct efi *efi)
{
	struct efi_team *team = efi->team;

	efi->team = NULL;
	efi->bs->CloseEvent(team->event);
	efi->bs->FreePages((uintptr_t)team, team->pages);
}

static void start_others(struct efi *efi, struct work *work)
{
	struct efi_mp_services *mp;
	unsigned int others = count_others(efi, &mp);

	if (!others || work->parts < 2)
		return;
	efi->team = make_team(efi, work, others);
	if (efi->team &&
	    EFI_ERROR(mp->StartupAllAPs(mp, processor_entry, FALSE, efi->team->event, TIMEOUT_US,
					efi->team, NULL)))
		disband(efi);
}

/* Until the event has come, or, if that will do, until everybody has been counted. */
static bool wait_for_others(struct efi *efi, bool for_event)
{
	struct efi_team *team = efi->team;

	for (unsigned int waited = 0; waited < PATIENCE_US; waited += POLL_US) {
		if (!for_event &&
		    __atomic_load_n(&team->left, __ATOMIC_ACQUIRE) == team->started)
			return true;
		if (!team->event_signalled)
			team->event_signalled = efi->bs->CheckEvent(team->event) == EFI_SUCCESS;
		if (team->event_signalled)
			return true;
		efi->bs->Stall(POLL_US);
	}
	return false;
}

enum stub_error efi_share_work(struct boot *boot, struct work *work, void *workspace)
{
	start_others(boot->efi, work);
	work->run(work, workspace);
	if (!boot->efi->team || wait_for_others(boot->efi, false))
		return STUB_OK;
	return boot_fail(boot, STUB_FIRMWARE,
			 "another processor does not come back: start with one processor");
}

bool efi_release_processors(struct efi *efi)
{
	if (!efi->team)
		return true;
	if (!wait_for_others(efi, true))
		return false;
	disband(efi);
	return true;
}
