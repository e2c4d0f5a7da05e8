/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the decoders' static libraries name of a C library and never use here:
 * they work in a workspace that they are given.
 */
#include <stddef.h>

#include "cpu.h"

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

/* The canary was overwritten: a decoder ran over its stack. Nothing on it can
 * be trusted, least of all a return address. */
_Noreturn void __stack_chk_fail(void)
{
	cpu_halt();
}

/* Stands for functions that are linked away: decoders of old formats. */
_Noreturn void linked_away(void)
{
	__builtin_trap();
}
