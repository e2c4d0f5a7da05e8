/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays. The program ends if there is no memory. */
#ifndef PACKER_ARRAY_H
#define PACKER_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/**
 * array_new() - an array of a number of elements that is known
 * @count: of elements
 * @size: of an element, bytes
 *
 * returns: zeros, for free()
 */
void *array_new(size_t count, size_t size);

/**
 * array_grow() - make sure that one more element fits
 * @array: of array_new() or this function; NULL if it has none yet
 * @count: elements in it
 * @room: elements that fit; changed
 * @size: of an element, bytes
 *
 * returns: the array, for free(); elements beyond @count are undefined
 */
void *array_grow(void *array, size_t count, size_t *room, size_t size);

/**
 * array_first_from() - find the first element whose number is not below another one
 * @numbers: of the first element: the element itself, or a member of it
 * @count: of elements, whose numbers ascend
 * @size: of an element, bytes
 * @from: the number
 *
 * returns: the number of the element, from 0 on; @count if there is none
 */
size_t array_first_from(const uint32_t *numbers, size_t count, size_t size, uint64_t from);

#endif
