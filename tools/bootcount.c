/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootcount: how many guest instructions lie between two points of a boot.
 *
 * A QEMU TCG plugin. A point is given as the bytes of the instructions found there, so no address has to be known:
 * the first bytes at the PE entry point of an image, and the first bytes at e_entry of the ELF kernel inside it. Each
 * pattern must cover straight-line code only (stop before the first branch) and be long enough to be unique (12+ bytes).
 *
 *   gcc -O2 -shared -fPIC -o bootcount.so bootcount.c
 *   qemu-system-x86_64 -accel tcg -smp 1 ... -plugin ./bootcount.so,stub=48b8a131...,kernel=4989f748...,out=FILE
 *
 * FILE gets a line for each of the first three times a point is reached: "stub insns=1040554388 t=2321.551375". The
 * count is exact and repeatable to about 0.1 %; t is host time in seconds and is neither. Count with -smp 1; with more
 * CPUs the count is the sum over all of them, and only t says how long it took.
 *
 * The declarations below are the part of QEMU's plugin interface, version 1, that this file uses.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op, void *ptr, uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*cb)(unsigned, void *),
					    enum qemu_plugin_cb_flags flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx);
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
} points[MAX_POINTS];
static size_t n_points;
static uint64_t insns;
static FILE *out;

static void report(unsigned vcpu, void *userdata)
{
	struct point *p = userdata;
	struct timespec now;

	(void)vcpu;
	if (p->reached++ >= MAX_REPORTS)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(out, "%s insns=%llu t=%.6f\n", p->name, (unsigned long long)insns, now.tv_sec + now.tv_nsec * 1e-9);
	fflush(out);
}

/* Do the instructions from index i on begin with the bytes of p? A pattern that runs past the block does not match. */
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
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &insns, n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_points; k++)
			if (starts_here(tb, i, n, &points[k]))
				qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, i), report,
								       QEMU_PLUGIN_CB_NO_REGS, &points[k]);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	out = stderr;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		struct point *p = &points[n_points];

		if (!value)
			return -1;
		*value++ = '\0';
		if (!strcmp(argv[i], "out")) {
			if (!(out = fopen(value, "w")))
				return -1;
			continue;
		}
		if (n_points == MAX_POINTS)
			return -1;
		snprintf(p->name, sizeof p->name, "%s", argv[i]);
		for (unsigned byte; p->len < sizeof p->bytes && sscanf(value, "%2x", &byte) == 1 && value[1]; value += 2)
			p->bytes[p->len++] = (unsigned char)byte;
		n_points++;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
