/* SPDX-License-Identifier: BSD-2-Clause */
/* The name and the version of a program of systemd: "#### LoaderInfo: NAME VERSION ####", in
 * .sdmagic */
#ifndef PACKER_LOADER_INFO_H
#define PACKER_LOADER_INFO_H

#include <stdbool.h>

#include <bzboot/pe.h>

/**
 * loader_info_find() - whether a program has a name
 * @pe: parsed
 * @name: "systemd-boot"
 * @ret: what follows the name and a blank; untouched if it is false
 *
 * returns: true if it has
 */
bool loader_info_find(const struct bzb_pe *pe, const char *name, struct bzb_span *ret);

#endif
