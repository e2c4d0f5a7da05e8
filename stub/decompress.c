/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tasks are the parts of the payload, and after them the clearing of the memory after the ELF.
 * Each processor takes the next task until none is left; after the first part, large parts come
 * first, so that all finish at about the same time. When all others have finished, the boot
 * processor repeats the tasks that another one did not finish or found corrupt.
 *
 * With several processors, each moves the fields in its parts. The first part has the tables of the
 * fields, so the processor that decompressed it sorts them by parts, and moves parts that were
 * decompressed before that.
 */
#include "decompress.h"

#include "console.h"
#include "kaslr.h"

/* The progress of a task. A field must not be moved twice. */
enum {
	TASK_LEFT, /* or failed */
	TASK_DONE,
	TASK_MOVING, /* a part that is done */
	TASK_MOVED,
};

struct parts {
	struct work work; /* first, for the cast in take_tasks() */
	struct bzb_load load;
	struct bzb_load_plan plan;
	unsigned char *memory;
	uint64_t slide;
	uint32_t count;	     /* of parts, and the number of the task that clears */
	unsigned char split; /* work.shared is a struct bzb_load_moves */
	unsigned char order[BZB_PARTS_MAX + 1];
	unsigned char state[BZB_PARTS_MAX + 1];
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
	int err = 0;

	if (number < s->count)
		err = decompress_part(s, number, workspace);
	else
		bzb_load_clear(&s->load, &s->plan, s->memory);
	if (!err)
		__atomic_store_n(&s->state[number], TASK_DONE, __ATOMIC_RELEASE);
	return err;
}

/* --- moving ------------------------------------------------------------------------ */

static bool is_split(const struct parts *s)
{
	return !KERNEL_IS_APPLICATION && __atomic_load_n(&s->split, __ATOMIC_ACQUIRE);
}

/* If it fails, the kernel is moved as a whole. */
static void split_fields(struct parts *s)
{
	if (!KERNEL_IS_APPLICATION && s->work.shared &&
	    !bzb_load_split(&s->load, s->memory, (uintptr_t)s->memory, s->slide, s->work.shared))
		__atomic_store_n(&s->split, 1, __ATOMIC_RELEASE);
}

/* For the one processor that gets it. */
static bool begin_move(struct parts *s, uint32_t number)
{
	unsigned char done = TASK_DONE;

	return __atomic_compare_exchange_n(&s->state[number], &done, TASK_MOVING, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static int move_parts(struct parts *s)
{
	for (uint32_t i = 0; i < s->count && is_split(s); i++) {
		if (!begin_move(s, i))
			continue;
		if (bzb_load_move_part(s->work.shared, i, s->memory))
			return -BZB_ERR_BADRELOC;
		__atomic_store_n(&s->state[i], TASK_MOVED, __ATOMIC_RELEASE);
	}
	return 0;
}

/* --- the tasks --------------------------------------------------------------------- */

static void take_tasks(struct work *work, void *workspace)
{
	struct parts *s = (struct parts *)work;
	uint32_t number;

	while ((number = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) <= s->count) {
		number = s->order[number];
		if (do_task(s, number, workspace))
			continue;
		if (number == 0)
			split_fields(s);
		(void)move_parts(s);
	}
}

/* A part that was left while it moved is decompressed again. */
static bool is_unfinished(const struct parts *s, uint32_t number)
{
	unsigned char state = __atomic_load_n(&s->state[number], __ATOMIC_ACQUIRE);

	return state == TASK_LEFT || state == TASK_MOVING;
}

/* The bytes of a part in the stream; 0 of the task that clears */
static uint32_t size_of(const struct parts *s, uint32_t number)
{
	const struct bzb_manifest *m = &s->load.manifest;

	if (number == s->count)
		return 0;
	return bzb_ld32(m->parts[number].end) -
	       (number ? bzb_ld32(m->parts[number - 1].end) : m->part_start);
}

/* The first part, then the others by their sizes. */
static void put_in_order(struct parts *s)
{
	s->order[0] = 0;
	for (uint32_t i = 1; i <= s->count; i++) {
		uint32_t at = i;

		for (; at > 1 && size_of(s, s->order[at - 1]) < size_of(s, i); at--)
			s->order[at] = s->order[at - 1];
		s->order[at] = (unsigned char)i;
	}
}

static int do_unfinished_tasks(struct parts *s, void *workspace)
{
	for (uint32_t i = 0; i <= s->count; i++) {
		int err = is_unfinished(s, i) ? do_task(s, i, workspace) : 0;

		if (err)
			return err;
	}
	return move_parts(s);
}

/* Clearing memory is not worth another processor, nor is a first part that has no byte of the
 * kernel. */
static unsigned int count_worthy(const struct bzb_manifest *m, uint32_t count)
{
	return count > 1 && bzb_ld32(m->parts[0].elf_end) <= m->gap ? count - 1 : count;
}

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
			.tasks = count_worthy(&boot->load.manifest, count),
			.shared_size = sizeof(struct bzb_load_moves),
		},
		.load = boot->load,
		.plan = boot->plan,
		.memory = boot->memory,
		.slide = kaslr_slide(boot),
		.count = count,
	};
	int err;

	put_in_order(&s);
	if (boot->platform->share_work)
		boot->platform->share_work(boot, &s.work, workspace);
	err = do_unfinished_tasks(&s, workspace);
	if (!err && !KERNEL_IS_APPLICATION)
		err = bzb_load_finish(&boot->load, &boot->plan, boot->memory, &boot->kernel);
	if (is_split(&s))
		boot->moves = s.work.shared;
	return err ? boot_fail(boot, STUB_CORRUPT,
			       "the payload is corrupt: install the image again") :
		     STUB_OK;
}
