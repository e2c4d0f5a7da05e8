/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messages: the init of a guest whose processes send messages to each other, as those of hackbench
 * do, for tools/cachecount.c. They sit in a ring, by pipes and sockets in turn, and pass one message
 * on: each waits for the one before it, so the scheduler has no choice, and each run does the same
 * work. Some rounds to warm up, then those between the markers; then it powers off.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMBERS = 20, SIZE = 100, WARM_UP = 20, MEASURED = 600 };

static void check(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void receive_one(int from)
{
	char buffer[SIZE];

	check(read(from, buffer, SIZE) != SIZE, "read");
}

static void send_one(int to)
{
	static const char buffer[SIZE];

	check(write(to, buffer, SIZE) != SIZE, "write");
}

static void pass_on(int from, int to)
{
	for (;;) {
		receive_one(from);
		send_one(to);
	}
}

static void pass_messages(int from, int to, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		send_one(to);
		receive_one(from);
	}
}

/* Returns the end of the ring that the message comes back by. */
static int start_ring(int from)
{
	for (int i = 0; i < MEMBERS; i++) {
		int way[2], child;

		check(i % 2 ? pipe(way) : socketpair(AF_UNIX, SOCK_STREAM, 0, way), "pipe");
		child = fork();
		check(child < 0, "fork");
		if (!child)
			pass_on(from, way[1]);
		from = way[0];
	}
	return from;
}

int main(void)
{
	int way[2], back;

	check(pipe(way), "pipe");
	back = start_ring(way[0]);
	pass_messages(back, way[1], WARM_UP);
	__asm__ volatile("movabs $0x7472617473627a62,%%rax" : : : "rax");
	pass_messages(back, way[1], MEASURED);
	__asm__ volatile("movabs $0x73706f7473627a62,%%rax" : : : "rax");
	puts("BENCH messages=passed");
	reboot(RB_POWER_OFF);
	return 1;
}
