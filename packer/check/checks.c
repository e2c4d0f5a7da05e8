/* SPDX-License-Identifier: BSD-2-Clause */
#include "checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "io/alloc.h"
#include "families.h"

static const struct check *const families[] = {
	/* clang-format off */
	kind_checks,
	pe_checks,
	directory_checks,
	section_checks,
	nx_checks,
	certificate_table_checks,
	signature_checks,
	sbat_checks,
	bzimage_checks,
	loading_checks,
	zboot_checks,
	payload_checks,
	kernel_checks,
	uki_checks,
	uki_text_checks,
	uki_data_checks,
	stub_checks,
	uki_linux_checks,
	uki_pcrs_checks,
	addon_checks,
	/* clang-format on */
};

const struct check *check_at(size_t index)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(families); i++)
		for (const struct check *check = families[i]; check->name; check++)
			if (!index--)
				return check;
	return NULL;
}

const struct check *check_by_name(const char *name)
{
	const struct check *check;

	for (size_t i = 0; (check = check_at(i)); i++)
		if (!strcmp(check->name, name))
			return check;
	return NULL;
}

static bool has_found(const struct checking *checking, const char *name)
{
	for (size_t i = 0; i < checking->count; i++)
		if (!strcmp(checking->findings[i].check->name, name))
			return true;
	return false;
}

static bool is_for(const struct check *check, const struct subject *subject)
{
	return check->run && (!check->kinds || (check->kinds & subject->kinds));
}

/* All checks of unified kernel images and addons look at their sections. */
static unsigned int parts_of(const struct check *check)
{
	const unsigned int kinds = BZB_IS_UKI | BZB_IS_ADDON;
	const bool is_of_sections = check->kinds && !(check->kinds & ~kinds);

	return check->parts | (is_of_sections ? PART_PE : 0);
}

static bool applies(const struct checking *checking, const struct check *check)
{
	const struct subject *subject = checking->subject;
	const unsigned int parts = parts_of(check);

	return is_for(check, subject) && (parts & subject->parts) == parts &&
	       !(check->after && has_found(checking, check->after));
}

void checks_run(const struct subject *subject, struct checking *ret)
{
	*ret = (struct checking){ .subject = subject };
	for (size_t i = 0; (ret->check = check_at(i)); i++)
		if (applies(ret, ret->check))
			ret->check->run(ret);
}

static struct finding *add(struct checking *checking)
{
	if (checking->count == checking->room) {
		checking->room = 2 * checking->room + 16;
		checking->findings =
			alloc_resize(checking->findings, checking->room * sizeof(struct finding));
		if (!checking->findings)
			diag_no_memory(checking->room * sizeof(struct finding));
	}
	checking->findings[checking->count] = (struct finding){
		.check = checking->check,
		.severity = checking->check->severity,
		.breaks = checking->check->breaks,
		.where = NOWHERE,
	};
	return &checking->findings[checking->count++];
}

/* The findings of a check follow each other. returns: the last of too many, NULL if there is
 * room */
static struct finding *last_of_many(const struct checking *checking)
{
	struct finding *last;

	if (checking->count < FINDINGS_MAX)
		return NULL;
	last = &checking->findings[checking->count - 1];
	return checking->findings[checking->count - FINDINGS_MAX].check == checking->check &&
			       last->check == checking->check ?
		       last :
		       NULL;
}

static void __attribute__((format(printf, 4, 0))) say(struct checking *checking,
						      consumer_set breaks, struct where where,
						      const char *format, va_list args)
{
	struct finding *finding = last_of_many(checking);

	if (finding) {
		finding->breaks |= breaks;
		finding->where = NOWHERE;
		explain(&finding->what, "and more of the same");
		return;
	}
	finding = add(checking);
	finding->where = where;
	finding->breaks = breaks;
	vsnprintf(finding->what.text, sizeof(finding->what.text), format, args);
	diag_make_one_line(finding->what.text);
}

void found(struct checking *checking, struct where where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(checking, checking->check->breaks, where, format, args);
	va_end(args);
}

void found_for(struct checking *checking, consumer_set breaks, struct where where,
	       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(checking, breaks, where, format, args);
	va_end(args);
}

void checks_add(struct checking *checking, const char *name, enum severity severity,
		const struct why *what)
{
	struct finding *finding;

	checking->check = check_by_name(name);
	finding = add(checking);
	finding->severity = severity;
	finding->what = *what;
	diag_make_one_line(finding->what.text);
}

bool checks_reads(const struct checking *checking, enum consumer which)
{
	const struct subject *subject = checking->subject;
	const unsigned int kinds = subject->kinds | (subject->is_linux_image ? IS_LINUX_IMAGE : 0);
	const struct reading *reading = consumer_reading(consumer_row(which), subject->machine);

	return reading && !(reading->except & kinds) &&
	       (!reading->kinds || (reading->kinds & kinds));
}

void checks_add_kinds(struct checking *checking, consumer_set asked)
{
	struct why what;

	checking->check = check_by_name(CHECK_WRONG_KIND);
	for (enum consumer i = 0; i < CONSUMER_COUNT; i++) {
		if (!(asked & CONSUMER(i)) || i == BZBOOT || checks_reads(checking, i))
			continue;
		consumer_refuses(consumer_row(i), checking->subject->machine, &what);
		found_for(checking, CONSUMER(i), NOWHERE, "%s", what.text);
	}
}

static bool names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->names[i], name))
			return true;
	return false;
}

static bool is_wanted(const struct finding *finding, const struct checks_wanted *wanted)
{
	const char *name = finding->check->name;

	if (wanted->only->count && !names_have(wanted->only, name))
		return false;
	if (names_have(wanted->except, name))
		return false;
	return !wanted->asked || (wanted->asked & finding->breaks);
}

void checks_keep(struct checking *checking, const struct checks_wanted *wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < checking->count; i++) {
		if (!is_wanted(&checking->findings[i], wanted))
			continue;
		checking->findings[kept] = checking->findings[i];
		if (wanted->asked)
			checking->findings[kept].severity = SEVERITY_ERROR;
		kept++;
	}
	checking->count = kept;
}

size_t checks_count(const struct checking *checking, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < checking->count; i++)
		count += checking->findings[i].severity == severity;
	return count;
}

void checks_free(struct checking *checking)
{
	free(checking->findings);
	*checking = (struct checking){ 0 };
}

static bool is_tried(const struct checking *checking, unsigned int tried)
{
	return tried & consumer_machine(checking->subject->machine);
}

/* Whether no check that a consumer may refuse the file for has to do without its PE headers */
static bool is_checked(const struct checking *checking, enum consumer which)
{
	const struct subject *subject = checking->subject;
	const struct check *check;

	if (!(subject->kinds & BZB_IS_PE) || (subject->parts & PART_PE))
		return true;
	for (size_t i = 0; (check = check_at(i)); i++)
		if (is_for(check, subject) && (check->breaks & CONSUMER(which)) &&
		    (parts_of(check) & PART_PE))
			return false;
	return true;
}

enum verdict checks_verdict(const struct checking *checking, enum consumer which)
{
	if (!checks_reads(checking, which))
		return VERDICT_REFUSES;
	for (size_t i = 0; i < checking->count; i++)
		if (checking->findings[i].breaks & CONSUMER(which))
			return VERDICT_REFUSES;
	return is_tried(checking, consumer_row(which)->tried) && is_checked(checking, which) ?
		       VERDICT_OK :
		       VERDICT_UNTESTED;
}
