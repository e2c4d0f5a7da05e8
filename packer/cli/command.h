/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of bzboot: one table (main.c), one file each. */
#ifndef PACKER_COMMAND_H
#define PACKER_COMMAND_H

struct command_line;

struct command {
	const char *name;
	const char *summary;		   /* for "bzboot --help" */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
	const struct command_line *line;
};

/* A function and a table of each */
int cmd_addon(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_edit(int argc, char **argv);
int cmd_hash(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_install(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_measure(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_shuffle(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_symbols(int argc, char **argv);
int cmd_unsign(int argc, char **argv);
int cmd_verify(int argc, char **argv);

extern const struct command_line line_addon;
extern const struct command_line line_check;
extern const struct command_line line_config;
extern const struct command_line line_edit;
extern const struct command_line line_hash;
extern const struct command_line line_extract;
extern const struct command_line line_info;
extern const struct command_line line_install;
extern const struct command_line line_keys;
extern const struct command_line line_measure;
extern const struct command_line line_pack;
extern const struct command_line line_remove;
extern const struct command_line line_shuffle;
extern const struct command_line line_sign;
extern const struct command_line line_status;
extern const struct command_line line_symbols;
extern const struct command_line line_unsign;
extern const struct command_line line_verify;

#endif
