/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a version that are on the ESP: names tell the current ones from the previous ones,
 * digests those that install made from foreign ones. */
#ifndef PACKER_PRESENT_H
#define PACKER_PRESENT_H

#include "record.h"

struct present {
	/* Of the record, with the paths that they have now: those that boot loaders show, and, of
	 * layout bls, those that these name. */
	struct record_files files;
	struct record_files left; /* of the record, and there, but nothing names them */
	struct name_list foreign; /* names of the version, in the folder that boot loaders show,
					that are not those of files of the record */
};

/**
 * present_find() - look for the files of a version
 * @place: found
 * @record: of the version; without files, all are foreign
 * @ret: for present_free(), also on error
 *
 * returns: 0, or -1 after a message
 */
int present_find(const struct install_place *place, const struct install_record *record,
		 struct present *ret);

/**
 * present_free() - free the lists
 * @present: may be all zeros
 */
void present_free(struct present *present);

#endif
