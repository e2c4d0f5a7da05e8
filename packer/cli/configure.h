/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands whose options have keys in bzboot.conf.
 *
 *	if (!settings_read(&(struct settings_source){ .root = "/" }, &settings) &&
 *	    !pack_configure(&settings, &options)) {
 *		options.kernel = ...
 *		pack_run(&options);
 *	}
 *	pack_options_free(&options);
 *	settings_free(&settings);
 */
#ifndef PACKER_CONFIGURE_H
#define PACKER_CONFIGURE_H

#include "command_options.h"
#include "pack.h"
#include "settings.h"

/**
 * pack_configure() - the options of pack without any on the command line
 * @settings: of bzboot.conf; must stay as long as the result is used
 * @ret: all zeros at first, but for .contents.is_uki: a unified kernel image is made, whatever UKI=
 *	says, and the keys for one count. For pack_options_free(), also on error
 *
 * The result is complete but for the kernel and the output. To add an initrd or a command line,
 * do what their options do (cmd_pack.c).
 *
 * returns: 0, or an exit status after messages
 */
int pack_configure(const struct settings *settings, struct pack_options *ret);

/**
 * install_configure() - check the values of the options of install
 * @settings: of bzboot.conf
 *
 * returns: 0, or an exit status after messages
 */
int install_configure(const struct settings *settings);

/**
 * pack_options_free() - free the lists in the options
 * @options: may be all zeros
 */
void pack_options_free(struct pack_options *options);

#endif
