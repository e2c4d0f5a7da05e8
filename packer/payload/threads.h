/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks that do not depend on each other, done by several threads. */
#ifndef PACKER_THREADS_H
#define PACKER_THREADS_H

/* The most threads; further tasks wait. */
#define THREADS_RUN_MAX 64

/**
 * threads_run() - do all tasks
 * @threads: the most that run at once, including this one; at least 1
 * @count: of tasks
 * @task: does the one with this number, from 0 up
 * @context: for it
 *
 * If the system cannot start more threads, fewer run. Returns when all tasks are done.
 */
void threads_run(unsigned int threads, unsigned int count,
		 void (*task)(void *context, unsigned int number), void *context);

#endif
