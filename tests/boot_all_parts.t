#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Like tests/boot_core_parts.t, with other numbers, other codecs and other damage, which is found by
# whichever processor decompresses the damaged part.
. tests/parts.sh

boot_parts 1 2
boot_parts 2 2
boot_parts 3 4
boot_parts 64 4
boot_parts 2 2 xz
boot_parts default 4 lz4
for part in 50 8 3 2; do
	boot_damaged "$part" 2
done
boot_damaged 2 4
boot_damaged 2 2 lz4
plan
