/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work for other processors: each is started individually, and at most one for each task. They must
 * have left our code and memory before the kernel uses it, so each has a state that shows when it
 * has returned. The firmware signals an event, too, but many implementations check only every 100
 * ms whether to signal it, which is longer than decompression takes. So the event is used only for
 * a processor that is missing: it means that the processor has returned, or that the firmware has
 * stopped it (PI 1.8, volume 2, 13.4.3: after the timeout, "terminated"). A processor with neither
 * the state nor the event may still write to the kernel's memory and run our code: then the stub
 * waits for a reset.
 *
 * Apart from the kernel, other processors write only to the team's memory: their states, stacks and
 * workspaces, a copy of the work, and the memory that they share.
 */
#include "efi_processors.h"
#include "clock.h"
#include "console.h"
#include "efi_services.h"
#include "helper.h"

/* The firmware stops a processor after that time from its start. A part takes 30 ms with zstd
 * and ten times that with xz; a virtual processor may be emulated, 50 times as slow, or may have
 * to wait for a real one. The boot processor repeats unfinished tasks. */
#define TIMEOUT_US 5000000u
#define VIRTUAL_TIMEOUT_US 20000000u

/* The first poll is after POLL_US; each later interval grows by a hundredth of the time waited. */
#define POLL_US 20u
#define POLL_SHARE 100u

#define STACK_ALIGN 64u
#define HELPER_STACK_SIZE 8192u		/* 5.3 KiB as in addresses.h, and space for an NMI */

#define WITHOUT_THEM " (bzboot.processors=1 starts none)"

struct helper {
	uint32_t state;
	unsigned char *stack_end;
	struct work *work;
	void *workspace;
	EFI_EVENT event;
	bool event_signalled;
};
_Static_assert(offsetof(struct helper, state) == HELPER_STATE, "processor.S");
_Static_assert(offsetof(struct helper, stack_end) == HELPER_STACK, "processor.S");

struct efi_team {
	UINTN pages;
	unsigned int timeout_us;
	struct work *work;
	unsigned int started;
	struct helper helpers[];
};

#pragma GCC visibility push(hidden)
/* processor.S: calls processor_work() */
extern void EFIAPI processor_entry(void *helper);
void processor_work(struct helper *helper);
#pragma GCC visibility pop

static bool change_state(struct helper *helper, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&helper->state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

void processor_work(struct helper *helper)
{
	if (change_state(helper, HELPER_CALLED, HELPER_RUNS))
		helper->work->run(helper->work, helper->workspace);
}

/* --- the team --- */

static UINTN least(UINTN a, UINTN b)
{
	return a < b ? a : b;
}

/* The number of processors that may help; 0 if the firmware does not support it. */
static unsigned int count_others(struct boot *boot, const struct work *work,
				 struct efi_mp_services **ret, UINTN *ret_all)
{
	static EFI_GUID guid = STUB_MP_SERVICES_GUID;
	struct efi *efi = boot->efi;
	UINTN enabled;

	if (boot->options.nosmp || !boot->options.others_max || work->tasks < 2)
		return 0;
	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)ret)) ||
	    EFI_ERROR((*ret)->GetNumberOfProcessors(*ret, ret_all, &enabled)) ||
	    enabled > *ret_all || !enabled)
		return 0;
	return (unsigned int)least(least(enabled, work->tasks) - 1, boot->options.others_max);
}

static struct efi_team *make_team(struct efi *efi, const struct work *work, unsigned int helpers)
{
	size_t shared =
		bzb_align_up(sizeof(struct efi_team) + helpers * sizeof(struct helper) + work->size,
			     STACK_ALIGN);
	size_t head = bzb_align_up(shared + work->shared_size, STACK_ALIGN);
	size_t each = HELPER_STACK_SIZE + bzb_align_up(work->workspace_size, STACK_ALIGN);
	UINTN pages = (head + helpers * each + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	EFI_PHYSICAL_ADDRESS addr;
	struct efi_team *team;

	if (EFI_ERROR(efi->bs->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &addr)))
		return NULL;
	team = (struct efi_team *)(uintptr_t)addr;
	*team = (struct efi_team){
		.pages = pages,
		.timeout_us = arch_is_virtual() ? VIRTUAL_TIMEOUT_US : TIMEOUT_US,
		.work = (struct work *)&team->helpers[helpers],
	};
	memcpy(team->work, work, work->size);
	team->work->shared = (unsigned char *)team + shared;
	for (unsigned int i = 0; i < helpers; i++) {
		unsigned char *stack = (unsigned char *)team + head + i * each;

		team->helpers[i] = (struct helper){
			.state = HELPER_FREE,
			.stack_end = stack + HELPER_STACK_SIZE,
			.work = team->work,
			.workspace = stack + HELPER_STACK_SIZE,
		};
	}
	return team;
}

static bool may_help(struct efi_mp_services *mp, UINTN number, bool *ret)
{
	const UINT32 wanted = STUB_PROCESSOR_ENABLED | STUB_PROCESSOR_HEALTHY;
	struct efi_processor processor = { 0 };

	if (EFI_ERROR(mp->GetProcessorInfo(mp, number, &processor)))
		return false;
	*ret = (processor.status & (wanted | STUB_PROCESSOR_IS_BOOT)) == wanted;
	return true;
}

/* A helper that has begun counts as started, even if the firmware reports an error. */
static EFI_STATUS start_one(struct efi *efi, struct efi_mp_services *mp, UINTN number)
{
	struct helper *helper = &efi->team->helpers[efi->team->started];
	EFI_STATUS status = efi->bs->CreateEvent(0, 0, NULL, NULL, &helper->event);

	if (EFI_ERROR(status))
		return status;
	__atomic_store_n(&helper->state, HELPER_CALLED, __ATOMIC_RELEASE);
	status = mp->StartupThisAP(mp, processor_entry, number, helper->event,
				   efi->team->timeout_us, helper, NULL);
	if (EFI_ERROR(status) && change_state(helper, HELPER_CALLED, HELPER_FREE))
		efi->bs->CloseEvent(helper->event);
	else
		efi->team->started++;
	return status;
}

static bool tasks_are_left(const struct work *work)
{
	return __atomic_load_n(&work->next, __ATOMIC_RELAXED) < work->tasks;
}

/* Starting a processor may take 10 ms, in which earlier ones may finish the work. When the firmware
 * times out while starting one, no other is started. */
static void start_others(struct boot *boot, const struct work *work)
{
	struct efi *efi = boot->efi;
	struct efi_mp_services *mp;
	UINTN all;
	unsigned int helpers = count_others(boot, work, &mp, &all);
	EFI_STATUS status = EFI_SUCCESS;
	bool fit;

	if (!helpers || !(efi->team = make_team(efi, work, helpers)))
		return;
	boot_phase(boot, "starting other processors" WITHOUT_THEM);
	for (UINTN i = 0; i < all && status != EFI_TIMEOUT && may_help(mp, i, &fit); i++) {
		if (efi->team->started == helpers || !tasks_are_left(efi->team->work))
			break;
		if (fit)
			status = start_one(efi, mp, i);
	}
}

/* --- the end of the work --- */

static bool is_back(const struct helper *helper)
{
	return __atomic_load_n(&helper->state, __ATOMIC_ACQUIRE) >= HELPER_DONE;
}

static bool event_has_come(struct efi *efi, struct helper *helper)
{
	if (!helper->event_signalled)
		helper->event_signalled = efi->bs->CheckEvent(helper->event) == EFI_SUCCESS;
	return helper->event_signalled;
}

/* With @for_event, a helper is missing until the firmware has signalled its event. */
static bool some_are_missing(struct efi *efi, bool for_event)
{
	bool missing = false;

	for (unsigned int i = 0; i < efi->team->started; i++) {
		struct helper *helper = &efi->team->helpers[i];

		if ((for_event || !is_back(helper)) && !event_has_come(efi, helper))
			missing = true;
	}
	return missing;
}

/* Waits for all of them together, for one and a half timeouts. */
static bool wait_for_others(struct efi *efi, bool for_event)
{
	unsigned int patience = efi->team->timeout_us + efi->team->timeout_us / 2;
	unsigned int waited = 0;

	while (some_are_missing(efi, for_event)) {
		unsigned int poll = POLL_US + waited / POLL_SHARE;

		if (waited >= patience)
			return false;
		efi->bs->Stall(poll);
		waited += poll;
	}
	return true;
}

static void report(struct boot *boot, const struct efi_team *team)
{
	uint64_t states[HELPER_UNFIT + 1] = { 0 };
	uint64_t silent;

	for (unsigned int i = 0; i < team->started; i++)
		states[team->helpers[i].state]++;
	silent = team->started - states[HELPER_DONE] - states[HELPER_UNFIT];
	if (boot->options.debug)
		boot_say_numbers(boot, "other processors: % helped, % had their caches off",
				 &states[HELPER_DONE]);
	if (silent && !boot->options.quiet)
		boot_say_numbers(boot, "other processors that do not answer: %" WITHOUT_THEM,
				 &silent);
}

/* The firmware keeps running, with its keys for a reset and its watchdog. */
static _Noreturn void wait_for_reset(struct efi *efi)
{
	efi_stop_watching(efi);
	for (;;)
		efi->bs->Stall(1000000);
}

static void await_others(struct boot *boot)
{
	boot_phase(boot, "waiting for other processors" WITHOUT_THEM);
	if (wait_for_others(boot->efi, false))
		return;
	boot_say(boot, "another processor does not come back: "
		       "reset the machine and start with bzboot.processors=1");
	wait_for_reset(boot->efi);
}

void efi_share_work(struct boot *boot, struct work *work, void *workspace)
{
	const char *phase = boot->phase;
	struct efi_team *team;

	start_others(boot, work);
	boot->phase = phase;
	team = boot->efi->team;
	if (!team) {
		work->run(work, workspace);
		return;
	}
	team->work->run(team->work, workspace);
	await_others(boot);
	boot->phase = phase;
	memcpy(work, team->work, work->size);
	report(boot, team);
}

/* An event that was not signalled stays open: the firmware may still signal it. */
void efi_release_processors(struct efi *efi)
{
	struct efi_team *team = efi->team;

	if (!team)
		return;
	wait_for_others(efi, true);
	for (unsigned int i = 0; i < team->started; i++)
		if (team->helpers[i].event_signalled)
			efi->bs->CloseEvent(team->helpers[i].event);
	efi->team = NULL;
	efi->bs->FreePages((uintptr_t)team, team->pages);
}
