/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu ROUNDS COMMAND [ARGUMENT...] [-- COMMAND [ARGUMENT...]]...: the least CPU time of each
 * command, user and system, in milliseconds, one on each line. In each round all commands run, in
 * turn, so that a busy moment of the machine does not hit only one of them. Their output is
 * discarded, and their exit status must be the same in all rounds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMANDS_MAX 8

struct command {
	char **argv;
	double least; /* milliseconds */
	int status;   /* of the first round; -1 before */
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		fail("/dev/null");
	/* The shell of a script may complain about a closed pipe. */
	dup2(null, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

static double milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

static void measure(struct command *command)
{
	struct rusage usage;
	double used;
	int status;
	pid_t child = fork();

	if (!child)
		run(command->argv);
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		fail(command->argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127 ||
	    (command->status >= 0 && status != command->status)) {
		fprintf(stderr, "cpu: %s: ended with status 0x%x\n", command->argv[0], status);
		exit(1);
	}
	used = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	if (command->status < 0 || used < command->least)
		command->least = used;
	command->status = status;
}

/* returns: the number of commands */
static int split(char **argv, struct command commands[COMMANDS_MAX])
{
	int count = 0;

	while (*argv && count < COMMANDS_MAX) {
		commands[count++] = (struct command){ .argv = argv, .status = -1 };
		while (*argv && strcmp(*argv, "--"))
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct command commands[COMMANDS_MAX];
	int count, rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1) {
		fprintf(stderr, "usage: cpu ROUNDS COMMAND [ARGUMENT...] [-- COMMAND...]...\n");
		return 2;
	}
	count = split(argv + 2, commands);
	while (rounds--)
		for (int i = 0; i < count; i++)
			measure(&commands[i]);
	for (int i = 0; i < count; i++)
		printf("%.2f\n", commands[i].least);
	return 0;
}
