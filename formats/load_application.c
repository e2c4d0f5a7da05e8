/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels that are EFI applications, in memory. */
#include <bzboot/load.h>

static int find_start(const struct bzb_manifest *manifest, struct bzb_span memory, uint64_t *ret)
{
	static const char elf[] = "\177ELF";
	struct bzb_span magic;
	int err = bzb_slice(memory, 0, sizeof(elf) - 1, &magic);

	if (!err)
		*ret = memcmp(magic.data, elf, magic.size) ? 0 : manifest->gap;
	return err;
}

int bzb_load_application(const struct bzb_manifest *manifest, struct bzb_span memory,
			 uint16_t machine, struct bzb_pe *ret)
{
	struct bzb_span file, whole;
	struct bzb_pe pe;
	uint64_t start;
	int err;

	if ((err = find_start(manifest, memory, &start)) ||
	    (err = bzb_slice(memory, start, memory.size - start, &file)) ||
	    (err = bzb_pe_parse(file, &pe)) || (err = bzb_slice(file, 0, pe.size_of_image, &whole)))
		return err;
	if (pe.machine != machine)
		return -BZB_ERR_BADMACHINE;
	if (pe.entry >= pe.size_of_image)
		return -BZB_ERR_BADHEADER;
	*ret = pe;
	return 0;
}
