/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages. Modules explain (struct why), and commands print, because only a command knows the name
 * of the file.
 */
#ifndef PACKER_DIAG_H
#define PACKER_DIAG_H

#include <stdbool.h>
#include <stddef.h>

/* Exit status beside EXIT_SUCCESS and EXIT_FAILURE: the command line is invalid; the files of a
 * comparison are both in order, and differ; a check has warnings, but no errors. */
#define EXIT_USAGE 2
#define EXIT_DIFFERENT 3
#define EXIT_WARNINGS 3

/* Bytes for a message: a path, a phrase, and the characters between them. */
#define DIAG_LINE_SIZE (4096 + 512)

/* Why something failed: a phrase without capital or full stop. */
struct why {
	char text[256];
};

/**
 * explain() - say why something failed
 * @why: filled in
 * @format: as of printf
 *
 * returns: -1, for "return explain(...)"
 */
int explain(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Inline, because a static analyser reads one source at a time and has to see the result. */
#ifdef __clang_analyzer__
#define explain(...) (explain(__VA_ARGS__), -1)
#endif

/**
 * diag() - print "bzboot: SUBJECT: WHY", one line, to standard error
 * @subject: the file that is at fault
 * @why: what is wrong with it
 */
void diag(const char *subject, const struct why *why);

/**
 * diag_be_quiet() - print errors only, from now on
 */
void diag_be_quiet(void);

/**
 * diag_is_quiet() - whether diag_be_quiet() was called
 */
bool diag_is_quiet(void);

/**
 * diag_note() - print what is no error, as diag() does: a warning, or what the user may not expect
 * @subject: the file that it is about
 * @why: what is to say of it
 *
 * Prints nothing after diag_be_quiet().
 */
void diag_note(const char *subject, const struct why *why);

/**
 * diag_line() - the line that diag() would print, for a handler of signals
 * @subject: the file that is at fault
 * @why: what is wrong with it
 * @ret: the line, with its end
 */
void diag_line(const char *subject, const struct why *why, char ret[DIAG_LINE_SIZE]);

/**
 * diag_make_one_line() - replace the control characters of a text
 * @text: becomes one line, whatever the name of a file in it
 */
void diag_make_one_line(char *text);

/**
 * diag_fail() - print as diag() does
 * @subject: the file that is at fault
 * @why: what is wrong with it
 *
 * returns: -1, for "return diag_fail(...)"
 */
int diag_fail(const char *subject, const struct why *why);

/**
 * diag_at() - print "bzboot: FILE:LINE: WHY", one line, to standard error
 * @path: of the file that is at fault
 * @line: of it, from 1; 0: no line in particular
 * @why: what is wrong there
 *
 * returns: -1, as diag_fail()
 */
int diag_at(const char *path, unsigned int line, const struct why *why);

/**
 * diag_note_at() - print what is no error, as diag_at() and diag_note() do
 */
void diag_note_at(const char *path, unsigned int line, const struct why *why);

/**
 * diag_set_place() - until the next call, options are those of a file, not of the command line
 * @path: where diag_usage() places the fault; must stay. NULL: the command line again
 * @line: of it
 */
void diag_set_place(const char *path, unsigned int line);

/**
 * diag_usage() - print what is wrong with the command line, and how to get help
 * @command: the name of the command, NULL for none
 * @format: as of printf
 *
 * returns: EXIT_USAGE; EXIT_FAILURE if diag_set_place() has named a file
 */
int diag_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * diag_flush() - write the buffer of standard output
 * @why: why a write failed, now or earlier
 *
 * Every message calls it first, so that output and messages keep their order.
 *
 * returns: 0, or -1 on error
 */
int diag_flush(struct why *why);

/**
 * diag_no_memory() - end the program for lack of memory
 * @size: bytes that could not be allocated
 *
 * Nothing has to be cleaned up: an output file is written last, from memory that is there already.
 */
void diag_no_memory(size_t size) __attribute__((noreturn));

#endif
