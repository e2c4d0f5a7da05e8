/* SPDX-License-Identifier: BSD-2-Clause */
#include "meter.h"

struct meter meter_of(size_t total, compress_progress *progress)
{
	return (struct meter){ PTHREAD_MUTEX_INITIALIZER, 0, total, progress };
}

void meter_add(struct meter *meter, size_t done)
{
	pthread_mutex_lock(&meter->lock);
	meter->done += done;
	if (meter->done < meter->total)
		meter->progress(meter->done, meter->total);
	pthread_mutex_unlock(&meter->lock);
}

void meter_end(struct meter *meter)
{
	meter->progress(meter->total, meter->total);
	pthread_mutex_destroy(&meter->lock);
}
