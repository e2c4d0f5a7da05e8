/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan for one version: all that its image depends on, before any work. */
#ifndef PACKER_INSTALL_PLAN_H
#define PACKER_INSTALL_PLAN_H

#include "install/source.h"
#include "install_options.h"
#include "pack.h"

struct install_plan {
	const struct install_place *place;
	enum install_layout layout;
	const char *version;
	struct sources sources;
	char *cmdline;			 /* of the kernel */
	char *os_release;		 /* the path of the file; NULL: there is none */
	struct pack_options pack;	 /* complete, but for the output */
	char inputs[RECORD_DIGEST_SIZE]; /* the digest of all of it, as in the record */
};

/**
 * install_plan_make() - find all that an image is made of
 * @place: found; must stay
 * @layout: not LAYOUT_NONE
 * @settings: read; must stay
 * @version: of the kernel; must stay
 * @files: a kernel, and initrds, instead of those of the system
 * @ret: for install_plan_free(), also on error
 *
 * returns: 0, or -1 after a message
 */
int install_plan_make(const struct install_place *place, enum install_layout layout,
		      const struct settings *settings, const char *version,
		      const struct names *files, struct install_plan *ret);

/**
 * install_plan_free() - free it
 * @plan: may be all zeros
 */
void install_plan_free(struct install_plan *plan);

#endif
