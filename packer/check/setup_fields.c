/* SPDX-License-Identifier: BSD-2-Clause */
#include "setup_fields.h"

#include <bzboot/bzboot.h>

uint64_t setup_value(const struct checking *checking, size_t offset, size_t width)
{
	struct bzb_span bytes;

	if (bzb_slice(checking->subject->file, BZB_SETUP_HEADER_OFFSET + offset, width, &bytes))
		return 0;
	return bzb_get_number(bytes.data, width);
}

bool setup_is_since(const struct checking *checking, unsigned int version)
{
	return SETUP_VALUE(checking, version) >= version;
}

uint64_t setup_size(const struct checking *checking)
{
	uint64_t sectors = SETUP_VALUE(checking, setup_sects);

	/* boot.rst: "if setup_sects is 0, the real value is 4" */
	return ((sectors ? sectors : 4) + 1) * BZB_SETUP_SECTOR;
}

uint64_t setup_pm_size(const struct checking *checking)
{
	uint64_t setup = setup_size(checking), file = checking->subject->file.size;

	return file > setup ? file - setup : 0;
}

uint64_t setup_contents_size(const struct checking *checking)
{
	const struct subject *subject = checking->subject;
	uint64_t setup = setup_size(checking);

	if (!(subject->parts & PART_AUTHENTICODE) || subject->authenticode.sections_end < setup)
		return setup_pm_size(checking);
	return subject->authenticode.sections_end - setup;
}

consumer_set setup_ovmf(const struct checking *checking)
{
	return checking->subject->kinds & BZB_IS_PE ? 0 : CONSUMER(QEMU);
}
