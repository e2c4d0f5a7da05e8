# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# EFI zboot images of other machines, beside upstream's of the same kernel, and beside a kernel that is
# not compressed.

# word_at FILE OFFSET: 32 bits, little-endian
word_at() {
	echo $((0x$(od -An -v -t x4 --endian=little -j "$2" -N 4 "$1" | tr -d ' ')))
}

# is_branch WORD: an instruction of arm64 that may go elsewhere: B.cond, BR and its like, CBZ and TBZ
is_branch() {
	(($1 >> 24 == 0x54 || $1 >> 25 == 0x6b || ($1 >> 26 & 0x1f) == 0x0d))
}

# straight_arm64 FILE OFFSET: like straight, for arm64; leading calls (B, BL) are followed
straight_arm64() {
	local at=$(($2)) word hex=
	while [ ${#hex} -lt 48 ]; do
		word=$(word_at "$1" $at)
		if (((word >> 26 & 0x1f) == 5)); then
			[ -z "$hex" ] || break
			at=$((at + (((word & 0x3ffffff) ^ 0x2000000) - 0x2000000) * 4))
			continue
		fi
		! is_branch "$word" || break
		hex+=$(od -An -v -t x1 -j $at -N 4 "$1" | tr -d ' ')
		at=$((at + 4))
	done
	echo "$hex"
}

# count_arm64 IMAGE KERNEL: millions of instructions from EFI entry to the kernel's, whose Image has
# a branch to it in its second word
count_arm64() {
	local stub kernel initrd=$work/arm64.initrd
	say "counting instructions: $1"
	[ -e "$work/bootcount.so" ] || see_to_boots
	[ -e "$initrd" ] || ovmf/initramfs.sh --busybox \
		"$(tools/unpacked.sh busybox-static:arm64/bookworm)/bin/busybox" "$initrd"
	stub=$(straight_arm64 "$1" "$(field .pe.entry "$1")")
	kernel=$(straight_arm64 "$2" 4)
	rm -f "$work/points"
	ovmf/run.sh --machine arm64 --kernel "$1" --initrd "$initrd" --cmdline console=ttyAMA0 \
		--timeout 600 --log "$work/log" -- \
		-plugin "$work/bootcount.so,stub=$stub,kernel=$kernel,end=kernel,out=$work/points" ||
		true	# the points reached are checked here
	grep -qs '^kernel' "$work/points" || fail "$1 did not reach its kernel"
	between insns 1e6
}

# row_of COLUMN KERNEL THEIRS [FIGURE...]: a line of figures, with the sizes of their image and $image
row_of() {
	local sizes
	sizes=$(size_of "$3")$'\t'$(size_of "$image")
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$sizes" "${4--}" "${5--}"
}

# pack_machine KERNEL CODEC [LEVEL]: sets image
pack_machine() {
	image=$work/machine.efi
	say "packing $*"
	"$BZBOOT" pack "$1" -o "$image" --compress "$2" ${3:+--level "$3"} >/dev/null 2>"$work/log" ||
		fail "cannot pack $1: $(<"$work/log")"
}

# upstream_zboot IMAGE CONFIG OUT: what Linux's Makefile.zboot makes of an Image, with the stub of that
# CONFIG of linux.sh
upstream_zboot() {
	local stub size pe code
	stub=$(tools/linux.sh "$2")/result
	size=$(word_at "$1" 16)	# the field image_size of its header
	cp "$1" "$work/padded"
	truncate -s "$size" "$work/padded"
	pe=$(word_at "$1" 60)
	code=$(word_at "$1" $((pe + 28)))	# SizeOfCode
	{
		zstd -q --ultra -22 <"$work/padded"
		perl -e 'print pack "V", shift' "$size"
	} >"$work/vmlinuz"
	(cd "$work" && aarch64-linux-gnu-objcopy -I binary -O elf64-littleaarch64 \
		--rename-section .data=.gzdata,load,alloc,readonly,contents \
		--add-symbol "zboot_code_size=$code" vmlinuz vmlinuz.o)
	aarch64-linux-gnu-ld -EL -maarch64elf -z noexecstack --no-warn-rwx-segments \
		-T "$stub/zboot.lds" "$work/vmlinuz.o" "$stub/zboot-header.o" "$stub/lib.a" -o "$3.elf"
	aarch64-linux-gnu-objcopy -O binary "$3.elf" "$3"
}

# against_upstream: arm64, whose kernel Debian does not pack, and one that its own build packs; loong64,
# whose kernel Debian packs as zboot
against_upstream() {
	local name=6.12-cloud kernel ours config theirs=$work/upstream.efi image
	pack_machine "$(tools/kernel.sh $name:arm64/trixie)" zstd 22
	kernel=$work/$name.Image
	"$BZBOOT" extract "$image" -o "$kernel" >/dev/null
	ours=$(count_arm64 "$image" "$kernel")
	for config in arm64 arm64-lld; do
		upstream_zboot "$kernel" $config "$theirs"
		row_of "$config" $name "$theirs" "$(count_arm64 "$theirs" "$kernel")" "$ours"
	done
	theirs=$(tools/linux.sh arm64-zboot)/result/vmlinuz.efi
	kernel=${theirs%/*}/Image
	pack_machine "$theirs" zstd 22
	row_of arm64-zboot 6.12 "$theirs" "$(count_arm64 "$theirs" "$kernel")" \
		"$(count_arm64 "$image" "$kernel")"
	kernel=$(tools/kernel.sh latest:loong64/forky)
	pack_machine "$kernel" zstd 22
	row_of loong64 latest "$kernel"
}

# against_raw: the distribution's kernels of arm64 and riscv64, which are not compressed
against_raw() {
	local name kernel codec image
	for name in 6.1-cloud:arm64/bookworm 6.12:riscv64/trixie; do
		kernel=$(tools/kernel.sh "$name")
		for codec in zstd xz; do
			pack_machine "$kernel" $codec
			row_of "$(sed 's/.*:\(.*\)\/.*/\1/' <<<"$name")" "${name%%:*}" "$kernel" $codec
		done
	done
}

# bench_machines: the section
bench_machines() {
	against_upstream >"$(figures machines)"
	against_raw >"$(figures raw)"
	cat <<-'END'
	## Other machines

	EFI zboot images of Linux's own making, and bzboot's of the same kernel, both with zstd at level 22.
	The stub of `arm64` is Linux's, built by gcc, as distributions do; that of `arm64-lld` by clang
	(`tools/linux.sh`). `arm64-zboot` is a small kernel built with `CONFIG_EFI_ZBOOT`, by gcc, and its own
	image. Millions of guest instructions are from EFI entry to kernel entry (`primary_entry`). loong64's
	image is Debian's own.

	| stub | kernel | bytes, Linux | bytes, bzboot | ratio | instructions, Linux | bzboot | ratio |
	|---|---|---:|---:|---:|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %s | %.4f | %s | %s | %s |\n", $1, $2, $3, $4, $4 / $3, $5,
			$6, $5 == "-" ? "-" : sprintf("%.3f", $6 / $5) }' "$(figures machines)"
	cat <<-'END'

	The distribution's kernels that are not compressed, and the bytes that a boot loader need not read:

	| machine | kernel | codec | bytes, raw | bytes, bzboot | not read |
	|---|---|---|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %s | %s | %.0f %% |\n", $1, $2, $5, $3, $4,
			100 - 100 * $4 / $3 }' "$(figures raw)"
}
