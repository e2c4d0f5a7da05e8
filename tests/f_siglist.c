/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bzb_span lists = { data, size };
	struct bzb_siglist_walk walk = { .rest = lists };
	struct bzb_siglist_entry entry;
	size_t count = 0;

	while (bzb_siglist_next(&walk, &entry) > 0) {
		PROMISE(++count <= size / BZB_GUID_SIZE);
		PROMISE(is_part(lists, (struct bzb_span){ entry.type, BZB_GUID_SIZE }));
		PROMISE(is_part(lists, (struct bzb_span){ entry.owner, BZB_GUID_SIZE }));
		PROMISE(is_part(lists, entry.data) && entry.data.size);
		bzb_siglist_is_x509(&entry);
	}
	return 0;
}
