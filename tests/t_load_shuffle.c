/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuffling as a step of loading: bzboot/load.h. The kernel is that of shuffle_model.h, in a payload
 * ELF with its unit table in the gap. */
#include "shuffle_model.h"

enum {
	GAP = 0x200000,
	LOAD_ADDRESS = 0x1000000,
	ELF_SIZE = GAP + MODEL_MEMORY,
	MEMORY_SIZE = ELF_SIZE + 0x3000, /* with a bss */
	/* In the gap */
	NAMES = 0x200,
	HEADERS = 0x300,
	TABLE = 0x1000,
};

static const char names[] = "\0" BZB_UNITS_SECTION "\0.shstrtab";
static const uint64_t slide = 0x12a00000;
static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE] = { 1, 2, [31] = 3 };
static const struct model_shape shape = { 6, 60, 250, 600, 400, BZB_SHUFFLE_NAMES_PERCPU, false };

/* --- a kernel ---------------------------------------------------------------------------------- */

static void put_shdr(unsigned char *elf, unsigned int number, uint32_t name, uint32_t type,
		     uint64_t offset, uint64_t size)
{
	const struct bzb_elf_section section = {
		.name = name,
		.type = type,
		.offset = offset,
		.size = size,
	};

	bzb_elf_write_shdr((struct bzb_elf_shdr *)(elf + HEADERS) + number, &section);
}

/* @kernel: MODEL_MEMORY bytes, from the load address on */
static struct bzb_span make_elf(const unsigned char *kernel, struct bzb_span table)
{
	const struct bzb_elf_segment segment = {
		.type = BZB_PT_LOAD,
		.flags = 7,
		.offset = GAP,
		.vaddr = model_address,
		.paddr = LOAD_ADDRESS,
		.filesz = MODEL_MEMORY,
		.memsz = MEMORY_SIZE - GAP,
		.align = GAP,
	};
	unsigned char *elf = test_alloc(ELF_SIZE);

	memset(elf, 0, ELF_SIZE);
	memcpy(elf, "\177ELF\2\1\1", 7);
	put(elf, 0x10, 2, 2);
	put(elf, 0x12, 2, 62);
	put(elf, 0x14, 4, 1);
	put(elf, 0x18, 8, LOAD_ADDRESS);
	put(elf, 0x20, 8, 0x40);
	put(elf, 0x28, 8, HEADERS);
	put(elf, 0x34, 2, 64);
	put(elf, 0x36, 2, 56);
	put(elf, 0x38, 2, 1);
	put(elf, 0x3a, 2, 64);
	put(elf, 0x3c, 2, 3);
	put(elf, 0x3e, 2, 2);
	bzb_elf_write_phdr((struct bzb_elf_phdr *)(elf + 0x40), &segment);
	memcpy(elf + NAMES, names, sizeof(names));
	put_shdr(elf, 1, 1, BZB_SHT_PROGBITS, TABLE, table.size);
	put_shdr(elf, 2, sizeof(BZB_UNITS_SECTION) + 1, BZB_SHT_STRTAB, NAMES, sizeof(names));
	memcpy(elf + TABLE, table.data, table.size);
	memcpy(elf + GAP, kernel, MODEL_MEMORY);
	return (struct bzb_span){ elf, ELF_SIZE };
}

/* A kernel in memory, as a boot loader has it before it shuffles */
struct loaded {
	struct bzb_manifest_part part;
	struct bzb_load load;
	struct bzb_load_plan plan;
	struct bzb_kernel_elf kernel;
	unsigned char *memory, *before; /* and as it was */
};

static struct bzb_manifest_part part_of(struct bzb_span elf)
{
	return (struct bzb_manifest_part){
		bzb_st32(bzb_checksum(elf)),
		bzb_st32(ELF_SIZE),
		bzb_st32(ELF_SIZE),
	};
}

static unsigned char *aligned_memory(size_t size)
{
	unsigned char *memory = test_alloc(size + 64);

	return memory + 64 - (uintptr_t)memory % 64;
}

static struct loaded *load_elf(struct bzb_span elf, uint32_t shuffle_size)
{
	struct loaded *l = test_alloc(sizeof(*l));
	size_t size;

	l->part = part_of(elf);
	l->load = (struct bzb_load){ .image = elf, .stream = elf };
	l->load.manifest = (struct bzb_manifest){
		.codec = BZB_CODEC_NONE,
		.payload_size = ELF_SIZE,
		.elf_size = ELF_SIZE,
		.alignment = GAP,
		.gap = GAP,
		.load_address = LOAD_ADDRESS,
		.virtual_address = model_address,
		.memory_size = MEMORY_SIZE,
		.part_count = 1,
		.shuffle_size = shuffle_size,
		.parts = &l->part,
	};
	CHECK_OK(bzb_load_plan(&l->load, &bzb_decoder_none, &l->plan));
	size = (size_t)l->plan.memory.size;
	l->memory = aligned_memory(size);
	memset(l->memory, 0xa5, size);
	CHECK_OK(bzb_load_kernel(&l->load, &bzb_decoder_none, l->memory, size, &l->kernel));
	l->before = test_alloc(size);
	memcpy(l->before, l->memory, size);
	return l;
}

static struct bzb_shuffle opened(struct bzb_span table)
{
	struct bzb_shuffle ret;

	CHECK_OK(bzb_shuffle_open(table, MEMORY_SIZE - GAP, &ret));
	return ret;
}

static uint32_t room_for(struct bzb_span table)
{
	const struct bzb_shuffle shuffle = opened(table);

	return (uint32_t)bzb_shuffle_room(&shuffle);
}

/* A model, linked to where it is when it has moved by @by, and its table */
struct linked {
	struct model *model;
	struct model_layout layout;
	struct bzb_span table;
	unsigned char *kernel;
};

static struct linked linked(uint64_t by)
{
	struct linked l = { .model = model_make(&shape) };
	uint32_t order[MODEL_UNITS];

	l.layout = model_identity(l.model);
	l.table = model_table(l.model, &l.layout, 50, order);
	l.kernel = model_link(l.model, &l.layout, by);
	return l;
}

static struct loaded *load_model(void)
{
	const struct linked l = linked(0);

	return load_elf(make_elf(l.kernel, l.table), room_for(l.table));
}

static int shuffle_by(const struct loaded *l, uint64_t by)
{
	return RETURNED(bzb_load_shuffle(&l->load, &l->plan, &l->kernel, l->memory, by, seed));
}

static void check_unchanged(const struct loaded *l)
{
	CHECK_BYTES(l->before, l->memory, (size_t)l->plan.memory.size);
}

/* All but the workspace, which is zero and not in the kernel's file bytes */
static void check_kernel_unchanged(const struct loaded *l)
{
	CHECK_BYTES(l->before, l->memory, ELF_SIZE);
	CHECK(l->plan.workspace >= ELF_SIZE);
	CHECK(test_only(l->memory + l->plan.workspace, 0, l->load.manifest.shuffle_size));
}

/* In the gap, about the bytes of the file */
static int find_units(const struct loaded *l, struct bzb_shuffle *ret)
{
	const struct bzb_span gap = { l->memory, GAP };

	return RETURNED(bzb_load_find_units(&l->kernel.elf, gap, MODEL_MEMORY, ret));
}

/* All functions find this wrong, and change nothing. */
static void check_refused(const struct loaded *l, int error)
{
	struct bzb_shuffle shuffle;

	CHECK_EQ(-error, WATCHED(&shuffle, bzb_load_units(&l->load, &l->kernel, &shuffle)));
	if (error != BZB_ERR_NOSPACE && l->load.manifest.shuffle_size)
		CHECK_EQ(-error, WATCHED(&shuffle, find_units(l, &shuffle)));
	CHECK_EQ(-error, shuffle_by(l, 0));
	check_unchanged(l);
}

/* --- tests ------------------------------------------------------------------------------------- */

static void finds_the_table(void)
{
	const struct linked l = linked(0);
	const struct bzb_shuffle expected = opened(l.table);
	const struct loaded *loaded = load_elf(make_elf(l.kernel, l.table), room_for(l.table));
	struct bzb_shuffle shuffle;

	CHECK_EQ(0, find_units(loaded, &shuffle));
	CHECK_OK(bzb_load_units(&loaded->load, &loaded->kernel, &shuffle));
	CHECK_EQ(expected.unit_count, shuffle.unit_count);
	CHECK_EQ(bzb_shuffle_room(&expected), bzb_shuffle_room(&shuffle));
	CHECK(shuffle.units.data >= loaded->memory + TABLE);
	CHECK(shuffle.units.data < loaded->memory + TABLE + l.table.size);
	check_unchanged(loaded);
}

static struct model_layout drawn(struct bzb_span table)
{
	const struct bzb_shuffle shuffle = opened(table);
	void *scratch = test_alloc(bzb_shuffle_room(&shuffle));
	struct model_layout layout;

	CHECK_OK(bzb_shuffle_draw(&shuffle, seed, scratch, bzb_shuffle_room(&shuffle)));
	memcpy(layout.places, scratch, shuffle.unit_count * sizeof(uint32_t));
	return layout;
}

static void check_shuffled(uint64_t by)
{
	const struct linked l = linked(by);
	const struct loaded *loaded = load_elf(make_elf(l.kernel, l.table), room_for(l.table));
	const struct model_layout layout = drawn(l.table);
	const uint64_t workspace = loaded->plan.workspace,
		       end = workspace + loaded->load.manifest.shuffle_size;

	CHECK(workspace < MEMORY_SIZE && end > MEMORY_SIZE);
	CHECK_EQ(0, shuffle_by(loaded, by));
	CHECK_BYTES(model_link(l.model, &layout, by), loaded->memory + GAP, MODEL_MEMORY);
	CHECK(test_difference(loaded->before, loaded->memory, ELF_SIZE) >= GAP);
	CHECK_BYTES(loaded->before, loaded->memory, GAP);
	CHECK(test_only(loaded->memory + ELF_SIZE, 0, (size_t)end - ELF_SIZE));
	CHECK_BYTES(loaded->before + end, loaded->memory + end,
		    (size_t)(loaded->plan.memory.size - end));
}

static void the_kernel_is_as_if_linked_anew(void)
{
	check_shuffled(0);
	check_shuffled(slide);
}

static void a_kernel_may_have_no_table(void)
{
	const struct linked l = linked(0);
	struct bzb_span elf = make_elf(l.kernel, l.table);

	check_refused(load_elf(elf, 0), BZB_ERR_NOTFOUND);
	check_refused(load_elf(CHANGED(elf, { NAMES + 2, 1, 'x' }), room_for(l.table)),
		      BZB_ERR_NOTFOUND);
}

static void the_manifest_says_how_much_memory_there_is(void)
{
	struct loaded *l = load_model();

	l->load.manifest.shuffle_size--;
	check_refused(l, BZB_ERR_NOSPACE);
	l->load.manifest.shuffle_size++;
	CHECK_EQ(0, shuffle_by(l, 0));
}

/* A table in a segment might move while it is read. */
static void the_table_is_in_the_gap(void)
{
	const struct linked l = linked(0);
	const struct bzb_span elf = make_elf(l.kernel, l.table);
	const uint64_t places[] = { GAP, GAP - l.table.size + 1, ELF_SIZE, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		unsigned char *moved = (void *)(uintptr_t)exact(elf).data;

		if (places[i] <= GAP)
			memcpy(moved + places[i], l.table.data, l.table.size);
		put_shdr(moved, 1, 1, BZB_SHT_PROGBITS, places[i], l.table.size);
		check_refused(load_elf((struct bzb_span){ moved, ELF_SIZE }, room_for(l.table)),
			      BZB_ERR_TRUNCATED);
	}
}

static void bad_tables_are_refused(void)
{
	const struct linked l = linked(0);
	const uint32_t last = l.model->groups[MODEL_GROUPS - 1].offset;
	const struct {
		struct change change;
		enum bzb_error error;
	} bad[] = {
		{ { 0x00, 1, 'B' }, BZB_ERR_BADMAGIC },
		{ { 0x08, 4, 2 }, BZB_ERR_BADVERSION },
		{ { 0x0c, 4, 0x5b }, BZB_ERR_TRUNCATED },
		{ { 0x24, 4, 17 }, BZB_ERR_TOOLARGE },
		/* The last group is larger than the memory by a byte. */
		{ { 0x5c + 12 * MODEL_GROUPS - 8, 4, MEMORY_SIZE - GAP - last + 1 },
		  BZB_ERR_BADUNITS },
		/* It ends in the bss, where the workspace is. */
		{ { 0x5c + 12 * MODEL_GROUPS - 8, 4, MODEL_MEMORY - last + 1 }, BZB_ERR_BADUNITS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct bzb_span table = CHANGED(l.table, bad[i].change);

		check_refused(load_elf(make_elf(l.kernel, table), room_for(l.table)), bad[i].error);
	}
}

/* The first key of an ordered table is above the second one. */
static void kernels_that_are_not_of_the_table_are_refused(void)
{
	const struct linked l = linked(0);
	const struct loaded *loaded;

	put(l.kernel, l.model->ordered[2].offset + 8 * 300, 8, model_address);
	loaded = load_elf(make_elf(l.kernel, l.table), room_for(l.table));
	CHECK_EQ(-BZB_ERR_BADTABLE, shuffle_by(loaded, 0));
	check_kernel_unchanged(loaded);
}

/* Two units in two chains */
static void chains_that_cannot_be_kept_are_refused(void)
{
	const struct bzb_span table = CHANGED(TABLE_OF_UNITS(2, "\2\2\2\0\1\2\0\1"), { 0x18, 4, 2 },
					      { 0x1c, 4, 4 }, { 0x28, 4, 2 }, { 0x2c, 4, 6 });
	const struct loaded *l = load_elf(make_elf(linked(0).kernel, table), room_for(table));

	CHECK_EQ(-BZB_ERR_BADUNITS, shuffle_by(l, 0));
	check_kernel_unchanged(l);
}

static const struct test tests[] = {
	{ "the unit table is found in the gap", finds_the_table },
	{ "the kernel is as if it was linked anew, and the workspace is zero",
	  the_kernel_is_as_if_linked_anew },
	{ "a kernel may have no table", a_kernel_may_have_no_table },
	{ "the manifest says how much memory there is",
	  the_manifest_says_how_much_memory_there_is },
	{ "a table outside the gap is refused", the_table_is_in_the_gap },
	{ "bad tables are refused", bad_tables_are_refused },
	{ "a kernel that is not of its table stays as it is",
	  kernels_that_are_not_of_the_table_are_refused },
	{ "chains that cannot be kept are refused", chains_that_cannot_be_kept_are_refused },
};

int main(void)
{
	return RUN_TESTS(tests);
}
