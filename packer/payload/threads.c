/* SPDX-License-Identifier: BSD-2-Clause */
#include "threads.h"

#include <pthread.h>
#include <stddef.h>

struct queue {
	void (*task)(void *context, unsigned int number);
	void *context;
	unsigned int next, count;
};

static void *work(void *data)
{
	struct queue *queue = data;
	unsigned int number;

	while ((number = __atomic_fetch_add(&queue->next, 1, __ATOMIC_RELAXED)) < queue->count)
		queue->task(queue->context, number);
	return NULL;
}

void threads_run(unsigned int threads, unsigned int count,
		 void (*task)(void *context, unsigned int number), void *context)
{
	struct queue queue = { task, context, 0, count };
	pthread_t others[THREADS_RUN_MAX - 1];
	unsigned int started = 0;

	if (threads > count)
		threads = count;
	if (threads > THREADS_RUN_MAX)
		threads = THREADS_RUN_MAX;
	while (started + 1 < threads && !pthread_create(&others[started], NULL, work, &queue))
		started++;
	work(&queue);
	while (started)
		pthread_join(others[--started], NULL);
}
