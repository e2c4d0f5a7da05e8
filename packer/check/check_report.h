/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings and verdicts, as text and as JSON (docs/check.schema.json). */
#ifndef PACKER_CHECK_REPORT_H
#define PACKER_CHECK_REPORT_H

#include <jansson.h>

#include "checks.h"

/**
 * report_findings() - print the findings: "FILE: severity: name: what is wrong (where)"
 * @file: its name
 * @checking: of checks_run()
 */
void report_findings(const char *file, const struct checking *checking);

/**
 * report_matrix() - print a table of consumers, verdicts, and the checks that are the reasons
 * @checking: of checks_run()
 */
void report_matrix(const struct checking *checking);

/**
 * report_json() - make an object of findings and verdicts
 * @file: its name
 * @checking: of checks_run()
 * @asked: consumers; 0: all
 *
 * returns: the object
 */
json_t *report_json(const char *file, const struct checking *checking, consumer_set asked);

/**
 * report_list() - print a line for each check: name, severity, consumers that refuse; and one for
 * each consumer
 */
void report_list(void);

/**
 * report_list_json() - the same as an object
 *
 * returns: the object
 */
json_t *report_list_json(void);

/**
 * report_check() - print all about a check: its severity, why it matters, the consumers that refuse
 * @check: the check
 */
void report_check(const struct check *check);

#endif
