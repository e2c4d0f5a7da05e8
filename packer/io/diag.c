/* SPDX-License-Identifier: BSD-2-Clause */
#include "diag.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int(explain)(struct why *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return -1;
}

/* errno of the first flush that failed: a later flush has nothing left to write, and succeeds. */
static int flush_error;

static void flush(void)
{
	if (fflush(stdout) && !flush_error)
		flush_error = errno;
}

int diag_flush(struct why *why)
{
	flush();
	if (flush_error)
		return explain(why, "cannot write: %s", strerror(flush_error));
	return ferror(stdout) ? explain(why, "cannot write") : 0;
}

void diag_make_one_line(char *text)
{
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
}

/* It follows all output printed before it. */
static void print_line(char *line)
{
	flush();
	diag_make_one_line(line);
	fprintf(stderr, "bzboot: %s\n", line);
}

void diag_line(const char *subject, const struct why *why, char ret[DIAG_LINE_SIZE])
{
	size_t length;

	snprintf(ret, DIAG_LINE_SIZE - 1, "bzboot: %s: %s", subject, why->text);
	diag_make_one_line(ret);
	length = strlen(ret);
	ret[length] = '\n';
	ret[length + 1] = '\0';
}

void diag(const char *subject, const struct why *why)
{
	char line[DIAG_LINE_SIZE];

	snprintf(line, sizeof(line), "%s: %s", subject, why->text);
	print_line(line);
}

static bool is_quiet;

void diag_be_quiet(void)
{
	is_quiet = true;
}

bool diag_is_quiet(void)
{
	return is_quiet;
}

void diag_note(const char *subject, const struct why *why)
{
	if (!is_quiet)
		diag(subject, why);
}

int diag_fail(const char *subject, const struct why *why)
{
	diag(subject, why);
	return -1;
}

int diag_at(const char *path, unsigned int line, const struct why *why)
{
	char text[DIAG_LINE_SIZE];

	if (!line)
		return diag_fail(path, why);
	snprintf(text, sizeof(text), "%s:%u: %s", path, line, why->text);
	print_line(text);
	return -1;
}

void diag_note_at(const char *path, unsigned int line, const struct why *why)
{
	if (!is_quiet)
		diag_at(path, line, why);
}

/* The assignment that gives the option; NULL: the command line does. */
static const char *place_path;
static unsigned int place_line;

void diag_set_place(const char *path, unsigned int line)
{
	place_path = path;
	place_line = line;
}

int diag_usage(const char *command, const char *format, ...)
{
	char line[DIAG_LINE_SIZE], what[DIAG_LINE_SIZE / 2];
	struct why why;
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (place_path) {
		explain(&why, "%.200s (see bzboot.conf(5))", what);
		diag_at(place_path, place_line, &why);
		return EXIT_FAILURE;
	}
	if (command)
		snprintf(line, sizeof(line), "%s: %s (see 'bzboot %s --help')", command, what,
			 command);
	else
		snprintf(line, sizeof(line), "%s (see 'bzboot --help')", what);
	print_line(line);
	return EXIT_USAGE;
}

void diag_no_memory(size_t size)
{
	fprintf(stderr, "bzboot: out of memory (%zu bytes)\n", size);
	exit(EXIT_FAILURE);
}
