#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A static program is linked like a kernel that runs at 4 MiB: pack and check warn about it, but not
# about kernels. They also warn about kernels for Multiboot loaders.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc

# warns FILE TEXT: pack takes FILE and warns, check has a finding; without TEXT, neither says anything
warns() {
	run pack "$1" -o "$work/image" --level 1
	same "exit status of pack" 0 "$status"
	same "pack" "${2:+bzboot: $1: warning: $2}" \
		"$(grep -E "looks like a program|Multiboot" "$work/stderr")"
	run check --only kernel-oddity "$1"
	same "exit status of check" "$((${#2} ? 3 : 0))" "$status"
	same "check" "${2:+$1: warning: kernel-oddity: $2}" "$(grep -F kernel-oddity "$work/stdout")"
}

# warns_of NAME FILE MARK: one test; MARK is empty for a kernel
warns_of() {
	warns "$2" "${3:+it looks like a program, not a kernel: it has $3}"
	finish "$1"
}

abi_tag="the note NT_GNU_ABI_TAG, which names the system a program is for"
echo 'int main(void) { return 0; }' >"$work/main.c"
gcc -static -no-pie "$work/main.c" -o "$work/program"
warns_of "a static program" "$work/program" "$abi_tag"
strip "$work/program"
warns_of "a static program, stripped" "$work/program" "$abi_tag"

# note OWNER TYPE
note() {
	cat <<-END
		.section .note.test, "a", @note
		.balign 4
		.long 1f - 0f, 4, $2
	0:	.asciz "$1"
	1:	.balign 4
		.long 0
	END
}

# link SOURCE FILE OPTION...
link() {
	gcc -static -nostdlib -no-pie -Wl,-z,max-page-size=4096 "${@:3}" -x assembler "$1" -o "$2"
}

cat >"$work/kernel.s" <<-'END'
	.globl _start
	_start: hlt
	.section .note.GNU-stack, "", @progbits
	.data
	.quad unique
	.section .tdata, "awT", @progbits
	.quad 1
	.section .data.unique, "aw", @progbits
	.globl unique
	.type unique, @gnu_unique_object
	unique: .quad 1
END
link "$work/kernel.s" "$work/kernel"
for mark in "GNU_STACK" "TLS "; do
	[[ $(readelf -lW "$work/kernel") == *"$mark"* ]] || fault "no $mark"
done
[[ $(readelf -hW "$work/kernel") == *"UNIX - GNU"* ]] || fault "no ELFOSABI_GNU"
warns_of "a kernel at 4 MiB, with PT_GNU_STACK, PT_TLS and ELFOSABI_GNU" "$work/kernel" ""

for owner in "Android 1 the note of a program for Android" "Go 4 the build ID of a Go program"; do
	read -r name type mark <<<"$owner"
	{
		cat "$work/kernel.s"
		note "$name" "$type"
	} >"$work/noted.s"
	link "$work/noted.s" "$work/noted"
	warns_of "a note of $name" "$work/noted" "$mark"
done

{
	cat "$work/kernel.s"
	note GNU 1
} >"$work/noted.s"
cat >"$work/high.lds" <<-'END'
	ENTRY(_start)
	SECTIONS {
		. = 0xffffffff81000000;
		.text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) }
		.note.test : AT(ADDR(.note.test) - 0xffffffff80000000) { *(.note.test) }
		.data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data*) *(.tdata) }
	}
END
link "$work/noted.s" "$work/high" -Wl,-T,"$work/high.lds",--no-warn-rwx-segments
warns_of "a kernel with such a note, linked to other virtual addresses" "$work/high" ""


# multiboot NAME VERSION NUMBER...: one test: a kernel with these at its start; no VERSION: no warning
multiboot() {
	{
		printf '.long %s\n' "${@:3}"
		cat "$work/kernel.s"
	} >"$work/multiboot.s"
	link "$work/multiboot.s" "$work/multiboot"
	warns "$work/multiboot" "${2:+it has a Multiboot $2 header: if its entry point is for that, \
32-bit code, it does not start, because the image enters it in 64-bit mode}"
	finish "$1"
}
multiboot "a Multiboot header" 1 0x1badb002 3 -0x1badb002-3
multiboot "a Multiboot 2 header" 2 0xe85250d6 4 16 0x17adaf16
multiboot "not a Multiboot header" "" 0x1badb002 3 -0x1badb002-4
plan
