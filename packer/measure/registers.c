/* SPDX-License-Identifier: BSD-2-Clause */
#include "registers.h"

#include <string.h>

#define SYSTEM_PCRS (0xffu << 8)

/* Extends @value by the events of a set of PCRs. */
static int extend_all(const struct events *events, unsigned int pcrs, unsigned int banks,
		      struct digests *value, struct why *why)
{
	for (size_t i = 0; i < events->count; i++)
		if (pcrs & 1u << events->list[i].pcr &&
		    banks_extend(banks, value, &events->list[i].digests, why))
			return -1;
	return 0;
}

static int extend_text(struct bzb_span text, unsigned int banks, struct digests *value,
		       struct why *why)
{
	struct digests event;

	return banks_hash(banks, text, &event, why) || banks_extend(banks, value, &event, why) ?
		       -1 :
		       0;
}

int register_pcr(const struct events *events, unsigned int pcr, unsigned int banks,
		 struct digests *ret, struct why *why)
{
	struct digests value = { 0 };

	if (extend_all(events, 1u << pcr, banks, &value, why))
		return -1;
	*ret = value;
	return 0;
}

int register_direct(const struct events *events, unsigned int banks, struct digests *ret,
		    struct why *why)
{
	static const unsigned char action[] = "Calling EFI Application from Boot Option",
				   separator[4];
	struct digests value = { 0 };

	if (extend_text((struct bzb_span){ action, sizeof(action) - 1 }, banks, &value, why) ||
	    extend_text((struct bzb_span){ separator, sizeof(separator) }, banks, &value, why) ||
	    extend_all(events, 1u << PCR_PROGRAMS, banks, &value, why))
		return -1;
	*ret = value;
	return 0;
}

int register_phases(const char *path, unsigned int banks, struct digests *pcr, struct why *why)
{
	struct digests value = *pcr;

	while (*path) {
		const size_t size = strcspn(path, ":");

		if (size && extend_text((struct bzb_span){ (const unsigned char *)path, size },
					banks, &value, why))
			return -1;
		path += size + (path[size] == ':');
	}
	*pcr = value;
	return 0;
}

const char *register_usual_phase(size_t index)
{
	static const char *const phases[] = {
		"enter-initrd",
		"enter-initrd:leave-initrd",
		"enter-initrd:leave-initrd:sysinit",
		"enter-initrd:leave-initrd:sysinit:ready",
	};

	return index < BZB_ARRAY_SIZE(phases) ? phases[index] : NULL;
}

int register_system(const struct events *events, struct digests *ret, struct why *why)
{
	struct digests value = { 0 };

	if (extend_all(events, SYSTEM_PCRS, 1u << BANK_SHA384, &value, why))
		return -1;
	*ret = value;
	return 0;
}
