/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For programs without a C library: functions that the decoders' static libraries reference, and do
 * not use when they have a workspace. Do not link it into a program that has these functions.
 */
#include <bzboot/decode.h>

/* Declared in headers that a freestanding program does not have. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *p);
_Noreturn void __stack_chk_fail(void);

void *malloc(size_t size)
{
	(void)size;
	return NULL;
}

void *calloc(size_t count, size_t size)
{
	(void)count;
	(void)size;
	return NULL;
}

void free(void *p)
{
	(void)p;
}

_Noreturn void __stack_chk_fail(void)
{
	bzb_stack_overwritten();
}
