#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# in_32_bits.sh PROGRAM...: run a 32-bit program; by QEMU where the kernel cannot, as that of some
# virtual machines. Without a PROGRAM: print "kernel" or "QEMU".
set -euo pipefail

runner=()
/lib/ld-linux.so.2 --version >/dev/null 2>&1 || runner=(qemu-i386-static)
if [ $# -eq 0 ]; then
	[ ${#runner[@]} -eq 0 ] && echo kernel || echo QEMU
	exit
fi
exec "${runner[@]}" "$@"
