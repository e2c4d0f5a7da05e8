/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of bzboot.conf.d that names a new key: `bzboot keys init --use`. */
#ifndef PACKER_KEYS_USE_H
#define PACKER_KEYS_USE_H

#include "keys_actions.h"

/**
 * keys_use_check() - check early whether keys_use() can succeed
 * @options: of init
 *
 * returns: 0, or -1 after a message: the file is there already, or a name cannot be written in it
 */
int keys_use_check(const struct keys_options *options);

/**
 * keys_use() - have pack --system, sign --system and install sign with the new key
 * @options: of init, which has made the folder
 *
 * returns: 0, or -1 after a message: the keys are there, the file is not
 */
int keys_use(const struct keys_options *options);

#endif
