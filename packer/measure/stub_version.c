/* SPDX-License-Identifier: BSD-2-Clause */
#include "stub_version.h"

#include "input/loader_info.h"

/* The first version that measures a section; 0: all do (systemd, src/fundamental/uki.h). */
static const unsigned int measured_since[BZB_UKI_NAMES] = {
	[BZB_UKI_UCODE] = 256,	 [BZB_UKI_UNAME] = 253,	  [BZB_UKI_SBAT] = 254,
	[BZB_UKI_PROFILE] = 257, [BZB_UKI_DTBAUTO] = 257, [BZB_UKI_HWIDS] = 257,
	[BZB_UKI_EFIFW] = 258,
};

/* The versions that pass .osrel and .profile to the kernel, and a secret */
#define TEXTS_SINCE 257
#define SECRET_SINCE 261

/* The version that loads the kernel itself */
#define LOADER_SINCE 258

static bool is_since(unsigned int version, unsigned int first)
{
	return version == STUB_VERSION_NEWEST || version >= first;
}

unsigned int stub_version(const struct bzb_pe *pe)
{
	unsigned int version = 0;
	struct bzb_span text;

	if (!loader_info_find(pe, "systemd-stub", &text))
		return STUB_VERSION_NEWEST;
	for (size_t i = 0; i < text.size && version < 10000; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			break;
		version = version * 10 + (unsigned int)(text.data[i] - '0');
	}
	return version;
}

bool stub_measures(unsigned int version, enum bzb_uki_name name)
{
	return bzb_uki_is_measured(name) && is_since(version, measured_since[name]);
}

bool stub_gives_section(unsigned int version, enum bzb_uki_name name)
{
	if (name == BZB_UKI_PCRSIG || name == BZB_UKI_PCRPKEY)
		return true;
	return is_since(version, TEXTS_SINCE);
}

bool stub_loads_image(unsigned int version)
{
	return !is_since(version, LOADER_SINCE);
}

bool stub_adds_secret(unsigned int version)
{
	return version >= SECRET_SINCE;
}
