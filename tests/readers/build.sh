#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh CODEC OUT: build Linux's decompressor of a codec for the host, from Debian's source: an
# object with the function of reader.h, for tests and benchmarks.
set -euo pipefail

here=$(realpath "${BASH_SOURCE[0]%/*}")
codec=${1:?usage: build.sh CODEC OUT}
out=${2:?usage: build.sh CODEC OUT}

# codec -> its file in lib/, and BOOT_HEAP_SIZE of arch/x86/include/asm/boot.h
declare -A decompressors=(
	[gzip]="decompress_inflate.c 0x10000" [lzma]="decompress_unlzma.c 0x10000"
	[xz]="decompress_unxz.c 0x10000" [lz4]="decompress_unlz4.c 0x10000"
	[zstd]="decompress_unzstd.c 0x30000"
)

# The headers <linux/...> that the kernel's decompressors include; host.h replaces them.
headers=(bitops compiler init kernel limits math64 module printk stddef string swab types unaligned)

linux=$("$here/../../tools/linux.sh" source)
include=$(mktemp -d)
trap 'rm -rf "$include"' EXIT
mkdir "$include/linux"
for name in "${headers[@]}"; do
	echo '#include "host.h"' >"$include/linux/$name.h"
done

[ -n "${decompressors[$codec]-}" ] || { echo "build.sh: no such codec: $codec" >&2; exit 2; }
read -r source heap <<<"${decompressors[$codec]}"
# -O2 as in arch/x86/boot/compressed/Makefile; -w hides their warnings
gcc -O2 -w -std=gnu11 -D__KERNEL__ -DCONFIG_X86 -DCONFIG_64BIT \
	-DDECOMPRESSOR="\"$source\"" -DHEAP_SIZE="$heap" -I"$here" -I"$include" \
	-idirafter "$linux/include" -I"$linux/lib" -c "$here/linux.c" -o "$out"
objcopy --keep-global-symbol=reader_decompress "$out"
