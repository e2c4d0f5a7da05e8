/* SPDX-License-Identifier: BSD-2-Clause */
/* All checks: their table, and how they are run. */
#ifndef PACKER_CHECKS_H
#define PACKER_CHECKS_H

#include "check.h"
#include "io/names.h"

/* Checks whose findings come from elsewhere */
#define CHECK_KERNEL_RELOCATION "kernel-relocation" /* pack_check() */
#define CHECK_KERNEL_PACK "kernel-pack"		    /* the same */
#define CHECK_KERNEL_KASLR "kernel-kaslr"	    /* the same */
#define CHECK_KERNEL_ODDITY "kernel-oddity"	    /* the same */
#define CHECK_KERNEL_SHUFFLE "kernel-shuffle"	    /* shuffle_survey() */
#define CHECK_WRONG_KIND "wrong-kind"		    /* consumer_row() */

/**
 * check_at() - a row of the table
 * @index: from 0
 *
 * returns: NULL after the last one
 */
const struct check *check_at(size_t index);

/**
 * check_by_name() - find a check
 * @name: of it
 *
 * returns: NULL if there is none
 */
const struct check *check_by_name(const char *name);

/**
 * checks_run() - run all checks that apply to a file
 * @subject: the file
 * @ret: the findings, for checks_free()
 */
void checks_run(const struct subject *subject, struct checking *ret);

/**
 * checks_add() - add a finding of a check that has no function
 * @checking: of checks_run()
 * @name: of the check
 * @severity: how bad it is
 * @what: is wrong
 */
void checks_add(struct checking *checking, const char *name, enum severity severity,
		const struct why *what);

/**
 * checks_add_kinds() - add a finding for each consumer that does not read this kind of file
 * @checking: of checks_run()
 * @asked: those that are to read it; of BZBOOT, pack_check() says more
 */
void checks_add_kinds(struct checking *checking, consumer_set asked);

/* The findings that are asked for */
struct checks_wanted {
	const struct names *only;   /* of checks; empty: all */
	const struct names *except; /* of checks */
	consumer_set asked;	    /* findings for which one of them refuses the file; these are
				       errors. 0: all findings, as severe as their rows say */
};

/**
 * checks_keep() - throw away the findings that are not asked for
 * @checking: of checks_run()
 * @wanted: those that stay
 */
void checks_keep(struct checking *checking, const struct checks_wanted *wanted);

/**
 * checks_count() - count findings
 * @checking: of checks_run()
 * @severity: of those that count
 */
size_t checks_count(const struct checking *checking, enum severity severity);

/**
 * checks_free() - free the findings
 * @checking: of checks_run()
 */
void checks_free(struct checking *checking);

enum verdict { VERDICT_OK, VERDICT_REFUSES, VERDICT_UNTESTED };

/**
 * checks_verdict() - whether a consumer takes the file
 * @checking: of checks_run()
 * @which: the consumer
 *
 * returns: VERDICT_REFUSES if a finding says so, or if it does not read this kind of file;
 * VERDICT_UNTESTED if none does, but no test of this project has this consumer read such a file, or
 * its checks need PE headers that could not be read
 */
enum verdict checks_verdict(const struct checking *checking, enum consumer which);

/**
 * checks_reads() - whether a consumer reads this kind of file
 * @checking: of checks_run()
 * @which: the consumer
 */
bool checks_reads(const struct checking *checking, enum consumer which);

#endif
