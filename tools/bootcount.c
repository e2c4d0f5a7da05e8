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
 * host time in seconds, and is neither. Count with -smp 1; with more CPUs the count is the sum over
 * all of them, and only t tells the time. An instruction with a rep prefix counts once for each
 * repetition.
 *
 *   end=POINT	QEMU ends, with status 0, when this point is reached
 *   count=off	only t: with thread=multi all CPUs would wait for the one counter
 *   profile=FILE	when the last point is reached: the number of instructions run from each
 * 		lock of straight-line code since the first one, in lines of "ADDRESS COUNT"; ADDRESS
 * 		is igned and relative to the first point, so the symbols of the program give the
 * 		count of
 *		each function
 *
 * The declarations below are the part of QEMU's plugin interface, version 1, that this file uses.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op,
					      void *ptr, uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned, void *),
					    enum qemu_plugin_cb_flags flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

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

static void report(unsigned vcpu, void *userdata)
{
	struct point *p = userdata;
	struct timespec now;

	(void)vcpu;
	if (p->reached++ >= MAX_REPORTS)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(out, "%s insns=%llu t=%.6f\n", p->name, (unsigned long long)insns,
		now.tv_sec + now.tv_nsec * 1e-9);
	fflush(out);
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
	return 0;
}
