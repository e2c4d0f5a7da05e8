/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work for other processors, under a firmware that works and under firmware that fails. Its
 * processors are threads.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include "../stub/clock.h"
#include "../stub/console.h"
#include "../stub/efi/efi_processors.h"
#include "../stub/efi/efi_services.h"
#include "../stub/helper.h"

#define PARTS_MAX 64u
#define PROCESSORS_MAX 100u
#define WORKSPACE 1000u
#define SHARED (PARTS_MAX * sizeof(unsigned int))
#define FOREVER_US 3600000000u

struct helper;
void processor_work(struct helper *helper);
void EFIAPI processor_entry(void *helper);

bool arch_is_virtual(void)
{
	return false;
}

/* --- the firmware ------------------------------------------------------------- */

/* The behaviour of a processor that is started */
enum kind {
	GOOD,
	QUICK, /* finishes all work before another is started */
	DISABLED,
	UNHEALTHY,
	BUSY,	    /* the firmware refuses to start it */
	STUCK,	    /* likewise, after a timeout of its own */
	LIED_ABOUT, /* likewise, but it runs anyway */
	HOT,	    /* its caches are off */
	LATE,	    /* begins when all the work is done */
	DEAD,	    /* stops in the middle of a task */
	SILENT,	    /* never begins, and the event comes after the timeout */
	LOST,	    /* never begins, and the event never comes */
};

static struct processor {
	enum kind kind;
	bool called;
	UINTN called_at, timeout; /* microseconds of firmware.stalled */
	void *argument;
	pthread_t thread;
	bool runs;
} processors[PROCESSORS_MAX];

static struct {
	/* its properties */
	bool no_protocol, no_memory, no_event, no_info;
	EFI_STATUS number_status;
	UINTN all, enabled;
	UINTN signal_after; /* microseconds after the call of a processor; 0: never */

	/* its record */
	unsigned int calls, asked, pages, events;
	UINTN stalled, said_at;
	bool waited_for;
	char said[1000];
	jmp_buf stays;
} firmware;

static EFI_STATUS EFIAPI get_number(struct efi_mp_services *services, UINTN *all, UINTN *enabled)
{
	(void)services;
	*all = firmware.all;
	*enabled = firmware.enabled;
	return firmware.number_status;
}

static EFI_STATUS EFIAPI get_info(struct efi_mp_services *services, UINTN number,
				  struct efi_processor *ret)
{
	(void)services;
	firmware.asked++;
	if (firmware.no_info || number >= PROCESSORS_MAX)
		return EFI_NOT_FOUND;
	*ret = (struct efi_processor){ .status = STUB_PROCESSOR_ENABLED | STUB_PROCESSOR_HEALTHY };
	if (!number)
		ret->status |= STUB_PROCESSOR_IS_BOOT;
	if (processors[number].kind == DISABLED)
		ret->status &= ~(UINT32)STUB_PROCESSOR_ENABLED;
	if (processors[number].kind == UNHEALTHY)
		ret->status &= ~(UINT32)STUB_PROCESSOR_HEALTHY;
	return EFI_SUCCESS;
}

static uint32_t state_of(const void *helper)
{
	return __atomic_load_n((const uint32_t *)((const char *)helper + HELPER_STATE),
			       __ATOMIC_ACQUIRE);
}

static void set_state(void *helper, uint32_t state)
{
	__atomic_store_n((uint32_t *)((char *)helper + HELPER_STATE), state, __ATOMIC_RELEASE);
}

/* The processor of this thread; NULL: the boot processor */
static _Thread_local struct processor *self;

static void *thread_main(void *argument)
{
	struct processor *p = argument;

	self = p;
	while (p->kind == LATE && !__atomic_load_n(&firmware.waited_for, __ATOMIC_RELAXED))
		sched_yield();
	processor_work(p->argument);
	set_state(p->argument, HELPER_DONE);
	return NULL;
}

static void run(struct processor *p)
{
	p->runs = true;
	CHECK(!pthread_create(&p->thread, NULL, thread_main, p));
}

static EFI_STATUS EFIAPI startup(struct efi_mp_services *services, efi_procedure procedure,
				 UINTN number, EFI_EVENT event, UINTN timeout, void *argument,
				 BOOLEAN *finished)
{
	struct processor *p = &processors[number];

	(void)services;
	firmware.calls++;
	CHECK(number && number < firmware.all && procedure == processor_entry && event);
	CHECK(!finished && timeout && !p->called);
	if (p->kind == BUSY)
		return EFI_NOT_READY;
	if (p->kind == STUCK)
		return EFI_TIMEOUT;
	*p = (struct processor){
		.kind = p->kind,
		.called = true,
		.called_at = firmware.stalled,
		.timeout = timeout,
		.argument = argument,
	};
	*(struct processor **)event = p;
	if (p->kind == HOT)
		set_state(argument, HELPER_UNFIT);
	else if (p->kind != SILENT && p->kind != LOST)
		run(p);
	while (p->kind == QUICK && state_of(argument) != HELPER_DONE)
		sched_yield();
	while (p->kind == LIED_ABOUT && state_of(argument) == HELPER_CALLED)
		sched_yield();
	return p->kind == LIED_ABOUT ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

static struct efi_mp_services mp = {
	.GetNumberOfProcessors = get_number,
	.GetProcessorInfo = get_info,
	.StartupThisAP = startup,
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

/* An event is a pointer to its processor. */
static struct processor *event_room[PROCESSORS_MAX];

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify,
				      void *context, EFI_EVENT *ret)
{
	(void)tpl;
	CHECK(!type && !notify && !context);
	if (firmware.no_event)
		return EFI_OUT_OF_RESOURCES;
	*ret = &event_room[firmware.events++];
	*(struct processor **)*ret = NULL;
	return EFI_SUCCESS;
}

/* An event that the firmware has yet to signal must not be closed. */
static EFI_STATUS EFIAPI close_event(EFI_EVENT event)
{
	struct processor *p = *(struct processor **)event;

	CHECK(!p ||
	      (firmware.signal_after && firmware.stalled >= p->called_at + firmware.signal_after));
	firmware.events--;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI check_event(EFI_EVENT event)
{
	const struct processor *p = *(struct processor **)event;
	UINTN after = firmware.signal_after;

	if (p->runs && p->kind != DEAD && state_of(p->argument) < HELPER_DONE)
		return EFI_NOT_READY;
	if (p->kind == DEAD || p->kind == SILENT)
		after = p->timeout;
	if (p->kind == LOST || !after)
		return EFI_NOT_READY;
	return firmware.stalled >= p->called_at + after ? EFI_SUCCESS : EFI_NOT_READY;
}

static bool one_works(void)
{
	for (size_t i = 0; i < PROCESSORS_MAX; i++)
		if (processors[i].runs && processors[i].kind != DEAD &&
		    state_of(processors[i].argument) < HELPER_DONE)
			return true;
	return false;
}

/* Time passes only here, and only after all threads that will finish have finished, so it is the
 * same on slow hosts and on fast ones. */
static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
	__atomic_store_n(&firmware.waited_for, true, __ATOMIC_RELAXED);
	while (one_works())
		sched_yield();
	firmware.stalled += microseconds;
	if (firmware.stalled >= FOREVER_US)
		longjmp(firmware.stays, 1);
	return EFI_SUCCESS;
}

static EFI_BOOT_SERVICES boot_services = {
	.LocateProtocol = locate,
	.AllocatePages = allocate,
	.FreePages = release,
	.CreateEvent = create_event,
	.CloseEvent = close_event,
	.CheckEvent = check_event,
	.Stall = stall,
};

/* --- stand-ins for other parts of the stub ------------------------------------- */

void EFIAPI processor_entry(void *helper)
{
	(void)helper;
}

void boot_say(struct boot *boot, const char *what)
{
	(void)boot;
	firmware.said_at = firmware.stalled;
	strcat(strcat(firmware.said, what), "\n");
}

void boot_say_numbers(struct boot *boot, const char *what, const uint64_t *numbers)
{
	(void)boot;
	for (char *at = firmware.said + strlen(firmware.said); *what; what++)
		at += *what == '%' ? sprintf(at, "%" PRIu64, *numbers++) : sprintf(at, "%c", *what);
	strcat(firmware.said, "\n");
}

/* Every phase with other processors prints the remedy. */
void boot_phase(struct boot *boot, const char *name)
{
	boot->phase = name;
	CHECK(strstr(name, "bzboot.processors=1"));
}

void efi_stop_watching(struct efi *efi)
{
	efi->timer = NULL;
}

/* --- the work ----------------------------------------------------------------- */

struct counting {
	struct work work;
	unsigned int tasks, workers;
	unsigned int done[PARTS_MAX];
	bool overlap;
};

static struct work *original;
static unsigned char own_workspace[WORKSPACE] __attribute__((aligned(64)));
static struct boot boot;
static struct efi efi;

/* No other processor writes to the same workspace at the same time. */
static void use_workspace(struct counting *c, unsigned char *workspace, unsigned char number)
{
	memset(workspace, number, WORKSPACE);
	sched_yield();
	if ((uintptr_t)workspace % 64 || !test_only(workspace, number, WORKSPACE))
		__atomic_store_n(&c->overlap, true, __ATOMIC_RELAXED);
}

/* The same memory for all, which belongs to no one else. */
static void use_shared(struct work *work, unsigned int number)
{
	unsigned int *shared = work->shared;

	if (shared)
		shared[number] = number + 1;
}

static void count(struct work *work, void *workspace)
{
	struct counting *c = (struct counting *)work;
	unsigned int number;

	__atomic_fetch_add(&c->workers, 1, __ATOMIC_RELAXED);
	/* Other processors use nothing on the stack of this one. */
	if (self && work == original)
		__atomic_store_n(&c->overlap, true, __ATOMIC_RELAXED);
	/* DEAD: the thread ends without a sign. */
	if (self && self->kind == DEAD) {
		__atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED);
		pthread_exit(NULL);
	}
	while ((number = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) < c->tasks) {
		use_workspace(c, workspace, (unsigned char)number);
		use_shared(work, number);
		__atomic_fetch_add(&c->done[number], 1, __ATOMIC_RELAXED);
	}
}

static void check_shared(const struct counting *c)
{
	const unsigned int *shared = c->work.shared;

	CHECK_EQ(!efi.team, !shared);
	for (unsigned int i = 0; shared && i < c->tasks; i++)
		CHECK(!c->done[i] || shared[i] == i + 1);
}

/* True if it returned; *ret has the result. All threads have ended. */
static bool share(unsigned int tasks, struct counting *ret)
{
	volatile bool back = false;

	efi.bs = &boot_services;
	boot.efi = &efi;
	original = &ret->work;
	*ret = (struct counting){
		.work = {
			.run = count, .size = sizeof(*ret), .workspace_size = WORKSPACE,
			.tasks = tasks, .shared_size = SHARED,
		},
		.tasks = tasks,
	};
	if (!setjmp(firmware.stays)) {
		efi_share_work(&boot, &ret->work, own_workspace);
		check_shared(ret);
		back = true;
	}
	for (unsigned int i = 0; i < PROCESSORS_MAX; i++)
		if (processors[i].runs)
			CHECK(!pthread_join(processors[i].thread, NULL));
	CHECK(!ret->overlap);
	return back;
}

static unsigned int count_done(const struct counting *c)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < c->tasks; i++) {
		CHECK(c->done[i] <= 1);
		done += c->done[i];
	}
	return done;
}

/* All processors are GOOD. */
static void behave(unsigned int all)
{
	memset(&firmware, 0, sizeof(firmware));
	memset(processors, 0, sizeof(processors));
	firmware.all = firmware.enabled = all;
	firmware.signal_after = 100000; /* as in OVMF */
	efi = (struct efi){ 0 };
	boot = (struct boot){ .options = { .others_max = UINT32_MAX } };
}

static void check_nothing_left(void)
{
	efi_release_processors(&efi);
	CHECK_EQ(0, firmware.pages);
	CHECK_EQ(0, firmware.events);
	CHECK(!efi.team);
}

/* --- tests -------------------------------------------------------------------- */

static void any_number_of_processors(void)
{
	static const unsigned int tasks[] = { 2, 3, 5, 64 }, numbers[] = { 1, 2, 3, 8, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++)
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++) {
			struct counting c;

			behave(numbers[k]);
			CHECK(share(tasks[i], &c));
			CHECK_EQ(tasks[i], count_done(&c));
			CHECK(c.workers <= tasks[i] && c.workers <= numbers[k]);
			CHECK(firmware.calls < tasks[i] && firmware.calls < numbers[k]);
			CHECK(firmware.calls || numbers[k] == 1);
			CHECK_EQ(0, strlen(firmware.said));
			check_nothing_left();
		}
}

static const struct limit {
	struct options options;
	unsigned int calls;
} limits[] = {
	/* clang-format off */
	{ { .others_max = UINT32_MAX }, 3 },
	{ { .others_max = 3 }, 3 },
	{ { .others_max = 2 }, 2 },
	{ { .others_max = 1 }, 1 },
	{ { .others_max = 0 }, 0 },
	{ { .others_max = UINT32_MAX, .nosmp = true }, 0 },
	/* clang-format on */
};

/* Late ones leave all tasks to the boot processor, so that it starts all that it may. */
static void the_command_line_limits_them(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct counting c;

		behave(8);
		for (unsigned int k = 1; k < 8; k++)
			processors[k].kind = LATE;
		boot.options = limits[i].options;
		CHECK(share(4, &c));
		CHECK_EQ(4, count_done(&c));
		CHECK_EQ(limits[i].calls, firmware.calls);
		check_nothing_left();
	}
}

/* Only missing processors are waited for. */
static void the_event_is_not_waited_for(void)
{
	struct counting c;

	behave(4);
	firmware.signal_after = 0;
	CHECK(share(64, &c));
	CHECK_EQ(64, count_done(&c));
	firmware.signal_after = 1;
	check_nothing_left();
}

/* All have returned, but the firmware may still signal its events: they are not closed. */
static void an_event_is_owed(void)
{
	struct counting c;

	behave(4);
	firmware.signal_after = 0;
	CHECK(share(64, &c));
	efi_release_processors(&efi);
	CHECK_EQ(0, firmware.pages);
	CHECK_EQ(firmware.calls, firmware.events);
	CHECK(!efi.team);
}

static void check_started(unsigned int first, unsigned int second)
{
	for (unsigned int i = 0; i < firmware.all; i++)
		CHECK_EQ(i == first || i == second, processors[i].called);
}

static void only_fit_ones_are_started(void)
{
	static const enum kind kinds[] = { DISABLED, UNHEALTHY, BUSY };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct counting c;

		behave(6);
		processors[1].kind = processors[3].kind = kinds[i];
		processors[2].kind = processors[4].kind = LATE;
		if (kinds[i] == DISABLED)
			firmware.enabled = 4;
		CHECK(share(3, &c));
		CHECK_EQ(3, count_done(&c));
		check_started(2, 4);
		check_nothing_left();
	}
}

/* Only one timeout is spent. */
static void no_start_after_a_timeout(void)
{
	struct counting c;

	behave(8);
	processors[1].kind = LATE;
	for (unsigned int i = 2; i < 8; i++)
		processors[i].kind = STUCK;
	CHECK(share(8, &c));
	CHECK_EQ(8, count_done(&c));
	CHECK_EQ(2, firmware.calls);
	check_nothing_left();
}

/* No processor is started, nothing stays allocated, the work is done. */
static void check_alone(const char *what)
{
	struct counting c;

	test_state.subject = what;
	CHECK(share(7, &c));
	CHECK_EQ(7, count_done(&c));
	CHECK_EQ(1, c.workers);
	CHECK_EQ(0, firmware.stalled);
	CHECK_EQ(0, strlen(firmware.said));
	check_nothing_left();
}

static void without_others(void)
{
	behave(4), firmware.no_protocol = true, check_alone("no protocol");
	behave(4), firmware.number_status = EFI_DEVICE_ERROR, check_alone("no number");
	behave(4), firmware.enabled = 0, check_alone("no processor is enabled");
	behave(4), firmware.enabled = 1, check_alone("all others are disabled");
	behave(4), firmware.enabled = 5, check_alone("more enabled than present");
	behave(4), firmware.no_memory = true, check_alone("no memory");
	behave(4), firmware.no_event = true, check_alone("no event");
	behave(4), firmware.no_info = true, check_alone("no information");
	behave(4), firmware.no_info = true, firmware.all = firmware.enabled = SIZE_MAX;
	check_alone("more than a machine can have");
	CHECK_EQ(1, firmware.asked);
	behave(4), firmware.no_info = true, firmware.all = firmware.enabled = (UINTN)1 << 32;
	check_alone("more than 32 bits can count");
}

static void none_is_started_for_nothing(void)
{
	struct counting c;

	behave(8);
	processors[1].kind = LATE;
	processors[2].kind = QUICK;
	CHECK(share(8, &c));
	CHECK_EQ(8, count_done(&c));
	CHECK_EQ(2, firmware.calls);
	check_nothing_left();
}

static void one_task_is_for_one_processor(void)
{
	struct counting c;

	behave(4);
	CHECK(share(1, &c));
	CHECK_EQ(1, count_done(&c));
	CHECK_EQ(0, firmware.calls);
	CHECK_EQ(0, firmware.stalled);
	check_nothing_left();
}

/* The firmware stops them after the timeout, all at once, and signals the events. */
static void check_missing(enum kind kind, const char *message)
{
	struct counting c;

	for (unsigned int i = 1; i < 5; i++)
		processors[i].kind = i == 2 ? LATE : kind;
	CHECK(share(5, &c));
	CHECK(count_done(&c) >= 2);
	CHECK(firmware.stalled >= processors[1].timeout);
	CHECK(firmware.stalled < processors[1].timeout + 1000000);
	CHECK(!strcmp(firmware.said, message));
	check_nothing_left();
}

static void processors_that_do_not_answer(void)
{
	static const enum kind kinds[] = { DEAD, SILENT };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		behave(5);
		check_missing(kinds[i], "other processors that do not answer: 3 "
					"(bzboot.processors=1 starts none)\n");
		behave(5);
		boot.options.quiet = true;
		check_missing(kinds[i], "");
	}
}

/* It may still write to the kernel's memory, and it runs our code. */
static void a_processor_is_lost(void)
{
	struct counting c;

	behave(3);
	processors[2].kind = LOST;
	processors[1].kind = LATE;
	boot.options.quiet = true;
	CHECK(!share(7, &c));
	CHECK(strstr(firmware.said, "start with bzboot.processors=1\n"));
	CHECK(firmware.stalled >= FOREVER_US);
	CHECK(firmware.pages && firmware.events == 2);
	free(efi.team);
}

/* The wait before the message does not grow with their number. */
static void many_processors_are_lost(void)
{
	struct counting c;

	behave(64);
	for (unsigned int i = 1; i < 64; i++)
		processors[i].kind = LOST;
	CHECK(!share(64, &c));
	CHECK_EQ(63, firmware.calls);
	CHECK(firmware.said_at > processors[1].timeout);
	CHECK(firmware.said_at <= 2 * processors[1].timeout);
	CHECK(processors[1].timeout < 30000000);
	free(efi.team);
}

static void caches_are_off(void)
{
	struct counting c;

	behave(4);
	processors[1].kind = processors[3].kind = HOT;
	processors[2].kind = LATE;
	boot.options.debug = true;
	CHECK(share(9, &c));
	CHECK_EQ(9, count_done(&c));
	CHECK(!strcmp(firmware.said, "other processors: 1 helped, 2 had their caches off\n"));
	check_nothing_left();
}

/* The firmware claims that the processor does not run. */
static void a_processor_is_lied_about(void)
{
	struct counting c;

	behave(2);
	processors[1].kind = LIED_ABOUT;
	CHECK(share(64, &c));
	CHECK_EQ(64, count_done(&c));
	check_nothing_left();
}

static const struct test tests[] = {
	{ "any number of processors, any number of tasks: each task once",
	  any_number_of_processors },
	{ "no more than the command line allows", the_command_line_limits_them },
	{ "the firmware's event is not waited for", the_event_is_not_waited_for },
	{ "an event that never comes is left to the firmware", an_event_is_owed },
	{ "disabled, failing and busy processors are left out", only_fit_ones_are_started },
	{ "no processor is started after a start that times out", no_start_after_a_timeout },
	{ "no others, or an error: this one does all tasks", without_others },
	{ "none is started if no task is left", none_is_started_for_nothing },
	{ "one task is for one processor", one_task_is_for_one_processor },
	{ "some that do not respond cost one timeout, and a message",
	  processors_that_do_not_answer },
	{ "one that is lost: a message, and the stub stops", a_processor_is_lost },
	{ "many that are lost cost no more time", many_processors_are_lost },
	{ "a processor without caches is not used", caches_are_off },
	{ "a running processor is waited for even if the firmware denies it",
	  a_processor_is_lied_about },
};

int main(void)
{
	return RUN_TESTS(tests);
}
