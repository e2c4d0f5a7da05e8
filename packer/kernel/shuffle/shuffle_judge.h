/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pieces of a kernel's text cannot be parted, and which must not move: all that is not certain
 * stays where it is.
 */
#ifndef PACKER_SHUFFLE_JUDGE_H
#define PACKER_SHUFFLE_JUDGE_H

#include "shuffle_pieces.h"

/**
 * shuffle_judge() - find the pieces that stay with the one before, or where they are
 * @vmlinux: the kernel
 * @decoded: its code
 * @text: its section .text
 * @pieces: of it; @alignment, @prefix, and @joined and @pinned of each are set. What is pinned already
 *	stays so
 */
void shuffle_judge(const struct vmlinux *vmlinux, const struct decoded *decoded,
		   const struct vmlinux_section *text, struct shuffle_pieces *pieces);

#endif
