/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cachecount: how well a guest's kernel fits the caches of instructions.
 *
 * A QEMU TCG plugin for one CPU. It simulates caches from one marker in the guest to the next, and
 * counts what the kernel does, which is all that runs at a negative address. A marker is an
 * instruction "movabs $MARK_START,%rax", or MARK_STOP, of a program in the guest.
 *
 *   gcc -O2 -shared -fPIC -o cachecount.so cachecount.c
 *   qemu-system-x86_64 -accel tcg -smp 1 ... -plugin ./cachecount.so,out=FILE
 *
 * FILE gets one line at MARK_STOP: "insns=1040554388 l1i=20554388 itlb=31337 itlb4k=500000
 * lines=20000 pages=900":
 *
 *   insns	instructions of the kernel
 *   l1i	misses of its instructions in a cache of 32 KiB: 64 bytes a line, 8 ways, the least
 *		recently used goes
 *   itlb	misses in a translation buffer for its text as Linux maps it, by pages of 2 MiB: 8
 *		entries, each for any page
 *   itlb4k	misses in one for pages of 4 KiB, 64 entries in 8 ways, which all code uses: as if
 *		the text were mapped by such pages
 *   lines	different lines of 64 bytes of the kernel's text
 *   pages	different pages of 4 KiB of it
 *
 * Programs use the caches, too, and evict the kernel's lines; their own misses are not counted. A
 * block of straight-line code counts as a whole when it begins. Nothing is fetched ahead, nothing
 * flushes the buffers, and there is no second level. Addresses are virtual: a way of the cache is as
 * large as a page, so the physical ones have the same sets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

EXPORT int qemu_plugin_version = 1;

/* "bzbstart" and "bzbstops" */
#define MARK_START UINT64_C(0x7472617473627a62)
#define MARK_STOP UINT64_C(0x73706f7473627a62)

/* Linux for x86-64: where the kernel's image may be */
#define IMAGE UINT64_C(0xffffffff80000000)
#define IMAGE_SIZE (UINT64_C(1) << 30)

#define WAYS 8
#define MAX_SETS 64

enum { LINE_SHIFT = 6, PAGE_SHIFT = 12, LARGE_PAGE_SHIFT = 21 };

static FILE *out;
static int counting;
static uint64_t insns;
static unsigned char lines_seen[IMAGE_SIZE >> LINE_SHIFT];
static unsigned char pages_seen[IMAGE_SIZE >> PAGE_SHIFT];

/* --- caches ------------------------------------------------------------------------ */

/* The most recently used way of a set is its first. */
static struct cache {
	int shift;
	size_t sets;
	uint64_t misses;
	uint64_t tags[MAX_SETS][WAYS]; /* 0: none */
} l1i = { .shift = LINE_SHIFT, .sets = 64 }, itlb = { .shift = LARGE_PAGE_SHIFT, .sets = 1 },
  itlb4k = { .shift = PAGE_SHIFT, .sets = 8 };

static int is_kernel(uint64_t address)
{
	return (int64_t)address < 0;
}

static int is_text(uint64_t address)
{
	return address >= IMAGE && address - IMAGE < IMAGE_SIZE;
}

/* Moves the tag to the front of its set. */
static void use(struct cache *cache, uint64_t address)
{
	const uint64_t tag = (address >> cache->shift) + 1;
	uint64_t *set = cache->tags[(tag - 1) % cache->sets];
	size_t way = 0;

	if (set[0] == tag)
		return;
	while (way < WAYS - 1 && set[way] != tag)
		way++;
	if (set[way] != tag && is_kernel(address))
		cache->misses++;
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = tag;
}

/* --- blocks ------------------------------------------------------------------------ */

struct block {
	uint64_t first, end; /* addresses */
	size_t insns;
};

static void fetch_line(uint64_t address)
{
	use(&l1i, address);
	use(&itlb4k, address);
	if (!is_text(address))
		return;
	use(&itlb, address);
	lines_seen[(address - IMAGE) >> LINE_SHIFT] = 1;
	pages_seen[(address - IMAGE) >> PAGE_SHIFT] = 1;
}

static void run(unsigned vcpu, void *userdata)
{
	const struct block *block = userdata;
	const uint64_t last = (block->end - 1) >> LINE_SHIFT;

	(void)vcpu;
	if (!counting)
		return;
	if (is_kernel(block->first))
		insns += block->insns;
	for (uint64_t line = block->first >> LINE_SHIFT; line <= last; line++)
		fetch_line(line << LINE_SHIFT);
}

/* --- markers ----------------------------------------------------------------------- */

static unsigned long long count(const unsigned char *seen, size_t size)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < size; i++)
		n += seen[i];
	return n;
}

static void start(unsigned vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	counting = 1;
}

static void stop(unsigned vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	if (!counting)
		return;
	counting = 0;
	fprintf(out, "insns=%llu l1i=%llu itlb=%llu itlb4k=%llu lines=%llu pages=%llu\n",
		(unsigned long long)insns, (unsigned long long)l1i.misses,
		(unsigned long long)itlb.misses, (unsigned long long)itlb4k.misses,
		count(lines_seen, sizeof(lines_seen)), count(pages_seen, sizeof(pages_seen)));
	fflush(out);
}

/* movabs: REX.W b8, and 8 bytes */
static int is_mark(const struct qemu_plugin_insn *insn, uint64_t value)
{
	const unsigned char *bytes = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == 10 && bytes[0] == 0x48 && bytes[1] == 0xb8 &&
	       !memcmp(bytes + 2, &value, sizeof(value));
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	const size_t n = qemu_plugin_tb_n_insns(tb);
	struct block *block = malloc(sizeof(*block));
	struct qemu_plugin_insn *insn = NULL;

	(void)id;
	if (!block)
		abort();
	for (size_t i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (is_mark(insn, MARK_START))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, start, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		if (is_mark(insn, MARK_STOP))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, stop, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
	*block = (struct block){ .first = qemu_plugin_tb_vaddr(tb), .insns = n };
	block->end = qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run, QEMU_PLUGIN_CB_NO_REGS, block);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	out = stderr;
	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], "out=", 4) != 0 || !(out = fopen(argv[i] + 4, "w")))
			return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
