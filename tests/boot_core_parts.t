#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A payload in parts, on one processor, on more than there are parts, and on fewer; and one with a
# damaged part.
. tests/parts.sh

boot_parts 64 1
boot_parts 3 2
boot_parts 64 2
boot_parts 2 4
boot_damaged 2 1
boot_damaged 4 2
plan
