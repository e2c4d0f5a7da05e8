/* SPDX-License-Identifier: BSD-2-Clause */
/* The progress of several threads together. */
#ifndef PACKER_METER_H
#define PACKER_METER_H

#include <pthread.h>

#include "compressor.h"

struct meter {
	pthread_mutex_t lock;
	size_t done, total;
	compress_progress *progress;
};

/**
 * meter_of() - a meter at its start
 * @total: bytes
 * @progress: gets what is done
 *
 * returns: the meter
 */
struct meter meter_of(size_t total, compress_progress *progress);

/**
 * meter_add() - report progress, except the end
 * @meter: of all threads
 * @done: bytes that this thread has done since its last call
 */
void meter_add(struct meter *meter, size_t done);

/**
 * meter_end() - report the end, after all threads
 * @meter: no longer used
 */
void meter_end(struct meter *meter);

#endif
