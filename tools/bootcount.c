/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootcount: the number of guest instructions between two points of a boot.
 *
 * A QEMU TCG plugin. A point is given by the bytes of its instructions, so no address has to be
 * known: the first bytes at the PE entry point of an image, and the first bytes at e_entry of the
 * ELF kernel inside it. Each pattern must cover straight-line code only (stop before the first
 * branch) and be long enough to be unique (12+ bytes).
 *
 *   gcc -O2 -shared -fPIC -o bootcount.so bootcount.c
 *   qemu-system-x86_64 -accel tcg -smp 1 ... \
 *       -plugin ./bootcount.so,stub=48b8a131...,kernel=4989f748...,out=FILE
 *
 * FILE gets a line for each of the first three times that a point is reached:
 * "stub insns=1040554388 t=2321.551375". The count is exact and repeatable to about 0.1 %; t is
 * host time in seconds, and is neither. With more CPUs than one this count is the sum over all of
 * them; path=on tells them apart. An instruction with a rep prefix counts once for each repetition.
 *
 *   end=POINT	QEMU ends, with status 0, when this point is reached
 *   count=off	only t: with thread=multi all CPUs would wait for the one counter
 *   path=on	when the last point is reached: a line "cpu1 work=246120034" for each CPU, of the
 *		instructions that it has run since the first point without those of waiting; the
 *		critical path is the largest. "elapsed insns=261377120" is with them, of the CPU
 *		that reached the last point: the time that the boot took, in instructions. Use it
 *		with thread=multi and end=POINT: no CPU then runs more than LEAD instructions ahead
 *		of another one, so that the CPUs share work as if each were a processor of its own,
 *		whatever the host has and does. The counts repeat to about 0.5 %.
 *
 * Waiting is what ends in pause, hlt, monitor or mwait at most TURN instructions after the last of
 * these: a turn of a loop.
 *
 *   profile=FILE	when the last point is reached: the number of instructions run from each
 * 		block of straight-line code since the first one, in lines of "ADDRESS COUNT";
 * 		ADDRESS is signed and relative to the first point, so the symbols of the program
 * 		give the count of
 *		each function
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qemu_plugin.h"

EXPORT int qemu_plugin_version = 1;

#define MAX_POINTS 4
#define MAX_REPORTS 3

static struct point {
	char name[32];
	unsigned char bytes[64];
	size_t len;
	int reached;
	uint64_t address;
} points[MAX_POINTS];
static size_t n_points;
static uint64_t insns;
static int counting = 1;
static const char *end = "", *profile;
static FILE *out;

/* The instructions run from one block; QEMU's threads translate one at a time. */
static struct block {
	struct block *next;
	uint64_t address, insns;
} *blocks;

static void start_profile(void)
{
	for (struct block *b = blocks; b; b = b->next)
		b->insns = 0;
}

static void write_profile(void)
{
	FILE *f = fopen(profile, "w");

	for (struct block *b = blocks; f && b; b = b->next)
		if (b->insns)
			fprintf(f, "%lld %llu\n", (long long)(b->address - points[0].address),
				(unsigned long long)b->insns);
	if (f)
		fclose(f);
}

static uint64_t *block_counter(uint64_t address)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	*b = (struct block){ blocks, address, 0 };
	blocks = b;
	return &b->insns;
}

/* --- the path: each CPU by itself ------------------------------------------------- */

#define MAX_CPUS 64
#define LEAD 50000u	     /* instructions */
#define TURN 3000u	     /* likewise */
#define PATIENCE_NS 50000000 /* then a CPU stands still because QEMU has stopped it */

/* All are numbers of instructions, since the CPU started. Idle time is added to the time. */
static struct cpu {
	uint64_t work, work_at_pause, work_at_start;
	uint64_t time, time_at_start;
	uint64_t limit; /* the time when it looks at the others */
	int runs;
} __attribute__((aligned(64))) cpus[MAX_CPUS];
static int paths, started;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

/* The least limit of the others that run; if there are none, the one of this CPU. */
static uint64_t slowest_but(const struct cpu *cpu)
{
	uint64_t least = UINT64_MAX;

	for (struct cpu *other = cpus; other < cpus + MAX_CPUS; other++)
		if (other != cpu && other->runs && other->limit < least)
			least = other->limit;
	return least == UINT64_MAX ? cpu->limit : least;
}

/* One that was idle goes on where the others are. */
static void catch_up(struct cpu *cpu)
{
	uint64_t others = slowest_but(cpu);

	if (cpu->limit + 2 * LEAD < others)
		cpu->time = others - LEAD;
	cpu->limit = cpu->time + LEAD;
	cpu->runs = 1;
}

static struct timespec patience(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

static void wait_for_others(struct cpu *cpu)
{
	const struct timespec until = patience();

	pthread_mutex_lock(&lock);
	catch_up(cpu);
	pthread_cond_broadcast(&moved);
	while (started && slowest_but(cpu) + LEAD < cpu->limit &&
	       !pthread_cond_timedwait(&moved, &lock, &until))
		;
	pthread_mutex_unlock(&lock);
}

static void idle(qemu_plugin_id_t id, unsigned vcpu)
{
	(void)id;
	pthread_mutex_lock(&lock);
	cpus[vcpu % MAX_CPUS].runs = 0;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

static void resume(qemu_plugin_id_t id, unsigned vcpu)
{
	(void)id;
	pthread_mutex_lock(&lock);
	catch_up(&cpus[vcpu % MAX_CPUS]);
	pthread_mutex_unlock(&lock);
}

/* A block: twice its instructions, and 1 if it pauses. */
static void run(unsigned vcpu, void *userdata)
{
	struct cpu *cpu = &cpus[vcpu % MAX_CPUS];
	const uintptr_t block = (uintptr_t)userdata;

	cpu->time += block / 2;
	cpu->work += block / 2;
	if (block % 2) {
		if (cpu->work - cpu->work_at_pause <= TURN)
			cpu->work = cpu->work_at_pause;
		else
			cpu->work_at_pause = cpu->work;
	}
	if (cpu->time >= cpu->limit)
		wait_for_others(cpu);
}

/* F3 90, F4, and 0F 01 C8 and C9 */
static int pauses(const struct qemu_plugin_insn *insn)
{
	static const struct {
		size_t size;
		unsigned char bytes[3];
	} all[] = { { 2, { 0xf3, 0x90 } },
		    { 1, { 0xf4 } },
		    { 3, { 0x0f, 0x01, 0xc8 } },
		    { 3, { 0x0f, 0x01, 0xc9 } } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (qemu_plugin_insn_size(insn) == all[i].size &&
		    !memcmp(qemu_plugin_insn_data(insn), all[i].bytes, all[i].size))
			return 1;
	return 0;
}

static void follow(struct qemu_plugin_tb *tb)
{
	const size_t n = qemu_plugin_tb_n_insns(tb);
	uintptr_t block = 2 * n;

	for (size_t i = 0; i < n; i++)
		if (pauses(qemu_plugin_tb_get_insn(tb, i)))
			block |= 1;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run, QEMU_PLUGIN_CB_NO_REGS, (void *)block);
}

static void start_paths(void)
{
	for (struct cpu *cpu = cpus; cpu < cpus + MAX_CPUS; cpu++) {
		cpu->work_at_start = cpu->work;
		cpu->time_at_start = cpu->time;
	}
	started = 1;
}

/* A CPU's time is of use only for the one that was there at the start. */
static void write_paths(unsigned vcpu)
{
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		const struct cpu *cpu = &cpus[i];

		if (cpu->work > cpu->work_at_start)
			fprintf(out, "cpu%u work=%llu\n", i,
				(unsigned long long)(cpu->work - cpu->work_at_start));
	}
	fprintf(out, "elapsed insns=%llu\n",
		(unsigned long long)(cpus[vcpu % MAX_CPUS].time -
				     cpus[vcpu % MAX_CPUS].time_at_start));
	fflush(out);
}

/* --- points ---------------------------------------------------------------------- */

static void report(unsigned vcpu, void *userdata)
{
	struct point *p = userdata;
	struct timespec now;

	if (p->reached++ >= MAX_REPORTS)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(out, "%s insns=%llu t=%.6f\n", p->name, (unsigned long long)insns,
		now.tv_sec + now.tv_nsec * 1e-9);
	fflush(out);
	if (paths && p == points)
		start_paths();
	if (paths && p == &points[n_points - 1])
		write_paths(vcpu);
	if (profile && p == points)
		start_profile();
	if (profile && p == &points[n_points - 1])
		write_profile();
	if (!strcmp(p->name, end))
		_exit(0);
}

/* True if the instructions from index i on begin with the bytes of p, within the block. */
static int starts_here(const struct qemu_plugin_tb *tb, size_t i, size_t n, const struct point *p)
{
	size_t seen = 0;

	for (; seen < p->len && i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		size_t len = qemu_plugin_insn_size(insn);

		if (len > p->len - seen)
			len = p->len - seen;
		if (memcmp(qemu_plugin_insn_data(insn), p->bytes + seen, len))
			return 0;
		seen += len;
	}
	return seen == p->len;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (counting)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &insns, n);
	if (profile)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							 block_counter(qemu_plugin_tb_vaddr(tb)),
							 n);
	if (paths)
		follow(tb);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_points; k++)
			if (starts_here(tb, i, n, &points[k])) {
				struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

				points[k].address = qemu_plugin_insn_vaddr(insn);
				qemu_plugin_register_vcpu_insn_exec_cb(insn, report,
								       QEMU_PLUGIN_CB_NO_REGS,
								       &points[k]);
			}
}

/* add_point: "NAME", and its bytes in hexadecimal */
static int add_point(const char *name, const char *value)
{
	struct point *p = &points[n_points];

	if (n_points == MAX_POINTS)
		return -1;
	snprintf(p->name, sizeof p->name, "%s", name);
	for (unsigned byte;
	     p->len < sizeof p->bytes && sscanf(value, "%2x", &byte) == 1 && value[1]; value += 2)
		p->bytes[p->len++] = (unsigned char)byte;
	n_points++;
	return 0;
}

static int take_option(const char *name, const char *value)
{
	if (!strcmp(name, "out"))
		return (out = fopen(value, "w")) ? 0 : -1;
	if (!strcmp(name, "count"))
		counting = strcmp(value, "off") != 0;
	else if (!strcmp(name, "path"))
		paths = !strcmp(value, "on");
	else if (!strcmp(name, "end"))
		end = strdup(value);
	else if (!strcmp(name, "profile"))
		profile = strdup(value);
	else
		return add_point(name, value);
	return 0;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	out = stderr;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return -1;
		*value++ = '\0';
		if (take_option(argv[i], value))
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_vcpu_idle_cb(id, idle);
	qemu_plugin_register_vcpu_resume_cb(id, resume);
	return 0;
}
