/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "io/json.h"

static const char *const severities[] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_REFUSES] = "refuses",
	[VERDICT_UNTESTED] = "untested",
};

static void print_where(const struct where *where)
{
	if (where->offset == NO_OFFSET && !where->field)
		return;
	printf(" (");
	if (where->offset != NO_OFFSET)
		printf("offset 0x%" PRIx64 "%s", where->offset, where->field ? ", " : "");
	if (where->field)
		printf("%s 0x%" PRIx64, where->field, where->value);
	putchar(')');
}

void report_findings(const char *file, const struct checking *checking)
{
	for (size_t i = 0; i < checking->count; i++) {
		const struct finding *finding = &checking->findings[i];

		printf("%s: %s: %s: %s", file, severities[finding->severity], finding->check->name,
		       finding->what.text);
		print_where(&finding->where);
		putchar('\n');
	}
}

/* Calls @take with the name of each check for which a consumer refuses the file, once each. */
static void each_reason(const struct checking *checking, enum consumer which,
			void (*take)(void *to, const char *name), void *to)
{
	const struct check *last = NULL;

	if (!checks_reads(checking, which)) {
		take(to, CHECK_WRONG_KIND);
		return;
	}
	for (size_t i = 0; i < checking->count; i++) {
		const struct finding *finding = &checking->findings[i];

		if (!(finding->breaks & CONSUMER(which)) || finding->check == last)
			continue;
		last = finding->check;
		take(to, last->name);
	}
}

static void print_reason(void *to, const char *name)
{
	bool *first = to;

	printf("%s%s", *first ? "" : ", ", name);
	*first = false;
}

static void print_row(const struct checking *checking, enum consumer which)
{
	enum verdict verdict = checks_verdict(checking, which);
	bool first = true;

	printf("%-18s%s", consumer_row(which)->name, verdicts[verdict]);
	if (verdict == VERDICT_REFUSES) {
		printf("   ");
		each_reason(checking, which, print_reason, &first);
	}
	putchar('\n');
}

/* The consumers that read other kinds of files, in lines of at most LINE_WIDTH characters */
#define LINE_WIDTH 80

static void print_others(const struct checking *checking)
{
	static const char title[] = "Other kinds of files are read by:";
	size_t column = 0;

	for (enum consumer i = 0; i < CONSUMER_COUNT; i++) {
		const char *name = consumer_row(i)->name;

		if (checks_reads(checking, i))
			continue;
		if (!column)
			column = (size_t)printf("%s", title);
		if (column + 1 + strlen(name) > LINE_WIDTH)
			column = (size_t)printf("\n%*s", (int)sizeof(title) - 1, "") - 1;
		column += (size_t)printf(" %s", name);
	}
	if (column)
		putchar('\n');
}

void report_matrix(const struct checking *checking)
{
	for (enum consumer i = 0; i < CONSUMER_COUNT; i++)
		if (checks_reads(checking, i))
			print_row(checking, i);
	print_others(checking);
}

static json_t *where_json(const struct where *where)
{
	json_t *object = json_object();

	if (where->offset != NO_OFFSET)
		json_put(object, "offset", json_number(where->offset));
	if (where->field) {
		json_put(object, "field", json_string(where->field));
		json_put(object, "value", json_number(where->value));
	}
	return object;
}

static json_t *finding_json(const struct finding *finding)
{
	json_t *object = json_object();
	struct bzb_span text = { (const unsigned char *)finding->what.text,
				 strlen(finding->what.text) };

	json_put(object, "check", json_string(finding->check->name));
	json_put(object, "severity", json_string(severities[finding->severity]));
	json_put(object, "text", json_text(text));
	json_put(object, "where", where_json(&finding->where));
	return object;
}

static void add_reason(void *to, const char *name)
{
	json_add(to, json_string(name));
}

static json_t *consumer_json(const struct checking *checking, enum consumer which)
{
	json_t *object = json_object(), *checks = json_array();

	each_reason(checking, which, add_reason, checks);
	json_put(object, "name", json_string(consumer_row(which)->name));
	json_put(object, "verdict", json_string(verdicts[checks_verdict(checking, which)]));
	json_put(object, "checks", checks);
	return object;
}

json_t *report_json(const char *file, const struct checking *checking, consumer_set asked)
{
	json_t *object = json_object(), *findings = json_array(), *consumers = json_array();
	struct bzb_span name = { (const unsigned char *)file, strlen(file) };

	for (size_t i = 0; i < checking->count; i++)
		json_add(findings, finding_json(&checking->findings[i]));
	for (enum consumer i = 0; i < CONSUMER_COUNT; i++)
		if (!asked || (asked & CONSUMER(i)))
			json_add(consumers, consumer_json(checking, i));
	json_put(object, "file", json_text(name));
	json_put(object, "findings", findings);
	json_put(object, "consumers", consumers);
	return object;
}

static void print_consumers(consumer_set set)
{
	const char *before = "";

	for (enum consumer i = 0; i < CONSUMER_COUNT; i++) {
		if (!(set & CONSUMER(i)))
			continue;
		printf("%s%s", before, consumer_row(i)->name);
		before = ",";
	}
}

void report_list(void)
{
	const struct check *check;

	for (size_t i = 0; (check = check_at(i)); i++) {
		printf("%-28s%-9s", check->name, severities[check->severity]);
		print_consumers(check->breaks);
		putchar('\n');
	}
	putchar('\n');
	for (enum consumer i = 0; i < CONSUMER_COUNT; i++)
		printf("%-18s%s\n", consumer_row(i)->name, consumer_row(i)->title);
}

static json_t *check_json(const struct check *check)
{
	json_t *object = json_object(), *refuse = json_array();

	for (enum consumer i = 0; i < CONSUMER_COUNT; i++)
		if (check->breaks & CONSUMER(i))
			json_add(refuse, json_string(consumer_row(i)->name));
	json_put(object, "name", json_string(check->name));
	json_put(object, "severity", json_string(severities[check->severity]));
	json_put(object, "refuse", refuse);
	json_put(object, "why", json_string(check->why));
	return object;
}

static json_t *consumer_row_json(const struct consumer_row *row)
{
	struct why reads, tried;
	json_t *object = json_object();

	consumer_reads(row, &reads);
	consumer_tried(row, &tried);
	json_put(object, "name", json_string(row->name));
	json_put(object, "title", json_string(row->title));
	json_put(object, "reads", json_string(reads.text));
	json_put(object, "tried", json_string(tried.text));
	return object;
}

json_t *report_list_json(void)
{
	json_t *object = json_object(), *checks = json_array(), *consumers = json_array();
	const struct check *check;

	for (size_t i = 0; (check = check_at(i)); i++)
		json_add(checks, check_json(check));
	for (enum consumer i = 0; i < CONSUMER_COUNT; i++)
		json_add(consumers, consumer_row_json(consumer_row(i)));
	json_put(object, "checks", checks);
	json_put(object, "consumers", consumers);
	return object;
}

void report_check(const struct check *check)
{
	printf("%s: %s\n\n%s\n", check->name, severities[check->severity], check->why);
	if (!check->breaks)
		return;
	printf("\nRefused by: ");
	print_consumers(check->breaks);
	putchar('\n');
}
