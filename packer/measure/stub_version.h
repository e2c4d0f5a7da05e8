/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections that each version of systemd-stub measures. */
#ifndef PACKER_STUB_VERSION_H
#define PACKER_STUB_VERSION_H

#include <stdbool.h>

#include <bzboot/uki.h>

/* Of stubs that are not systemd's: they are taken for the newest. */
#define STUB_VERSION_NEWEST 0u

/**
 * stub_version() - find the version of the systemd-stub in an image
 * @pe: parsed
 *
 * returns: as 257; STUB_VERSION_NEWEST for another stub
 */
unsigned int stub_version(const struct bzb_pe *pe);

/**
 * stub_measures() - tell whether a version knows a section
 * @version: of stub_version()
 * @name: of the section
 *
 * returns: false if it ignores the section
 */
bool stub_measures(unsigned int version, enum bzb_uki_name name);

/**
 * stub_gives_section() - tell whether a version passes a section to the kernel, as a file in the
 * initrd
 * @version: of stub_version()
 * @name: .pcrsig, .pcrpkey, .osrel or .profile
 */
bool stub_gives_section(unsigned int version, enum bzb_uki_name name);

/**
 * stub_loads_image() - tell whether a version has the firmware load .linux, which may be measured
 * then
 * @version: of stub_version()
 */
bool stub_loads_image(unsigned int version);

/**
 * stub_adds_secret() - tell whether a version adds a secret of the machine to the initrd
 * @version: of stub_version()
 */
bool stub_adds_secret(unsigned int version);

#endif
