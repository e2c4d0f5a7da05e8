#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The sections of a kernel that are code in the payload: packer/kernel/code.h. Each kernel here has
# the shape of some release of Linux; firmware makes nothing else executable.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc ld readelf

kernel=$work/kernel

# link ENTRY PHDRS DATA_FLAGS [INIT_FLAGS]: $kernel. .text and .head.text are in the first segment,
# the other sections in the second: .data; on the next page .init.text, followed by .altinstr_aux;
# and .exit.text on a page with data.
link() {
	cat >"$work/kernel.S" <<-END
		.section .text, "ax"
		.globl text, head, init, data
	text:	.fill 100, 1, 0x90
		.section .head.text, "ax"
	head:	.fill 50, 1, 0x90
		.section .mixed, "$3"
	data:	.quad 1
		.section .init.text, "${4:-ax}"
	init:	.fill 100, 1, 0x90
		.section .altinstr_aux, "ax"
		.fill 20, 1, 0x90
		.section .exit.text, "ax"
		.fill 20, 1, 0x90
		.section .init.data, "aw"
		.quad 2
	END
	cat >"$work/kernel.lds" <<-END
		ENTRY(physical)
		physical = $1 - 0xffffffff80000000;
		PHDRS { $2 }
		SECTIONS {
			. = 0xffffffff81000000;
			.text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) } :text
			.head.text : AT(ADDR(.head.text) - 0xffffffff80000000) { *(.head.text) }
			. = 0xffffffff81200000;
			.data : AT(ADDR(.data) - 0xffffffff80000000) { *(.mixed) } :data
			. = ALIGN(4096);
			.init.text : AT(ADDR(.init.text) - 0xffffffff80000000) { *(.init.text) }
			.altinstr_aux : AT(ADDR(.altinstr_aux) - 0xffffffff80000000) { *(.altinstr_aux) }
			. = ALIGN(4096);
			.init.data : AT(ADDR(.init.data) - 0xffffffff80000000) { *(.init.data) }
			.exit.text : AT(ADDR(.exit.text) - 0xffffffff80000000) { *(.exit.text) }
			/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) *(.bss) }
		}
	END
	gcc -c "$work/kernel.S" -o "$work/kernel.o"
	ld --no-warn-rwx-segments -T "$work/kernel.lds" "$work/kernel.o" -o "$kernel" ||
		fail "ld cannot link it"
}

# code_is NAME LINE...: a test: these sections of the payload are code: "NAME ADDRESS SIZE"
code_is() {
	rm -f "$work/image"
	run pack "$kernel" -o "$work/image" --level 1
	same "exit status" 0 "$status"
	run extract "$work/image" -o "$work/payload"
	same "code" "$(printf '%s\n' "${@:2}")" "$(readelf -SW "$work/payload" |
		sed -n 's/^ *\[ *[0-9]*\] *//p' | awk '$7 ~ /X/ { print $1, $3, $5 }')"
	finish "$1"
}

# refused_for NAME WHAT
refused_for() {
	refused "$1" 1 "$kernel: $2" pack "$kernel" -o "$work/image"
	check_kernel "$kernel"
	same "exit status of check" 1 "$status"
	[[ $(<"$work/reasons") == *"$kernel: $2"* ]] || fault "check prints: $(<"$work/reasons")"
	finish "$1: check agrees"
}

two="text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6);"
text=".text ffffffff81000000 000096"	# 100 + 50
init=".init.text ffffffff81201000 000078"	# 100 + 20

link init "$two" aw
code_is "Linux 6.18 and later: entered in .init.text, in the data segment" "$text" "$init"
link head "$two" awx
code_is "Linux 6.16: entered in .head.text after .text, .data marked as code" "$text" "$init"
link text "text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(7);" aw
code_is "before Linux 6.16: init code in a writable and executable segment" "$text" "$init"

link init "$two" aw aw
refused_for "entered in a section that is not code" \
	"ELF: the entry point 0x1201000 is in no executable section or segment"
link data "$two" aw
refused_for "entered in data" \
	"ELF: the entry point 0x1200000 is in no executable section or segment"
link data "text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(7);" aw
code_is "entered outside all code, in an executable segment: segments are used" ""

# strip_sections: remove the section headers of $kernel, and all bytes outside its segments
strip_sections() {
	local offset size
	read -r offset size < <(readelf -lW "$kernel" | awk '$1 == "LOAD" { last = $2 " " $5 }
		END { print last }')
	put "$kernel" 0x28 8 0
	put "$kernel" 0x3a 6 0
	truncate -s $((offset + size)) "$kernel"
}

link text "$two" aw
strip_sections
code_is "without sections: segments are used" ""
link init "$two" aw
strip_sections
refused_for "without sections, entered in the data segment" \
	"ELF: the entry point 0x1201000 is in no executable section or segment"

# Ranges separated by pages
{
	echo '.globl _start'
	echo '_start: hlt'
	seq -f '.section .s%.0f, "ax"; .balign 8192; nop' 17
} | gcc -c -x assembler - -o "$work/ranges.o"
ld -n --unique -Ttext=0x1000000 "$work/ranges.o" -o "$kernel"
refused_for "too many ranges of code" \
	"ELF: more than 16 separate ranges of code"
printf '.globl _start\n_start: hlt\n.skip 15\n' | gcc -c -x assembler - -o "$work/kernel.o"
ld -n -Ttext=0x1000000 "$work/kernel.o" -o "$kernel"
code_is "code that ends with zeros keeps them" ".text 0000000001000000 000010"

plan
