/* SPDX-License-Identifier: BSD-2-Clause */
/* ukify's configuration (uki.conf, ukify.conf) as options of pack. */
#ifndef PACKER_PACK_CONFIG_H
#define PACKER_PACK_CONFIG_H

#include "io/ini.h"
#include "pack.h"

struct pack_config {
	struct ini ini;
	struct names initrds; /* of the file; the texts are in @ini */
};

/**
 * pack_config_read() - read a file, and complete options by it
 * @path: of it
 * @pack: options that are given stay; the file's initrds come before those that are given
 * @ret: for pack_config_free(), after @pack is used
 *
 * Warns of each key that is not used.
 *
 * returns: 0, or -1 on error, after a message
 */
int pack_config_read(const char *path, struct pack_options *pack, struct pack_config *ret);

/**
 * pack_config_free() - free what the options refer to
 * @config: may be all zero
 */
void pack_config_free(struct pack_config *config);

#endif
