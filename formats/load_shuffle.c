/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuffling as a step of loading. */
#include <bzboot/load.h>
#include <bzboot/wipe.h>

int bzb_load_find_units(const struct bzb_elf *elf, struct bzb_span place, uint64_t size,
			struct bzb_shuffle *ret)
{
	struct bzb_elf_section section;
	struct bzb_span table;
	int err = bzb_elf_find_section(elf, BZB_UNITS_SECTION, &section);

	if (!err)
		err = bzb_slice(place, section.offset, section.size, &table);
	return err ? err : bzb_shuffle_open(table, size, ret);
}

/* Of the kernel, in its file: the scratch is behind that. */
static uint64_t loaded_size(const struct bzb_kernel_elf *kernel)
{
	const uint64_t in_file = kernel->elf.file.size - kernel->gap;

	return in_file < kernel->elf.memory_size ? in_file : kernel->elf.memory_size;
}

int bzb_load_units(const struct bzb_load *load, const struct bzb_kernel_elf *kernel,
		   struct bzb_shuffle *ret)
{
	const struct bzb_span gap = { kernel->elf.file.data, (size_t)kernel->gap };
	struct bzb_shuffle shuffle;
	int err;

	if (!load->manifest.shuffle_size)
		return -BZB_ERR_NOTFOUND;
	err = bzb_load_find_units(&kernel->elf, gap, loaded_size(kernel), &shuffle);
	if (err)
		return err;
	if (bzb_shuffle_room(&shuffle) > load->manifest.shuffle_size)
		return -BZB_ERR_NOSPACE;
	*ret = shuffle;
	return 0;
}

int bzb_load_shuffle(const struct bzb_load *load, const struct bzb_load_plan *plan,
		     const struct bzb_kernel_elf *kernel, void *memory, uint64_t slide,
		     const unsigned char *seed)
{
	const struct bzb_shuffle_kernel where = {
		.memory = (unsigned char *)memory + (size_t)kernel->gap,
		.address = kernel->elf.virtual_address,
		.slide = slide,
	};
	unsigned char *scratch = (unsigned char *)memory + (size_t)plan->workspace;
	const size_t room = load->manifest.shuffle_size;
	struct bzb_shuffle shuffle;
	int err = bzb_load_units(load, kernel, &shuffle);

	if (err)
		return err;
	err = bzb_shuffle_draw(&shuffle, seed, scratch, room);
	if (!err)
		err = bzb_shuffle_apply(&shuffle, &where, scratch, room);
	bzb_wipe(scratch, room);
	return err;
}
