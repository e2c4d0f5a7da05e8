/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tasks are the parts of the payload, and after them the clearing of the memory after the ELF.
 * Each processor takes the next task until none is left. When all others have finished, the boot
 * processor repeats the tasks that another one did not finish or found corrupt.
 */
#include "decompress.h"

#include "console.h"

struct parts {
	struct work work; /* first, for the cast in take_tasks() */
	struct bzb_load load;
	struct bzb_load_plan plan;
	unsigned char *memory;
	uint32_t count; /* of parts, and the number of the task that clears */
	unsigned char done[BZB_PARTS_MAX + 1];
};

static int decompress_part(struct parts *s, uint32_t number, void *workspace)
{
	struct arch_saved firmware;
	int err;

	arch_enter_decoder(&firmware);
	err = bzb_load_part(&s->load, &stub_decoder, number, s->memory, workspace,
			    s->work.workspace_size);
	arch_leave_decoder(&firmware);
	return err;
}

static int do_task(struct parts *s, uint32_t number, void *workspace)
{
	if (number < s->count)
		return decompress_part(s, number, workspace);
	bzb_load_clear(&s->load, &s->plan, s->memory);
	return 0;
}

static void take_tasks(struct work *work, void *workspace)
{
	struct parts *s = (struct parts *)work;
	uint32_t number;

	while ((number = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) <= s->count)
		if (!do_task(s, number, workspace))
			__atomic_store_n(&s->done[number], 1, __ATOMIC_RELEASE);
}

static int do_unfinished_tasks(struct parts *s, void *workspace)
{
	for (uint32_t i = 0; i <= s->count; i++) {
		int err = 0;

		if (!__atomic_load_n(&s->done[i], __ATOMIC_ACQUIRE))
			err = do_task(s, i, workspace);
		if (err)
			return err;
	}
	return 0;
}

/* Clearing memory is not worth another processor, so work.tasks counts the parts only. */
enum stub_error decompress(struct boot *boot)
{
	const uint32_t count = bzb_load_parts(&boot->load);
	size_t size = stub_decoder.workspace_size(boot->load.stream);
	void *workspace = boot->memory + boot->plan.workspace;
	struct parts s = {
		.work = {
			.run = take_tasks,
			.size = sizeof(s),
			.workspace_size = size,
			.tasks = count,
		},
		.load = boot->load,
		.plan = boot->plan,
		.memory = boot->memory,
		.count = count,
	};
	int err;

	if (boot->platform->share_work)
		boot->platform->share_work(boot, &s.work, workspace);
	err = do_unfinished_tasks(&s, workspace);
	if (!err)
		err = bzb_load_finish(&boot->load, &boot->plan, boot->memory, &boot->kernel);
	return err ? boot_fail(boot, STUB_CORRUPT,
			       "the payload is corrupt: install the image again") :
		     STUB_OK;
}
