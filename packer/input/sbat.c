/* SPDX-License-Identifier: BSD-2-Clause */
#include "sbat.h"

#include <string.h>

#include "pe_section.h"

/* shim keeps it in 16 bits, and reads anything but a number as 0. */
#define GENERATION_MAX 65535u

/* The text up to a character, or all of it; @rest moves to the text after it. */
static struct bzb_span cut(struct bzb_span *rest, char end)
{
	const unsigned char *found = memchr(rest->data, end, rest->size);
	struct bzb_span part = { rest->data, found ? (size_t)(found - rest->data) : rest->size };
	size_t used = part.size + !!found;

	*rest = (struct bzb_span){ rest->data + used, rest->size - used };
	return part;
}

static int explain_line(const struct sbat_line *line, struct why *why, const char *what)
{
	return explain(why, "line %u: %s", line->number, what);
}

static int check_characters(struct sbat_line *line, struct why *why)
{
	for (size_t i = 0; i < line->text.size; i++)
		if (line->text.data[i] < ' ' || line->text.data[i] > '~')
			return explain(why, "line %u: 0x%02x is not a printable ASCII character",
				       line->number, line->text.data[i]);
	return 0;
}

static int split(struct sbat_line *line, struct why *why)
{
	struct bzb_span rest = line->text;

	for (unsigned int i = 0; i < SBAT_FIELDS; i++) {
		line->fields[i] = cut(&rest, ',');
		if (!line->fields[i].size)
			return explain(why,
				       "line %u: field %u of %u is missing (component,"
				       "generation,vendor,package,version,URL)",
				       line->number, i + 1, SBAT_FIELDS);
	}
	return 0;
}

static int take_generation(struct sbat_line *line, struct why *why)
{
	struct bzb_span digits = line->fields[SBAT_GENERATION];
	unsigned int value = 0;

	for (size_t i = 0; i < digits.size && value <= GENERATION_MAX; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return explain_line(line, why, "the generation is not a number");
		value = value * 10 + (digits.data[i] - '0');
	}
	if (!value || value > GENERATION_MAX)
		return explain(why, "line %u: the generation is not from 1 to %u", line->number,
			       GENERATION_MAX);
	line->generation = value;
	return 0;
}

static const struct {
	enum sbat_fault fault;
	int (*obey)(struct sbat_line *line, struct why *why);
} rules[] = {
	{ SBAT_FAULT_FIELD, split },
	{ SBAT_FAULT_GENERATION, take_generation },
	{ SBAT_FAULT_CHARACTER, check_characters },
};

int sbat_next(struct bzb_span text, size_t *position, struct sbat_line *ret, struct why *why)
{
	struct bzb_span rest = { text.data + *position, text.size - *position };
	struct sbat_line line = { .number = ret->number };
	enum sbat_fault fault = 0;
	struct why later;

	while (!line.text.size) {
		if (!rest.size)
			return 0;
		line.text = cut(&rest, '\n');
		line.number++;
		if (line.text.size && line.text.data[line.text.size - 1] == '\r')
			line.text.size--;
	}
	*position = (size_t)(rest.data - text.data);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(rules); i++)
		if (rules[i].obey(&line, fault ? &later : why) && !fault)
			fault = rules[i].fault;
	*ret = line;
	return fault ? -(int)fault : 1;
}

static bool is_about_sbat(const struct sbat_line *line)
{
	return bzb_span_is(line->fields[SBAT_COMPONENT], "sbat");
}

int sbat_check(struct bzb_span text, struct why *why)
{
	struct sbat_line line = { 0 };
	size_t position = 0;
	bool first = true;
	int found;

	if (text.size > SBAT_SIZE_MAX)
		return explain(why, "SBAT has %zu bytes, more than %u", text.size, SBAT_SIZE_MAX);
	while ((found = sbat_next(text, &position, &line, why)) > 0) {
		if (first != is_about_sbat(&line))
			return explain_line(&line, why,
					    first ? "the first line has to begin with 'sbat,1,'" :
						    "only the first line may begin with 'sbat,'");
		if (first && line.generation != 1)
			return explain_line(&line, why, "the version of SBAT is not 1");
		first = false;
	}
	if (!found && first)
		return explain(why, "does not contain SBAT lines");
	return found ? -1 : 0;
}

static bool has_component(struct bzb_span text, struct bzb_span component)
{
	struct sbat_line line = { 0 };
	size_t position = 0;
	struct why why;

	while (sbat_next(text, &position, &line, &why) > 0)
		if (bytes_are_same(line.fields[SBAT_COMPONENT], component))
			return true;
	return false;
}

static void append(struct blob *to, struct bzb_span line)
{
	size_t end = to->size;

	blob_resize(to, end + line.size + 1);
	memcpy(to->data + end, line.data, line.size);
	to->data[end + line.size] = '\n';
}

/* Without lines about components of @but; NULL: all lines. */
static void append_lines(struct blob *to, struct bzb_span text, const struct bzb_span *but)
{
	struct sbat_line line = { 0 };
	size_t position = 0;
	struct why why;

	while (sbat_next(text, &position, &line, &why) > 0)
		if (!but || !has_component(*but, line.fields[SBAT_COMPONENT]))
			append(to, line.text);
}

void sbat_merge(struct blob *to, struct bzb_span from)
{
	struct blob merged = { 0 };

	append_lines(&merged, from, NULL);
	append_lines(&merged, blob_span(to), &from);
	blob_free(to);
	*to = merged;
}

bool sbat_find(struct bzb_span file, struct bzb_span *ret)
{
	struct bzb_span text;

	if (pe_section_find(file, ".sbat", &text))
		return false;
	if (text.size)
		text = cut(&text, '\0');
	if (!text.size)
		return false;
	*ret = text;
	return true;
}
