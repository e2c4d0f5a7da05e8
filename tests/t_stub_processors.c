/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work for other processors, under a firmware that does what it should and under one that does not.
 * Its processors are threads.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include "../stub/console.h"
#include "../stub/efi_boot.h"
#include "../stub/efi_processors.h"

#define PARTS_MAX 64u
#define PROCESSORS_MAX 100u
#define WORKSPACE 1000u

void processor_work(struct efi_team *team);
void EFIAPI processor_entry(void *team);

/* --- the firmware ------------------------------------------------------------- */

static struct {
	/* what it is like */
	bool no_protocol, no_memory, no_event;
	EFI_STATUS number_status, startup_status;
	UINTN all, enabled;
	unsigned int start;		/* so many are started, */
	bool dead_one;			/* one of which dies in the middle of a part, */
	UINTN signal_after;		/* and the event comes then, microseconds; 0: never */

	/* what happened */
	pthread_t threads[PROCESSORS_MAX];
	unsigned int started, pages, events, messages, starts;
	UINTN stalled, timeout;
} firmware;

static EFI_STATUS EFIAPI get_number(struct efi_mp_services *self, UINTN *all, UINTN *enabled)
{
	(void)self;
	*all = firmware.all;
	*enabled = firmware.enabled;
	return firmware.number_status;
}

static void *thread_main(void *team)
{
	processor_work(team);
	return NULL;
}

static EFI_STATUS EFIAPI startup(struct efi_mp_services *self, efi_procedure procedure,
				 BOOLEAN single_thread, EFI_EVENT event, UINTN timeout,
				 void *argument, UINTN **failed)
{
	(void)self;
	firmware.starts++;
	CHECK(procedure == processor_entry && event && !single_thread && !failed);
	firmware.timeout = timeout;
	if (firmware.startup_status)
		return firmware.startup_status;
	for (unsigned int i = 0; i < firmware.start; i++)
		CHECK(!pthread_create(&firmware.threads[firmware.started++], NULL, thread_main,
				      argument));
	return EFI_SUCCESS;
}

static struct efi_mp_services mp = {
	.GetNumberOfProcessors = get_number, .StartupAllAPs = startup,
};

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, void *registration, void **ret)
{
	static const EFI_GUID wanted = STUB_MP_SERVICES_GUID;

	(void)registration;
	CHECK(!memcmp(guid, &wanted, sizeof(wanted)));
	*ret = &mp;
	return firmware.no_protocol ? EFI_NOT_FOUND : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI allocate(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
				  EFI_PHYSICAL_ADDRESS *addr)
{
	CHECK(how == AllocateAnyPages && type == EfiLoaderData);
	if (firmware.no_memory)
		return EFI_OUT_OF_RESOURCES;
	*addr = (uintptr_t)aligned_alloc(4096, pages * 4096);
	memset((void *)(uintptr_t)*addr, 0xa7, pages * 4096);
	firmware.pages += (unsigned int)pages;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI release(EFI_PHYSICAL_ADDRESS addr, UINTN pages)
{
	free((void *)(uintptr_t)addr);
	firmware.pages -= (unsigned int)pages;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify,
				      void *context, EFI_EVENT *ret)
{
	(void)tpl;
	CHECK(!type && !notify && !context);
	if (firmware.no_event)
		return EFI_OUT_OF_RESOURCES;
	*ret = &firmware;
	firmware.events++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT event)
{
	CHECK(event == &firmware);
	firmware.events--;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI check_event(EFI_EVENT event)
{
	CHECK(event == &firmware);
	return firmware.signal_after && firmware.stalled >= firmware.signal_after ? EFI_SUCCESS :
										    EFI_NOT_READY;
}

/* Time passes only here: the slowest machine has as much of it as the fastest. */
static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
	firmware.stalled += microseconds;
	sched_yield();
	return EFI_SUCCESS;
}

static EFI_BOOT_SERVICES services = {
	.LocateProtocol = locate, .AllocatePages = allocate, .FreePages = release,
	.CreateEvent = create_event, .CloseEvent = close_event, .CheckEvent = check_event,
	.Stall = stall,
};

/* --- what the stub has besides ------------------------------------------------ */

void EFIAPI processor_entry(void *team)
{
	(void)team;
}

enum stub_error boot_fail(struct boot *boot, enum stub_error error, const char *what)
{
	(void)boot;
	CHECK(strstr(what, "processor"));
	firmware.messages++;
	return error;
}

/* --- the work ----------------------------------------------------------------- */

struct counting {
	struct work work;
	unsigned int parts, next, workers;
	unsigned int done[PARTS_MAX];
	bool overlap;
};

static unsigned char own_workspace[WORKSPACE] __attribute__((aligned(64)));

/* Nobody else writes to a workspace meanwhile. */
static void use_workspace(struct counting *c, unsigned char *workspace, unsigned char number)
{
	memset(workspace, number, WORKSPACE);
	sched_yield();
	if ((uintptr_t)workspace % 64 || !test_only(workspace, number, WORKSPACE))
		__atomic_store_n(&c->overlap, true, __ATOMIC_RELAXED);
}

static void count(struct work *work, void *workspace)
{
	struct counting *c = (struct counting *)work;
	unsigned int number;

	__atomic_fetch_add(&c->workers, 1, __ATOMIC_RELAXED);
	/* One that dies: the thread ends, and nobody learns of it. */
	if (firmware.dead_one && workspace != own_workspace) {
		__atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED);
		pthread_exit(NULL);
	}
	while ((number = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->parts) {
		use_workspace(c, workspace, (unsigned char)number);
		__atomic_fetch_add(&c->done[number], 1, __ATOMIC_RELAXED);
	}
}

/* *ret: how it went. Whoever was started has ended. */
static enum stub_error share(struct efi *efi, unsigned int parts, struct counting *ret)
{
	struct boot boot = { .efi = efi };
	enum stub_error error;

	efi->bs = &services;
	*ret = (struct counting){ .work = { count, WORKSPACE, parts }, .parts = parts };
	error = efi_share_work(&boot, &ret->work, own_workspace);
	for (unsigned int i = 0; i < firmware.started; i++)
		CHECK(!pthread_join(firmware.threads[i], NULL));
	CHECK(!ret->overlap);
	return error;
}

static unsigned int count_done(const struct counting *c)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < c->parts; i++) {
		CHECK(c->done[i] <= 1);
		done += c->done[i];
	}
	return done;
}

static void behave(unsigned int enabled)
{
	memset(&firmware, 0, sizeof(firmware));
	firmware.all = firmware.enabled = enabled;
	firmware.start = enabled - 1;
	firmware.signal_after = 100000;		/* as OVMF does it */
}

static void check_nothing_left(struct efi *efi)
{
	CHECK(efi_release_processors(efi));
	CHECK_EQ(0, firmware.pages);
	CHECK_EQ(0, firmware.events);
	CHECK(!efi->team);
}

/* --- tests -------------------------------------------------------------------- */

static void any_number_of_processors(void)
{
	static const unsigned int parts[] = { 2, 3, 5, 64 }, processors[] = { 1, 2, 3, 8, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		for (size_t k = 0; k < ARRAY_SIZE(processors); k++) {
			struct efi efi = { 0 };
			struct counting c;

			behave(processors[k]);
			CHECK_EQ(STUB_OK, share(&efi, parts[i], &c));
			CHECK_EQ(parts[i], count_done(&c));
			CHECK(c.workers <= parts[i] && c.workers <= processors[k]);
			CHECK_EQ(processors[k] > 1, firmware.starts);
			check_nothing_left(&efi);
		}
}

/* Only those who are missing are waited for. */
static void nobody_waits_for_the_event(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(4);
	firmware.signal_after = 0;
	CHECK_EQ(STUB_OK, share(&efi, 64, &c));
	CHECK_EQ(64, count_done(&c));
	CHECK(firmware.timeout > 0);
	firmware.signal_after = 1;
	check_nothing_left(&efi);
}

static void disabled_processors_are_not_waited_for(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(3);
	firmware.all = 8;
	firmware.signal_after = 0;
	CHECK_EQ(STUB_OK, share(&efi, 5, &c));
	CHECK_EQ(5, count_done(&c));
	firmware.signal_after = 1;
	check_nothing_left(&efi);
}

/* Nobody is started, nothing is taken, the work is done. */
static void check_alone(const char *what)
{
	struct efi efi = { 0 };
	struct counting c;

	test_state.subject = what;
	CHECK_EQ(STUB_OK, share(&efi, 7, &c));
	CHECK_EQ(7, count_done(&c));
	CHECK_EQ(1, c.workers);
	CHECK_EQ(0, firmware.stalled);
	CHECK_EQ(0, firmware.messages);
	CHECK(!efi.team);
	check_nothing_left(&efi);
}

static void without_others(void)
{
	static const EFI_STATUS errors[] = {
		EFI_UNSUPPORTED, EFI_DEVICE_ERROR, EFI_NOT_STARTED, EFI_NOT_READY, EFI_TIMEOUT,
		EFI_INVALID_PARAMETER,
	};

	behave(4), firmware.no_protocol = true, check_alone("no protocol");
	behave(4), firmware.number_status = EFI_DEVICE_ERROR, check_alone("no number");
	behave(4), firmware.enabled = 0, check_alone("no processor is enabled");
	behave(4), firmware.enabled = 1, check_alone("all others are disabled");
	behave(4), firmware.enabled = 5, check_alone("more are enabled than there are");
	behave(4), firmware.no_memory = true, check_alone("no memory");
	behave(4), firmware.no_event = true, check_alone("no event");
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		behave(4), firmware.startup_status = errors[i], check_alone("StartupAllAPs");
}

static void one_part_is_for_one_processor(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(4);
	CHECK_EQ(STUB_OK, share(&efi, 1, &c));
	CHECK_EQ(1, count_done(&c));
	CHECK_EQ(0, firmware.starts);
	CHECK_EQ(0, firmware.stalled);
	check_nothing_left(&efi);
}

/* The firmware stops it after the timeout, and says so by the event. */
static void a_processor_dies(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(2);
	firmware.dead_one = true;
	firmware.signal_after = 10000000;
	CHECK_EQ(STUB_OK, share(&efi, 3, &c));
	CHECK(count_done(&c) >= 2);
	CHECK(firmware.stalled >= firmware.signal_after);
	check_nothing_left(&efi);
}

static void fewer_come_than_were_counted(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(4);
	firmware.start = 1;
	CHECK_EQ(STUB_OK, share(&efi, 7, &c));
	CHECK_EQ(7, count_done(&c));
	CHECK(firmware.stalled >= firmware.signal_after);
	check_nothing_left(&efi);
}

/* Somebody may yet write where the kernel would be. */
static void a_processor_is_lost(void)
{
	struct efi efi = { 0 };
	struct counting c;

	behave(2);
	firmware.start = 0;
	firmware.signal_after = 0;
	CHECK_EQ(STUB_FIRMWARE, share(&efi, 7, &c));
	CHECK_EQ(1, firmware.messages);
	CHECK(firmware.stalled >= firmware.timeout);
	CHECK(!efi_release_processors(&efi));
	CHECK(firmware.pages && firmware.events);
	free(efi.team);
}

static const struct test tests[] = {
	{ "any number of processors, any number of parts: each part once", any_number_of_processors },
	{ "nobody waits for the firmware's event", nobody_waits_for_the_event },
	{ "disabled processors are not waited for", disabled_processors_are_not_waited_for },
	{ "no others, or an error: this one does it all", without_others },
	{ "one part is for one processor", one_part_is_for_one_processor },
	{ "a processor that dies costs the timeout", a_processor_dies },
	{ "a processor that never came costs the event", fewer_come_than_were_counted },
	{ "a processor that is lost: an error, and nothing is given back", a_processor_is_lost },
};

int main(void)
{
	return RUN_TESTS(tests);
}
