/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map from the BIOS, with the errors of BIOSes for which Linux has workarounds */
#include "../stub/x86/setup/e820.c"

#include "test.h"

struct answer {
	struct e820_entry entry;
	unsigned int written; /* bytes of the buffer; 0: all of an entry */
	uint32_t next;	      /* EBX */
	bool carry, no_smap;
};

/* The BIOS's results */
static struct {
	const struct answer *e820; /* in the order of EBX; NULL: no such service */
	bool e801;
	uint16_t ax, bx, cx, dx;	  /* to E801h */
	uint16_t extended_kib;		  /* to 88h */
	unsigned int calls;		  /* of E820h */
	uint32_t asked[BZB_E820_MAX + 2]; /* EBX of each */
} bios;

static struct zero_page zp;

static void answer_e820(struct bios_regs *regs)
{
	const struct answer *answer = &bios.e820[regs->ebx];

	CHECK(regs->edx == SMAP && regs->ecx == 20 && regs->edi == near(&buffer));
	CHECK(bios.calls < ARRAY_SIZE(bios.asked));
	bios.asked[bios.calls++] = regs->ebx;
	regs->flags = answer->carry;
	regs->eax = answer->no_smap || answer->carry ? 0x8600 : SMAP;
	regs->ebx = answer->next;
	if (!answer->carry)
		memcpy(&buffer, &answer->entry,
		       answer->written ? answer->written : sizeof(answer->entry));
	if (answer->written > sizeof(answer->entry))
		buffer.attributes = 0;
}

void bios_regs(struct bios_regs *regs, uint32_t eax)
{
	*regs = (struct bios_regs){ .eax = eax };
}

void bios_call(enum bios_service service, struct bios_regs *regs)
{
	CHECK(service == BIOS_SYSTEM);
	regs->flags = 1;
	if (regs->eax == 0xe820 && bios.e820) {
		answer_e820(regs);
	} else if (regs->eax == 0xe801 && bios.e801) {
		regs->flags = 0;
		regs->ax = bios.ax;
		regs->bx = bios.bx;
		regs->cx = bios.cx;
		regs->dx = bios.dx;
	} else if (regs->eax == 0x8800) {
		regs->flags = 0;
		regs->ax = bios.extended_kib;
	}
}

/* detect_memory() on a machine with these results of E820h */
static void detect(const struct answer *answers)
{
	memset(&bios, 0, sizeof(bios));
	memset(&zp, 0, sizeof(zp));
	memset(&buffer, 0, sizeof(buffer));
	bios.e820 = answers;
	detect_memory(&zp);
}

static void check_entry(unsigned int i, uint64_t addr, uint64_t size, uint32_t type)
{
	CHECK(zp.e820_table[i].addr == addr);
	CHECK(zp.e820_table[i].size == size);
	CHECK(zp.e820_table[i].type == type);
}

static void copies_map(void)
{
	/* EBX may have any value: not 0, 1, 2 */
	static const struct answer answers[] = {
		[0] = { { 0, 0x9fc00, 1 }, .next = 3 },
		[3] = { { 0x100000, 0x7ff00000, 1 }, .next = 1 },
		[1] = { { 0x100000000, 0x180000000, 7 }, .next = 0 },
	};

	detect(answers);
	CHECK(zp.e820_entries == 3);
	check_entry(0, 0, 0x9fc00, 1);
	check_entry(1, 0x100000, 0x7ff00000, 1);
	check_entry(2, 0x100000000, 0x180000000, 7);
	CHECK(bios.calls == 3 && bios.asked[0] == 0 && bios.asked[1] == 3 && bios.asked[2] == 1);
}

static void ends_by_carry(void)
{
	static const struct answer answers[] = {
		{ { 0, 0x9fc00, 1 }, .next = 1 },
		{ { 0x100000, 0x7ff00000, 1 }, .next = 2 },
		{ { 0xbad, 0xbad, 0xbad }, .next = 3, .carry = true },
	};

	detect(answers);
	CHECK(zp.e820_entries == 2);
	check_entry(1, 0x100000, 0x7ff00000, 1);
}

static void loses_smap(void)
{
	static const struct answer answers[] = {
		{ { 0, 0x9fc00, 1 }, .next = 1 },
		{ { 0x100000, 0x7ff00000, 1 }, .next = 2, .no_smap = true },
	};

	detect(answers);
	CHECK(zp.e820_entries == 0);
}

static void changes_only_a_part(void)
{
	static const struct answer answers[] = {
		{ { 0x100000, 0x100000, 1 }, .next = 1 },
		{ { 0x200000, 0xbad, 0xbad }, .next = 2, .written = 8 },
		{ { 0x300000, 0x80000, 0xbad }, .next = 0, .written = 16 },
	};

	detect(answers);
	CHECK(zp.e820_entries == 3);
	check_entry(1, 0x200000, 0x100000, 1);
	check_entry(2, 0x300000, 0x80000, 1);
}

/* Some BIOSes mark all entries as "ignore this entry". */
static void writes_attributes(void)
{
	static const struct answer answers[] = {
		{ { 0, 0x9fc00, 1 }, .next = 1, .written = sizeof(struct e820_buffer) },
		{ { 0x100000, 0x7ff00000, 1 }, .next = 0, .written = sizeof(struct e820_buffer) },
	};

	detect(answers);
	CHECK(zp.e820_entries == 2);
	check_entry(0, 0, 0x9fc00, 1);
	check_entry(1, 0x100000, 0x7ff00000, 1);
}

static void never_ends(void)
{
	static const struct answer answers[] = {
		{ { 0, 0x1000, 1 }, .next = 1 },
		{ { 0x1000, 0x1000, 2 }, .next = 1 },
	};
	static const struct zero_page zero;

	detect(answers);
	CHECK(zp.e820_entries == BZB_E820_MAX && bios.calls == BZB_E820_MAX);
	check_entry(BZB_E820_MAX - 1, 0x1000, 0x1000, 2);
	CHECK(!memcmp(zp.reserved6, zero.reserved6, sizeof(zero.reserved6)));
}

static void without_e820(void)
{
	detect(NULL);
	CHECK(zp.e820_entries == 0 && zp.alt_mem_k == 0);
}

static void tells_e801(void)
{
	static const struct {
		const char *name;
		uint16_t ax, bx, cx, dx;
		uint32_t kib;
	} rows[] = {
		{ "AX, BX", 0x3c00, 0x700, 0, 0, 0x3c00 + 0x700 * 64 },
		{ "CX, DX", 0, 0, 0x3c00, 0x700, 0x3c00 + 0x700 * 64 },
		{ "CX, DX before AX, BX", 0x100, 0x100, 0x3c00, 0xffff, 0x3c00 + 0xffff * 64 },
		{ "hole below 16 MiB", 0x3800, 0x700, 0, 0, 0x3800 },
		{ "nonsense", 0x3c01, 0x700, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].name;
		memset(&zp, 0, sizeof(zp));
		memset(&bios, 0, sizeof(bios));
		bios.e801 = true;
		bios.ax = rows[i].ax;
		bios.bx = rows[i].bx;
		bios.cx = rows[i].cx;
		bios.dx = rows[i].dx;
		bios.extended_kib = 0xfc00;
		detect_memory(&zp);
		CHECK(zp.alt_mem_k == rows[i].kib);
		CHECK(zp.screen_info.ext_mem_k == 0xfc00);
	}
}

static const struct test tests[] = {
	{ "the map is copied, in the BIOS's order", copies_map },
	{ "the carry flag ends the map", ends_by_carry },
	{ "a map is ignored if the BIOS loses its signature", loses_smap },
	{ "a BIOS may change only a part of the buffer", changes_only_a_part },
	{ "attributes that were not asked for are ignored", writes_attributes },
	{ "an endless map is truncated", never_ends },
	{ "no map", without_e820 },
	{ "E801h and 88h", tells_e801 },
};

int main(void)
{
	return RUN_TESTS(tests);
}
