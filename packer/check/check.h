/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks: one row each, in the table of its family (families.h). A check that finds something wrong
 * says what and where; its row says how bad that is, which consumers refuse the file for it, and
 * why.
 *
 *   check_*.c   the families
 *   checks.c    runs all of them in their order
 */
#ifndef PACKER_CHECK_H
#define PACKER_CHECK_H

#include "consumers.h"
#include "subject.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/* A place in the file, or a field and its value */
struct where {
	const char *field; /* static; NULL: none */
	uint64_t value;	   /* of the field */
	uint64_t offset;   /* in the file; NO_OFFSET: none */
};

#define NO_OFFSET UINT64_MAX
#define NOWHERE ((struct where){ .offset = NO_OFFSET })
#define AT(place) ((struct where){ .offset = (place) })
#define FIELD(name, number) FIELD_AT(name, number, NO_OFFSET)
#define FIELD_AT(name, number, place)                                                             \
	((struct where){ .field = (name), .value = (number), .offset = (place) })

struct checking;

struct check {
	const char *name; /* "pe-overlap": the family first */
	enum severity severity;
	unsigned int kinds;  /* it is for files of any of them; 0: for all */
	unsigned int parts;  /* it needs all of them */
	const char *after;   /* it runs only if this check found nothing; NULL: always */
	consumer_set breaks; /* those that refuse such a file */
	void (*run)(struct checking *checking); /* NULL: its findings come from elsewhere */
	const char *why; /* a paragraph: why it matters, and which consumers break */
};

struct finding {
	const struct check *check;
	enum severity severity;
	consumer_set breaks;
	struct where where;
	struct why what;
};

/* Of one check: a hostile file can be wrong in millions of places. */
#define FINDINGS_MAX 1000u

/* The checks of one file */
struct checking {
	const struct subject *subject;
	const struct check *check; /* that runs */
	struct finding *findings;
	size_t count, room;
};

/**
 * found() - add a finding of the check that runs
 * @checking: as given to it
 * @where: where
 * @format: as of printf: what is wrong, a phrase without capital or full stop
 *
 * After FINDINGS_MAX findings of a check, the last one says that there are more.
 */
void found(struct checking *checking, struct where where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * found_for() - as found(), but other consumers refuse the file than the row of the check says
 * @breaks: those
 */
void found_for(struct checking *checking, consumer_set breaks, struct where where,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
