/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog, progress messages, and the times of the boot. */
#include "clock.h"
#include "console.h"
#include "efi_services.h"

/* UEFI 2.10, 7.1: units of 100 ns */
#define SILENCE (2 * 10000000ull)

/* UEFI 2.10, 7.5.1 SetWatchdogTimer(): the time that firmware sets for a loader, and the first code
 * that is not reserved for the firmware */
#define WATCHDOG_SECONDS (5 * 60)
#define WATCHDOG_CODE 0x10000

#define STALL_US 1000

uint64_t efi_ticks_per_ms(struct boot *boot)
{
	uint64_t begin = arch_time_stamp();

	boot->efi->bs->Stall(STALL_US);
	return arch_time_stamp() - begin;
}

/* Prints one line for a phase, however long it takes. */
static void EFIAPI on_timer(EFI_EVENT event, void *context)
{
	struct boot *boot = context;
	struct efi *efi = boot->efi;

	(void)event;
	efi->bs->SetWatchdogTimer(WATCHDOG_SECONDS, WATCHDOG_CODE, 0, NULL);
	if (boot->phase == efi->phase_said || boot->options.quiet)
		return;
	efi->phase_said = boot->phase;
	boot_say(boot, boot->phase);
}

void efi_watch(struct boot *boot)
{
	struct efi *efi = boot->efi;

	if (EFI_ERROR(efi->bs->CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, on_timer,
					   boot, &efi->timer)))
		efi->timer = NULL;
	else
		efi->bs->SetTimer(efi->timer, TimerPeriodic, SILENCE);
}

void efi_stop_watching(struct efi *efi)
{
	if (efi->timer)
		efi->bs->CloseEvent(efi->timer);
	efi->timer = NULL;
}

void efi_stop_watchdog(struct efi *efi)
{
	efi->bs->SetWatchdogTimer(0, WATCHDOG_CODE, 0, NULL);
}

void efi_set_variable(struct efi *efi, CHAR16 *name, const void *value, UINTN size)
{
	static EFI_GUID guid = STUB_LOADER_INTERFACE_GUID;
	EFI_RUNTIME_SERVICES *rt = efi->st->RuntimeServices;
	UINTN found = 0;

	if (rt->GetVariable(name, &guid, NULL, &found, NULL) == EFI_NOT_FOUND)
		rt->SetVariable(name, &guid, STUB_VARIABLE_ATTRIBUTES, size,
				(void *)(uintptr_t)value);
}

static void set_time(struct boot *boot, CHAR16 *name, uint64_t ticks)
{
	struct decimal room;
	const char *digits = decimal(clock_us(boot, ticks), &room);
	CHAR16 text[sizeof(room.text)];
	UINTN n = 0;

	do
		text[n] = (unsigned char)digits[n];
	while (digits[n++]);
	efi_set_variable(boot->efi, name, text, n * sizeof(text[0]));
}

void efi_tell_times(struct boot *boot)
{
	efi_set_variable(boot->efi, L"StubInfo", STUB_INFO, sizeof(STUB_INFO));
	/* In a virtual machine the counter does not start at the reset (as in systemd). */
	if (arch_is_virtual())
		return;
	set_time(boot, L"LoaderTimeInitUSec", boot->clock.start);
	set_time(boot, L"LoaderTimeExecUSec", arch_time_stamp());
}
