#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's kernels for arm64, riscv64 and loong64: the payload of an image is the Image, padded to its
# size in memory, byte for byte, and so is that of the unified kernel image, and of the image that is
# packed again.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need cmp zstd gzip

# pad FILE TO: an Image as firmware has it in memory, by its PE headers: without signature and CheckSum
pad() {
	local pe optional sections end=0 offset i
	pe=$(get "$1" 0x3c 4)
	optional=$((pe + 24))
	sections=$((optional + $(get "$1" $((pe + 20)) 2)))
	for ((i = 0; i < $(get "$1" $((pe + 6)) 2); i++)); do
		offset=$((sections + 40 * i))
		same "RVA of section $i" "$(get "$1" $((offset + 12)) 4)" "$(get "$1" $((offset + 20)) 4)"
		end=$(($(get "$1" $((offset + 20)) 4) + $(get "$1" $((offset + 16)) 4)))
	done
	head -c "$end" "$1" >"$2"
	put "$2" $((optional + 64)) 4 0
	[ $(($(get "$1" $((optional + 108)) 4))) -le 4 ] || put "$2" $((optional + 112 + 4 * 8)) 8 0
	truncate -s "$(($(get "$1" $((optional + 56)) 4)))" "$2"
}

# holds_it IMAGE
holds_it() {
	run extract "$1" -o "$work/payload"
	cmp -s "$work/padded" "$work/payload" || fault "the payload of $1 is not the Image"
}

for name in 6.12-cloud:arm64/trixie latest:riscv64/forky latest:loong64/forky; do
	kernel=$(tools/kernel.sh "$name") || fail "no kernel $name"
	machine=${name#*:}
	machine=${machine%/*}
	"$bzboot" --version | grep -q "^stubs: .*$machine" || {
		finish "$name # SKIP this bzboot has no stubs for $machine"
		continue
	}
	# Debian's loong64 has a zboot image.
	if [ "$(get "$kernel" 4 4)" = 0x676d697a ]; then
		run extract "$kernel" -o "$work/Image"
	else
		cp "$kernel" "$work/Image"
	fi
	pad "$work/Image" "$work/padded"
	run pack "$kernel" -o "$work/image" --compress lz4 --fast
	same "exit status" 0 "$status"
	holds_it "$work/image"
	run pack "$work/image" -o "$work/again" --compress gzip --fast --uki --os-release ID=test
	same "exit status" 0 "$status"
	holds_it "$work/again"
	dd if="$work/again" bs=64K iflag=skip_bytes,count_bytes skip="$(($(get "$work/again" 8 4)))" \
		count="$(($(get "$work/again" 12 4)))" status=none | gzip -dc | cmp -s - "$work/padded" ||
		fault "not what the zboot header says"
	finish "the payload is the Image: $name"
done

plan
