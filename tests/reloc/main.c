/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that checks whether it was moved correctly: each of its fields must agree with the
 * instruction pointer, or be unchanged. It reports on COM1 and ends QEMU. It is entered like Linux,
 * and relies on none of its fields until it has checked them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kernel/boot_params.h"
#include "../kernel/console.h"
#include "fields.h"

#define DEBUG_EXIT_PORT 0xf4

/* Hidden, so that they are accessed without a table of addresses. */
#pragma GCC visibility push(hidden)
/* reloc.lds.S */
extern const unsigned char kernel_start[];
/* fields.S */
extern const unsigned char targets[], wide[], spread[], unaligned[], edges[], outside[];
extern const unsigned char constants[];
#ifdef PIE
uint64_t got_slot(void);
#else
extern const unsigned char edge_absolute[], missing_address[], half[], half_constants[],
	distances[];
extern const unsigned char distance_inside[], constants_inside[];
uint64_t value_32(void), value_32s(void), value_32s_indexed(uint64_t index), value_pc32(void);
uint64_t value_64(void), constant_low_32s(void), constant_low_pc32(void);
uint64_t constant_high_pc32(void), constant_inside_pc32(void), missing_32s(void),
	missing_pc32(void);
uint64_t got_mov(void), got_mov_missing(void), got_call(void), got_jmp(void);
uint64_t got_cmp(uint64_t value), got_test(uint64_t value), got_add(uint64_t value);
#endif
#ifdef WITH_MANY
extern const unsigned char many[];
#endif
#pragma GCC visibility pop

static uint64_t address_of(const void *at)
{
	return (uintptr_t)at;
}

/* True if a field of @width bytes points to the target with that number. */
static bool names_target(const unsigned char *field, unsigned int width, uint64_t number)
{
	uint64_t value = load(field, width);

	return value == address_of(targets) + 8 * number &&
	       load(memory_at(value), 8) == TARGET_MARK + number;
}

static bool all_canaries(const unsigned char *at, uint64_t count)
{
	while (count && *at == CANARY)
		at++, count--;
	return !count;
}

/* Checks records of @before canaries, a field that points to a target, @after canaries. */
static const char *check_table(const unsigned char *at, unsigned int width, uint64_t before,
			       uint64_t after)
{
	for (uint64_t i = 0; i < TARGETS; i++) {
		const unsigned char *field = at + before;

		if (!names_target(field, width, i))
			return "a field does not point to its target";
		if (!all_canaries(at, before) || !all_canaries(field + width, after))
			return "a byte between fields has changed";
		at = field + width + after;
	}
	return NULL;
}

/* A size is not an address, so the first constant has the original one. */
static uint64_t kernel_end(void)
{
	return address_of(kernel_start) + load(constants, 8);
}

static const char *check_edges(void)
{
	if (load(edges, 8) != address_of(kernel_start))
		return "not the start of the kernel";
	if (load(edges + 8, 8) != kernel_end())
		return "not the end of the kernel";
	return load(edges + 16, 8) == (kernel_end() + 0xfff) / 0x1000 * 0x1000 ?
		       NULL :
		       "not the end of the kernel's last page";
}

static const char *check_outside(void)
{
	if (load(outside, 8) != address_of(kernel_start) - FAR_BEFORE)
		return "a pointer before the kernel";
	return load(outside + 8, 8) == kernel_end() + FAR_AFTER ? NULL :
								  "a pointer after the kernel";
}

static const char *check_constants(void)
{
	return load(constants + 8, 8) == CONSTANT_LOW && load(constants + 16, 8) == CONSTANT_HIGH &&
			       !load(constants + 24, 8) ?
		       NULL :
		       "a 64-bit constant has moved";
}

#ifdef PIE

static void check_kind(void)
{
	verdict("got", got_slot() == address_of(targets) ? NULL : "a slot of the GOT");
}

#else

static const char *check_half_constants(void)
{
	return load(half_constants, 4) == CONSTANT_LOW &&
			       load(half_constants + 4, 4) == CONSTANT_HIGH &&
			       constant_low_32s() == CONSTANT_LOW ?
		       NULL :
		       "a 32-bit constant has moved";
}

/* A 32-bit distance is relative to its own address. */
static uint64_t reached_by(const unsigned char *field)
{
	return address_of(field) + (uint64_t)(int64_t)(int32_t)load(field, 4);
}

static const char *check_distances(void)
{
	if (reached_by(distances) != CONSTANT_LOW || constant_low_pc32() != CONSTANT_LOW)
		return "to the lower constant";
	if (reached_by(distances + 4) != CONSTANT_HIGH || constant_high_pc32() != CONSTANT_HIGH)
		return "to the higher constant";
	return reached_by(distance_inside) == address_of(targets) ? NULL : "inside the kernel";
}

static const char *check_code(void)
{
	uint64_t here = address_of(targets);

	if (value_32() != here)
		return "R_X86_64_32";
	if (value_32s() != here)
		return "R_X86_64_32S";
	if (value_32s_indexed(5) != TARGET_MARK + 5)
		return "R_X86_64_32S with an index";
	if (value_pc32() != here)
		return "R_X86_64_PC32";
	return value_64() == here ? NULL : "R_X86_64_64";
}

/* An undefined weak symbol is 0, wherever the kernel is. */
static const char *check_missing(void)
{
	if (load(missing_address, 8) || missing_32s() || got_mov_missing())
		return "it has an address";
	return missing_pc32() ? "it has an address, by distance" : NULL;
}

static const char *check_got(void)
{
	uint64_t here = address_of(targets);

	if (got_mov() != here)
		return "mov";
	if (got_call() != 0x600d)
		return "call";
	if (got_jmp() != 0x600d)
		return "jmp";
	if (!got_cmp(here) || got_cmp(here + 1))
		return "cmp";
	if (!got_test(~here) || got_test(here))
		return "test";
	return got_add(1) == here + 1 ? NULL : "add";
}

static const char *check_constant_inside(void)
{
	uint64_t constant = -load(constants_inside + 8, 8);

	if (load(constants_inside, 8) != constant)
		return "a 64-bit constant has moved";
	return constant_inside_pc32() == constant ? NULL : "by distance";
}

static const char *check_edge_absolute(void)
{
	return load(edge_absolute, 8) == kernel_end() ? NULL : "not the end of the kernel";
}

static void check_kind(void)
{
	verdict("edge_absolute", check_edge_absolute());
	verdict("constant_inside", check_constant_inside());
	verdict("half", check_table(half, 4, 1, 0));
	verdict("half_constants", check_half_constants());
	verdict("distances", check_distances());
	verdict("code", check_code());
	verdict("got", check_got());
	verdict("missing", check_missing());
}

#endif

#ifdef WITH_MANY

static const char *check_many(void)
{
	const unsigned char *at = many;

	for (uint64_t i = 0; i < MANY; i++, at += 12) {
		if (!names_target(at, 8, i % TARGETS))
			return "a 64-bit field does not point to its target";
		if (!names_target(at + 8, 4, i % TARGETS))
			return "a 32-bit field does not point to its target";
	}
	return NULL;
}

#endif

/* Called by fields.S. */
void kernel_main(void);

void kernel_main(void)
{
	report_start();
	report_hex("load_address", address_of(kernel_start));
	verdict("wide", check_table(wide, 8, 0, 0));
	verdict("spread", check_table(spread, 8, 0, 64 * 8));
	verdict("unaligned", check_table(unaligned, 8, 1, 0));
	verdict("edges", check_edges());
	verdict("outside", check_outside());
	verdict("constants", check_constants());
	check_kind();
#ifdef WITH_MANY
	verdict("many", check_many());
#endif
	report_number("failures", failures());
	/* QEMU's exit status is twice this and one. */
	outb(DEBUG_EXIT_PORT, failures() ? 2 : 1);
}
