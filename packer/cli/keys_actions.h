/* SPDX-License-Identifier: BSD-2-Clause */
/* What `bzboot keys` does, a function for each action; its options. */
#ifndef PACKER_KEYS_ACTIONS_H
#define PACKER_KEYS_ACTIONS_H

#include "io/names.h"
#include "sign/keys.h"

struct keys_options {
	const char *action, *folder;
	const char *name; /* of the owner; NULL: that of the machine */
	long days;
	struct names also_db, also_kek; /* files with more certificates, or lists */
	struct keys_existing {
		const char *key, *cert; /* files or URIs; NULL: a new one */
	} pk, kek;
	bool encrypt;
	struct key_access access;
	const char *esp;     /* NULL: write to the firmware */
	const char *efivars; /* where efivarfs is */
	bool replace;	     /* entries may be lost */
	bool use;	     /* keys_use() */
};

/* All return 0, or -1, after a message. */
int action_init(const struct keys_options *options);
int action_list(const struct keys_options *options);
int action_enroll(const struct keys_options *options);
int action_reset(const struct keys_options *options);
int action_rotate(const struct keys_options *options);
int action_retire(const struct keys_options *options);

#endif
