/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80u

bool terminal_is_capable(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

unsigned int terminal_width(int fd)
{
	struct winsize size = { 0 };

	return ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col ? WIDTH_DEFAULT : size.ws_col;
}
