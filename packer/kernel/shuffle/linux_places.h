/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of Linux that say where instructions are, such as those that may fault. Control does not get
 * there by them, so that they are no reference to a function.
 */
#ifndef PACKER_LINUX_PLACES_H
#define PACKER_LINUX_PLACES_H

#include "vmlinux_elf.h"

#define LINUX_PLACES_MAX 4

/* Those that are a part of a section; linux_section_says_places() knows the others. */
struct linux_places {
	struct {
		uint64_t start, stop; /* addresses */
	} tables[LINUX_PLACES_MAX];
	size_t count;
};

/**
 * linux_places_find() - find such tables
 * @vmlinux: the kernel
 *
 * returns: those that it has
 */
struct linux_places linux_places_find(const struct vmlinux *vmlinux);

/**
 * linux_places_have() - whether a field is in one of them
 * @places: of the kernel
 * @address: of the field
 */
bool linux_places_have(const struct linux_places *places, uint64_t address);

#endif
