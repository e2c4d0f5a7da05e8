#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot and the kernel's own tool make the same table of a linker's relocations.
#
#   tests/all_oracle.t		an older kernel by GNU ld; the newest by LLD, with kCFI, whose hashes are
#				no addresses
#   tests/all_oracle.t --all	the newest by GNU ld, and without kCFI; the older one by LLD, and for one
#				processor: 25 minutes to build
. tests/tap.sh

need jq zstd od readelf
bzboot=${BZBOOT:-${BUILD:-build}/bzboot}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# table_of FILE: the table of arch/x86/tools/relocs in the form that bzboot info --relocs prints:
# two or three lists of the low halves of addresses, a zero before each
# (include/bzboot/kernel_relocs.h)
table_of() {
	od -An -v -w4 -t x4 --endian=little "$1" | awk '
		$1 == "00000000" { lists++; next }
		{ list[NR] = lists; address[NR] = $1 }
		END {
			split(lists == 2 ? "64 32" : "64 32-inverse 32", kinds)
			for (i in list) print kinds[list[i]], "0xffffffff" address[i]
		}'
}

# derived_from FILE
derived_from() {
	"$bzboot" info --relocs "$1" || fault "info --relocs $1 ended with $?"
}

# count KIND FILE
count() {
	grep -c "^$1 " "$2" || true
}

# payload_of IMAGE: the ELF inside
payload_of() {
	local offset size
	{ read -r offset; read -r size; } < <("$bzboot" info --json "$1" |
		jq '.payload.offset, .payload.compressed_size')
	dd if="$1" iflag=skip_bytes,count_bytes bs=64K status=none \
		skip="$offset" count="$size" | zstd -dcq
}

# without_note ELF: zeros where the ELF has facts from a bzImage's setup header
without_note() {
	local offset size
	read -r offset size < <(readelf -SW "$1" |
		sed -n 's/.* \.note\.bzboot  *NOTE  *[^ ]* \([^ ]*\) \([^ ]*\) .*/0x\1 0x\2/p')
	dd if=/dev/zero of="$1" bs=1 seek=$((offset)) count=$((size)) conv=notrunc status=none
}

configs=(smp 7.2/cfi)
[ "${1-}" != --all ] || configs+=(7.2/smp 7.2/lld up lld)
for config in "${configs[@]}"; do
	result=$(tools/linux.sh "$config")/result

	table_of "$result/vmlinux.relocs" | sort >"$work/theirs"
	derived_from "$result/vmlinux" | sort >"$work/ours"
	cmp -s "$work/theirs" "$work/ours" ||
		fault "< the kernel's, > ours: $(diff "$work/theirs" "$work/ours" | head -n 20)"
	[ -s "$work/theirs" ] || fault "the kernel's tool found no relocations"
	finish "$config: the kernel's table ($(count 64 "$work/theirs") 64-bit, $(
		)$(count 32 "$work/theirs") 32-bit, $(count 32-inverse "$work/theirs") inverse)"

	for kernel in vmlinux bzImage; do
		"$bzboot" pack "$result/$kernel" -o "$work/$kernel.efi" --level 1 >/dev/null ||
			fault "pack $kernel ended with $?"
		payload_of "$work/$kernel.efi" >"$work/$kernel.elf"
		without_note "$work/$kernel.elf"
		derived_from "$work/$kernel.efi" | sort >"$work/ours"
		cmp -s "$work/theirs" "$work/ours" || fault "$kernel, packed: another table"
	done
	# llvm-objcopy removes .modinfo from vmlinux, but leaves its memory in the program header.
	skip=0
	[[ $config != 7.2/@(lld|cfi) ]] || skip=$((0x200000))
	cmp -s -i "$skip" "$work/vmlinux.elf" "$work/bzImage.elf" || fault "the payloads differ"
	finish "$config: packed from vmlinux and from bzImage, the same payload"
done

# Debian's own vmlinux, with DWARF: 6.1 has its relocations, 6.15 and later do not
name=6.1-cloud
vmlinux=$(tools/kernel.sh $name-dbg)
vmlinuz=$(tools/kernel.sh $name)
if [ "${vmlinux%/*}" = "$(dirname "${vmlinuz/amd64_/amd64-dbg_}")" ]; then
	derived_from "$vmlinuz" | sort >"$work/theirs"
	derived_from "$vmlinux" | sort >"$work/ours"
	[ -s "$work/theirs" ] || fault "no table in $vmlinuz"
	cmp -s "$work/theirs" "$work/ours" ||
		fault "< $vmlinuz, > $vmlinux: $(diff "$work/theirs" "$work/ours" | head -n 20)"
	finish "$name-dbg: the same table as in vmlinuz"
else
	finish "$name-dbg # SKIP Debian does not have both for the newest kernel"
fi

name=7.2-cloud
vmlinux=$(tools/kernel.sh $name-dbg)
"$bzboot" pack "$vmlinux" -o "$work/dbg.efi" --level 1 >/dev/null 2>"$work/said" ||
	fault "pack ended with $?"
same "the output of pack" \
	"bzboot: $vmlinux: warning: no relocations: KASLR of virtual addresses is off" \
	"$(<"$work/said")"
finish "$name-dbg: no relocations: pack warns"
plan
