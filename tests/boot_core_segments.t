#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A payload in segments, on one processor and on more: more than there are segments, and fewer; and
# when one of the segments is damaged.
. tests/segments.sh

boot_segments 64 1
boot_segments 3 2
boot_segments 64 2
boot_segments 2 4
boot_damaged 2 1
boot_damaged 4 2
plan
