/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other processors: real ones, by the firmware's own EFI_MP_SERVICES_PROTOCOL, with simulated
 * failures. The driver starts the image once for each row, and makes ExitBootServices() fail at the
 * end. Stall() waits a fraction of the time, so that a timeout costs less.
 */
#include "driver.h"

#define TIMES_FASTER 50
#define FOREVER_US 60000000u		/* longer than any timeout */
#define NUMBERS_MAX 16

/* Bytes of a firmware's stack that the image may use, and the depth that is checked */
#define STACK_USE 1024
#define STACK_LOOK 4096

#define CR0_NW 0x20000000u
#define CR0_CD 0x40000000u

/* --- the protocol: PI 1.8, volume 2, 13.4 --- */

typedef void(EFIAPI *procedure_type)(void *argument);

struct mp_services {
	EFI_STATUS(EFIAPI *GetNumberOfProcessors)(struct mp_services *self, UINTN *all,
						  UINTN *enabled);
	EFI_STATUS(EFIAPI *GetProcessorInfo)(struct mp_services *self, UINTN number,
					     unsigned char *ret);
	EFI_STATUS(EFIAPI *StartupAllAPs)(struct mp_services *self, procedure_type procedure,
					  BOOLEAN single_thread, EFI_EVENT event, UINTN timeout,
					  void *argument, UINTN **failed);
	EFI_STATUS(EFIAPI *StartupThisAP)(struct mp_services *self, procedure_type procedure,
					  UINTN number, EFI_EVENT event, UINTN timeout,
					  void *argument, BOOLEAN *finished);
	void *SwitchBSP, *EnableDisableAP, *WhoAmI;
};

static EFI_GUID mp_guid = {
	0x3fdda605, 0xa76e, 0x4f46, { 0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 }
};

#define STATUS_AT 8
#define ENABLED 2u
#define HEALTHY 4u

/* --- the rows --- */

/* The failure of processor 1, or of all other processors */
enum fault { SOUND, DISABLED, ILL, BUSY, LATE, NO_CACHE, NO_CACHE_NO_WRITE, SILENT, LOST };

#define OPTIONS(words) { words, sizeof(words), false }

static const struct row {
	const char *name;
	struct start start;
	enum fault fault;
	bool of_all;
	unsigned int least, most; /* of processors that are started */
	const char *said;	  /* NULL: no message about processors */
	bool stays;		  /* it does not return */
} rows[] = {
	{ "processors_sound", OPTIONS(L""), SOUND, false, 1, 3, NULL, false },
	{ "processors_nosmp", OPTIONS(L"nosmp"), SOUND, false, 0, 0, NULL, false },
	{ "processors_maxcpus", OPTIONS(L"maxcpus=1"), SOUND, false, 0, 0, NULL, false },
	{ "processors_own_word", OPTIONS(L"bzboot.processors=1"), SOUND, false, 0, 0, NULL, false },
	{ "processors_two", OPTIONS(L"bzboot.processors=2"), LATE, true, 1, 1, NULL, false },
	{ "processors_late", OPTIONS(L""), LATE, true, 3, 3, NULL, false },
	{ "processors_disabled", OPTIONS(L""), DISABLED, false, 1, 2, NULL, false },
	{ "processors_ill", OPTIONS(L""), ILL, false, 1, 2, NULL, false },
	{ "processors_busy", OPTIONS(L""), BUSY, false, 1, 2, NULL, false },
	{ "processors_no_cache", OPTIONS(L"bzboot.debug"), NO_CACHE, true, 3, 3,
	  "0 helped, 3 had their caches off", false },
	{ "processors_no_cache_no_write", OPTIONS(L"bzboot.debug"), NO_CACHE_NO_WRITE, true, 3, 3,
	  "0 helped, 3 had their caches off", false },
	{ "processors_silent", OPTIONS(L""), SILENT, false, 1, 3,
	  "do not answer: 1 (bzboot.processors=1 ", false },
	{ "processors_all_silent", OPTIONS(L""), SILENT, true, 3, 3,
	  "do not answer: 3 (bzboot.processors=1 ", false },
	{ "processors_lost", OPTIONS(L"quiet"), LOST, false, 1, 3, "start with bzboot.processors=1",
	  true },
};
static const struct row *row;

static struct called {
	procedure_type procedure;
	void *argument;
	EFI_EVENT event;
	uint64_t at, timeout;
	bool signalled;
} called[NUMBERS_MAX];

static struct mp_services *real_mp;
static unsigned int started, at_once;
static uint64_t stalled, longest_timeout;
static bool stayed;
static bool stack_was_used; /* the firmware's, on another processor */

static char said[2000];
static size_t said_size;

static bool has_fault(UINTN number, enum fault fault)
{
	return row->fault == fault && (row->of_all || number == 1);
}

/* --- on another processor --- */

static void set_cr0(UINTN value)
{
	__asm__ volatile("wbinvd; movq %0, %%cr0" : : "r"(value) : "memory");
}

static void EFIAPI without_caches(void *argument)
{
	struct called *c = argument;
	UINTN before;

	__asm__ volatile("movq %%cr0, %0" : "=r"(before));
	set_cr0(before | CR0_CD | (row->fault == NO_CACHE_NO_WRITE ? CR0_NW : 0));
	c->procedure(c->argument);
	set_cr0(before);
}

/* Paints the firmware's stack below this frame, and looks afterwards whether it was used. */
static void EFIAPI sound(void *argument)
{
	struct called *c = argument;
	unsigned char *top;

	__asm__ volatile("movq %%rsp, %0" : "=r"(top));
	for (size_t i = STACK_USE; i < STACK_LOOK; i++)
		*(volatile unsigned char *)(top - i) = 0x5a;
	c->procedure(c->argument);
	for (size_t i = STACK_USE; i < STACK_LOOK; i++)
		if (*(volatile unsigned char *)(top - i) != 0x5a)
			__atomic_store_n(&stack_was_used, true, __ATOMIC_RELAXED);
}

/* Delays until the image only waits. */
static void EFIAPI late(void *argument)
{
	struct called *c = argument;

	while (!__atomic_load_n(&stalled, __ATOMIC_RELAXED))
		__builtin_ia32_pause();
	c->procedure(c->argument);
}

/* --- the system table for the image --- */

static EFI_STATUS EFIAPI get_number(struct mp_services *self, UINTN *all, UINTN *enabled)
{
	EFI_STATUS status = real_mp->GetNumberOfProcessors(real_mp, all, enabled);

	(void)self;
	if (row->fault == DISABLED)
		--*enabled;
	return status;
}

static EFI_STATUS EFIAPI get_info(struct mp_services *self, UINTN number, unsigned char *ret)
{
	EFI_STATUS status = real_mp->GetProcessorInfo(real_mp, number, ret);

	(void)self;
	if (has_fault(number, DISABLED))
		ret[STATUS_AT] &= (unsigned char)~ENABLED;
	if (has_fault(number, ILL))
		ret[STATUS_AT] &= (unsigned char)~HEALTHY;
	return status;
}

static EFI_STATUS EFIAPI startup_all(struct mp_services *self, procedure_type procedure,
				     BOOLEAN single_thread, EFI_EVENT event, UINTN timeout,
				     void *argument, UINTN **failed)
{
	(void)self;
	at_once++;
	return real_mp->StartupAllAPs(real_mp, procedure, single_thread, event, timeout, argument,
				      failed);
}

static EFI_STATUS EFIAPI startup(struct mp_services *self, procedure_type procedure, UINTN number,
				 EFI_EVENT event, UINTN timeout, void *argument, BOOLEAN *finished)
{
	struct called *c = &called[number];
	procedure_type first = sound;

	(void)self;
	if (number >= NUMBERS_MAX || has_fault(number, DISABLED) || has_fault(number, ILL))
		give_up("an unusable processor is started");
	if (has_fault(number, BUSY))
		return EFI_NOT_READY;
	started++;
	if (timeout > longest_timeout)
		longest_timeout = timeout;
	*c = (struct called){ procedure, argument, event, stalled, timeout, false };
	if (has_fault(number, SILENT) || has_fault(number, LOST))
		return EFI_SUCCESS;
	if (has_fault(number, NO_CACHE) || has_fault(number, NO_CACHE_NO_WRITE))
		first = without_caches;
	if (has_fault(number, LATE))
		first = late;
	return real_mp->StartupThisAP(real_mp, first, number, event, timeout, c, finished);
}

static struct mp_services mp = {
	.GetNumberOfProcessors = get_number,
	.GetProcessorInfo = get_info,
	.StartupAllAPs = startup_all,
	.StartupThisAP = startup,
};

static EFI_LOCATE_PROTOCOL other_locate;

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, void *registration, void **ret)
{
	if (!same_guid(guid, &mp_guid))
		return other_locate(guid, registration, ret);
	*ret = &mp;
	return EFI_SUCCESS;
}

static void signal_silent(void)
{
	for (UINTN i = 0; i < NUMBERS_MAX; i++) {
		struct called *c = &called[i];

		if (!has_fault(i, SILENT) || !c->event || c->signalled ||
		    stalled < c->at + c->timeout)
			continue;
		c->signalled = true;
		real_bs->SignalEvent(c->event);
	}
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
	__atomic_fetch_add(&stalled, microseconds, __ATOMIC_RELAXED);
	signal_silent();
	real_bs->Stall(microseconds / TIMES_FASTER + 1);
	if (stalled >= FOREVER_US) {
		stayed = true;
		real_bs->Exit(image_handle, EFI_ABORTED, 0, NULL);
	}
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI output(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *text)
{
	(void)self;
	for (size_t i = 0; text[i] && said_size < sizeof(said) - 1; i++)
		said[said_size++] = (char)text[i];
	said[said_size] = '\0';
	return real_st->ConOut->OutputString(real_st->ConOut, text);
}

static SIMPLE_TEXT_OUTPUT_INTERFACE console;

static void change(EFI_SYSTEM_TABLE *st)
{
	other_locate = st->BootServices->LocateProtocol;
	st->BootServices->LocateProtocol = locate;
	st->BootServices->Stall = stall;
	console = *real_st->ConOut;
	console.OutputString = output;
	st->ConOut = &console;
}

/* --- one row --- */

static bool was_said(const char *what)
{
	size_t size = 0;

	while (what[size])
		size++;
	for (size_t i = 0; i + size <= said_size; i++)
		if (same_bytes(said + i, what, size))
			return true;
	return false;
}

static bool has_right_words(void)
{
	return was_said(row->said ? row->said : "processor") == !!row->said;
}

/* All silent processors together cost one timeout; without any, no time is lost. */
static bool took_right_time(void)
{
	if (row->fault == SILENT)
		return stalled >= longest_timeout && stalled < longest_timeout * 5 / 4;
	return row->stays || stalled < 10000000;
}

static bool has_right_end(void)
{
	if (row->stays)
		return stayed && !account.exit_reached && account.pages && account.events;
	return !stayed && account.exit_reached && !account.pages && !account.events &&
	       !account.wrong;
}

static void one_row(void)
{
	const struct plan p = { .change = change };

	memset(called, 0, sizeof(called));
	started = at_once = 0;
	stalled = longest_timeout = 0;
	stayed = stack_was_used = false;
	said_size = 0;
	image_start(&row->start, &p);
	check(row->name, !at_once && started >= row->least && started <= row->most &&
				 longest_timeout < 30000000 && !stack_was_used &&
				 has_right_words() && took_right_time() && has_right_end());
	say_line(row->name);
	say_number("started", started);
	say_number("at_once", at_once);
	say_number("milliseconds", stalled / 1000);
	say_number("stack", stack_was_used);
	say_number("pages", account.pages);
	say_number("events", account.events);
	say("\r\n");
}

void run_processors(void)
{
	if (EFI_ERROR(real_bs->LocateProtocol(&mp_guid, NULL, (void **)&real_mp)))
		give_up("the firmware has no other processors");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row = &rows[i];
		one_row();
	}
	say_line("end=reached\r\n");
}
