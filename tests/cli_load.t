#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The library loads a kernel that bzboot did not pack as it loads the same kernel packed: every byte
# of memory is the same, at several distances from where it is linked. Debian's images as they are,
# the ELF in them, and kernels with relocations of their linker.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need readelf

build=${BUILD:-build}
program=$build/tests/load_same
[ -x "$program" ] || fail "$program is missing; make test-programs builds it"

# same_memory PACKED FILE SLIDE...: a fault unless both are the same, moved by each
same_memory() {
	local slide
	for slide in "${@:3}"; do
		"$program" "$1" "$2" "$slide" >"$work/said" 2>"$work/stderr" ||
			fault "$slide: $(head -n 3 "$work/stderr")"
		[[ $(<"$work/said") == "moved by $slide, "* ]] || fault "it prints: $(<"$work/said")"
	done
}

# packed KERNEL: $image
packed() {
	run pack "$1" -o "$image" --level 1
	same "exit status of pack" 0 "$status"
}

mkdir "$out"
for name in 5.10-cloud 6.1-cloud 6.12-cloud latest-cloud; do
	kernel=$(tools/kernel.sh "$name")
	packed "$kernel"
	same_memory "$image" "$kernel" 0x0 0x200000 0x12400000 0x3a000000
	finish "$name: Debian's image"
	run extract "$kernel" -o "$work/vmlinux"
	same "exit status of extract" 0 "$status"
	same_memory "$image" "$work/vmlinux" 0x12400000
	finish "$name: the ELF in it"
done

# Without setup header and manifest, an image is a zboot image.
cp "$image" "$work/zboot"
put "$work/zboot" $((0x202)) 4 0
offset=$(LC_ALL=C grep -obUaP 'bzboot\0\x03' "$image" | head -n 1 | cut -d : -f 1)
put "$work/zboot" "$offset" 4 0
same_memory "$image" "$work/zboot" 0x12400000
finish "a zboot image"

for name in pie-rela pie-rela-lld pie-relr pie-relr-lld exec exec-lld exec-many exec-elsewhere \
	exec-lld-elsewhere; do
	packed "$build/tests/reloc/$name.elf"
	same_memory "$image" "$build/tests/reloc/$name.elf" 0x200000 0x1000000
	run extract "$image" -o "$work/vmlinux"
	same_memory "$image" "$work/vmlinux" 0x1000000
done
finish "kernels with relocations of their linker, and their payloads"

offset=$(readelf -lW "$work/vmlinux" | awk '$1 == "LOAD" { print $2; exit }')
put "$work/vmlinux" "$offset" 1 $((0x5a))
"$program" "$image" "$work/vmlinux" 0x1000000 >"$work/said" 2>&1 &&
	fault "a changed kernel is the same: $(<"$work/said")"
finish "the control: a changed byte"
plan
