// SPDX-License-Identifier: BSD-2-Clause
/*
 * For the guest of tests/boot_all_shuffle.t: system calls that get a pointer to memory that is not
 * there. Each must return EFAULT, which it does by the kernel's exception table. Prints the number
 * of those that did, and the calls that did not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TIMES 20

static int zeros, folder, pipe_fds[2], sockets[2];

/* Each case: a system call, its arguments before and after the bad pointer */
static const struct bad_call {
	const char *name;
	long number;
	const int *fd;	/* the first argument, if any */
	long first;	/* the first argument, if there is no fd */
	int place;	/* of the pointer among the arguments, from 0 */
	long others[4]; /* arguments behind the first, without the pointer */
} calls[] = {
	{ "read", SYS_read, &zeros, 0, 1, { 100 } },
	{ "write", SYS_write, &pipe_fds[1], 0, 1, { 100 } },
	{ "open", SYS_open, NULL, 0, 0, { O_RDONLY } },
	{ "stat", SYS_stat, NULL, (long)"/", 1, { 0 } },
	{ "getcwd", SYS_getcwd, NULL, 0, 0, { 100 } },
	{ "pipe", SYS_pipe, NULL, 0, 0, { 0 } },
	{ "uname", SYS_uname, NULL, 0, 0, { 0 } },
	{ "clock_gettime", SYS_clock_gettime, NULL, CLOCK_MONOTONIC, 1, { 0 } },
	{ "nanosleep", SYS_nanosleep, NULL, 0, 0, { 0 } },
	{ "futex", SYS_futex, NULL, 0, 0, { FUTEX_WAIT, 0, 0 } },
	{ "sigaction", SYS_rt_sigaction, NULL, SIGUSR1, 1, { 0, 8 } },
	{ "ioctl", SYS_ioctl, &pipe_fds[0], 0, 2, { FIONREAD } },
	{ "readv", SYS_readv, &zeros, 0, 1, { 2 } },
	{ "getdents", SYS_getdents64, &folder, 0, 1, { 1000 } },
	{ "prlimit", SYS_prlimit64, NULL, 0, 3, { 0, 0 } },
	{ "sendto", SYS_sendto, &sockets[0], 0, 1, { 100, 0, 0, 0 } },
	{ "getsockname", SYS_getsockname, &sockets[0], 0, 2, { 0 } },
};

/* try: 0, or the error; the pointer is put among the arguments */
static int try_call(const struct bad_call *call, char *pointer)
{
	long arguments[6] = { 0 };
	int place = 0, other = 0;

	if (call->place > 0)
		arguments[place++] = call->fd ? *call->fd : call->first;
	for (; place < 6; place++) {
		if (place == call->place)
			arguments[place] = (long)pointer;
		else if (other < 4)
			arguments[place] = call->others[other++];
	}
	return syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3],
		       arguments[4], arguments[5]) < 0 ?
		       errno :
		       0;
}

int main(void)
{
	char *missing = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int faults = 0;
	int error;

	zeros = open("/dev/zero", O_RDONLY);
	folder = open("/", O_RDONLY | O_DIRECTORY);
	if (missing == MAP_FAILED || zeros < 0 || folder < 0 || pipe(pipe_fds))
		return 1;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets))
		sockets[0] = -1; /* a kernel without sockets */
	for (const struct bad_call *call = calls; call < calls + sizeof(calls) / sizeof(*calls);
	     call++) {
		if (call->fd && *call->fd < 0)
			continue;
		for (int i = 0; i < TIMES; i++) {
			error = try_call(call, missing + 200 * i);
			faults += error == EFAULT;
			if (error != EFAULT)
				printf("BZBOOT efault_%s=error %d\n", call->name, error);
		}
	}
	printf("BZBOOT efault=%u\n", faults);
	return 0;
}
