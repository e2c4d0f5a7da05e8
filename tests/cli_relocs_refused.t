#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel with a field that moves but cannot be moved correctly is refused by pack. The message
# names the relocation type, symbol, section and address. All of these kernels are made by a linker,
# and the controls show that nothing else is wrong with them.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc clang ld ld.lld nm readelf objcopy

kernel=$work/kernel

# The shape of Linux: linked high, loaded low. Section .stray is in memory, but in no segment.
cat >"$work/fixed.lds" <<'END'
ENTRY(physical_start)
PHDRS {
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	tls PT_TLS FLAGS(4);
}
SECTIONS {
	. = 0xffffffff81000000;
	physical_start = start - 0xffffffff80000000;
	.text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text .text.*) *(.rodata .rodata.*) } :text
	.notes : AT(ADDR(.notes) - 0xffffffff80000000) { *(.note.test) } :text
	. = ALIGN(0x1000);
	.tdata : AT(ADDR(.tdata) - 0xffffffff80000000) { *(.tdata) } :data :tls
	.got : AT(ADDR(.got) - 0xffffffff80000000) { *(.got) } :data
	.got.plt : AT(ADDR(.got.plt) - 0xffffffff80000000) { *(.got.plt .igot .igot.plt) } :data
	.data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data .data.*) } :data
	.bss : AT(ADDR(.bss) - 0xffffffff80000000) { *(.bss .bss.*) } :data
	. = ALIGN(0x1000);
	.stray : { *(.stray) } :NONE
	/DISCARD/ : { *(.note.gnu.*) *(.comment) *(.eh_frame) }
}
END

# Linkers of a kernel: at a fixed address, without and with relocations; position-independent
plain=(-static -T "$work/fixed.lds" --defsym=below=0xffffffff10000000 --defsym=small=0x42)
fixed=("${plain[@]}" --emit-relocs)
pie=(-pie --no-dynamic-linker -z max-page-size=0x1000 -z noexecstack -e start)
inside=(--defsym=inside=0xffffffff81000001)
shared=(-shared -z max-page-size=0x1000 -z noexecstack -e start)

# link LINKER OPTION...: $kernel, from assembly on standard input
link() {
	gcc -c -x assembler - -o "$work/kernel.o"
	"$@" "$work/kernel.o" -o "$kernel" 2>"$work/log" || fail "${*@Q}: $(<"$work/log")"
}

# address SYMBOL
address() {
	hex "0x$(nm "$kernel" | sed -n "s/^\([0-9a-f]*\) . $1\$/\1/p")"
}

# says COMMAND FINDING: the last run printed one line, with this finding
says() {
	same "the message of $1" "bzboot: $kernel: $2" "$(<"$work/stderr")"
}

# refused_for NAME FINDING: one test: $kernel has this finding and no other; an image is not
# written
refused_for() {
	local finding=$2
	check_kernel "$kernel"
	same "exit status of check" 1 "$status"
	same "the message of check" "bzboot: $kernel: $finding" "$(<"$work/reasons")"
	run pack "$kernel" -o "$work/image"
	same "exit status of pack" 1 "$status"
	says pack "$finding"
	[ ! -e "$work/image" ] || fault "an image was made"
	finish "$1"
}

# moves NAME LINE...: one test: $kernel is packed, and exactly these fields move
moves() {
	run pack "$kernel" -o "$work/image" --level 1
	same "exit status of pack" 0 "$status"
	same "stderr of pack" "" "$(<"$work/stderr")"
	rm -f "$work/image"
	run info --relocs "$kernel"
	same "exit status of info" 0 "$status"
	same "fields" "$(printf '%s\n' "${@:2}" | sort)" "$(sort "$work/stdout")"
	finish "$1"
}

# findings_are NAME FINDING...: one test: check prints all of these, in any order; pack prints one of
# them and the number of the others
findings_are() {
	local name=$1 first
	shift
	check_kernel "$kernel"
	same "exit status of check" 1 "$status"
	same "findings" "$(printf "bzboot: $kernel: %s\n" "$@" | sort)" "$(sort "$work/reasons")"
	first=$(head -n 1 "$work/reasons")
	run pack "$kernel" -o "$work/image"
	same "exit status of pack" 1 "$status"
	same "the message of pack" "$first, and $(($# - 1)) more (see 'bzboot check')" \
		"$(<"$work/stderr")"
	finish "$name"
}

unrelaxed="not relaxed by the linker: its slot in the GOT has no relocation"

# Fixed address: relocations that a linker keeps with --emit-relocs

# one_field LINE...: assembly of a kernel with one field of interest, at the label field
one_field() {
	printf '%s\n' .text '.globl start, target' 'start: hlt' 'target: ret' .data "$@"
}

for linker in ld ld.lld; do
	one_field "field: .quad target" | link "$linker" "${fixed[@]}"
	moves "$linker, the control: R_X86_64_64" "64 $(address field)"

	one_field .text "field = . + 3" "movq \$target, %rax" | link "$linker" "${fixed[@]}"
	moves "$linker, the control: R_X86_64_32S" "32 $(address field)"

	one_field .text "field = . + 3" "leaq small(%rip), %rax" | link "$linker" "${fixed[@]}"
	moves "$linker, the control: R_X86_64_PC32 to an absolute symbol" \
		"32-inverse $(address field)"

	one_field "field: .quad target, inside" .text "movq \$inside, %rax" |
		link "$linker" "${fixed[@]}" "${inside[@]}"
	moves "$linker: an absolute symbol with an address of the kernel stays" \
		"64 $(address field)"

	one_field .text "field = . + 3" "leaq inside(%rip), %rax" |
		link "$linker" "${fixed[@]}" "${inside[@]}"
	moves "$linker: R_X86_64_PC32 to an absolute symbol with an address of the kernel" \
		"32-inverse $(address field)"

	one_field "field: .quad _end, init_per_cpu__gdt, __end_pci_fixups, jiffies" |
		link "$linker" "${fixed[@]}" --defsym={_end,jiffies}=0xffffffff81000001 \
			--defsym={init_per_cpu__gdt,__end_pci_fixups}=0xffffffff81000001
	mapfile -t fields < <(for i in 0 8 16 24; do echo "64 $(hex "$(address field) + $i")"; done)
	moves "$linker: absolute symbols of Linux's section edges move" "${fields[@]}"

	one_field "field: .quad target, _ending, init_per_cpu, jiffies_6" |
		link "$linker" "${fixed[@]}" \
			--defsym={_ending,init_per_cpu,jiffies_6}=0xffffffff81000001
	moves "$linker: absolute symbols that are called almost like those do not" \
		"64 $(address field)"

	one_field "field: .byte small" | link "$linker" "${fixed[@]}"
	refused_for "$linker: R_X86_64_8" "R_X86_64_8: unknown relocation type (symbol small,\
 .data, address $(address field))"

	one_field "field: .word small" | link "$linker" "${fixed[@]}"
	refused_for "$linker: R_X86_64_16" "R_X86_64_16: unknown relocation type (symbol\
 small, .data, address $(address field))"

	one_field "field: .quad small - ." | link "$linker" "${fixed[@]}"
	refused_for "$linker: R_X86_64_PC64 to an absolute symbol" "R_X86_64_PC64: the target\
 of the distance does not move (symbol small, .data, address $(address field))"

	one_field ".section .tdata, \"awT\", @progbits" ".globl thread" "thread: .quad 0" .text \
		"field = . + 5" "movq %fs:thread@tpoff, %rax" | link "$linker" "${fixed[@]}"
	refused_for "$linker: R_X86_64_TPOFF32" "R_X86_64_TPOFF32: unknown relocation type\
 (symbol thread, .text, address $(address field))"

	one_field .text "field = . + 3" "movq \$(target + 0x70000000), %rax" |
		link "$linker" "${fixed[@]}"
	refused_for "$linker: R_X86_64_32S that overflows when moved" "R_X86_64_32S: the field\
 overflows where KASLR may put the kernel (symbol target, .text, address $(address field))"

	one_field .text "field = . + 3" "leaq below(%rip), %rax" | link "$linker" "${fixed[@]}"
	refused_for "$linker: a distance that overflows when moved" "R_X86_64_PC32: the field\
 overflows where KASLR may put the kernel (symbol below, .text, address $(address field))"

	one_field ".section .stray, \"aw\"" "field: .quad target" | link "$linker" "${fixed[@]}"
	refused_for "$linker: a section that is in no segment" "R_X86_64_64: the field lies\
 outside every segment (symbol target, .stray, address $(address field))"

	one_field ".section .note.test, \"a\", @note" ".long 5, 8, 1" ".asciz \"Test\"" \
		".balign 4" ".quad target" ".section .debug_test, \"\"" ".quad target" \
		.data "field: .quad target" | link "$linker" "${fixed[@]}"
	moves "$linker: notes and what is not loaded do not count" "64 $(address field)"
done

# A kernel whose virtual addresses are its physical ones may move up to the end of 31-bit addresses,
# beyond the 1 GiB that Linux reserves for itself.
sed 's/0xffffffff81000000/0x1000000/; s/- 0xffffffff80000000/- 0/' "$work/fixed.lds" \
	>"$work/identity.lds"
identity=(-static --emit-relocs -T "$work/identity.lds")
one_field .text "field = . + 3" "movq \$target, %rax" | link ld "${identity[@]}"
moves "virtual is physical, the control: R_X86_64_32S" "32 $(address field)"
one_field .text "field = . + 3" "movq \$(target + 0x3f000000), %rax" | link ld "${identity[@]}"
refused_for "virtual is physical: R_X86_64_32S that overflows when moved" "R_X86_64_32S: the field\
 overflows where KASLR may put the kernel (symbol target, .text, address $(address field))"

# Fixed address: through the GOT

# slot SYMBOL: the finding about its slot, the only one
slot() {
	local section
	section=$(readelf -SW "$kernel" | sed -n 's/^ *\[ *[0-9]*\] \.got  *PROGBITS  *\([^ ]*\) .*/\1/p')
	echo ".got: a slot without a relocation (address $(hex "0x$section"), value $(address "$1"))"
}

for linker in ld ld.lld; do
	one_field .text "field = . + 2" "pushq target@GOTPCREL(%rip)" | link "$linker" "${fixed[@]}"
	findings_are "$linker: R_X86_64_GOTPCREL in a push, which no linker relaxes" \
		"R_X86_64_GOTPCREL: $unrelaxed (symbol target, .text, address $(address field))" \
		"$(slot target)"

	one_field .text "field = . + 2" "call *target@GOTPCREL(%rip)" |
		link "$linker" "${fixed[@]}" --no-relax
	findings_are "$linker --no-relax: R_X86_64_GOTPCRELX" \
		"R_X86_64_GOTPCRELX: $unrelaxed (symbol target, .text, address $(address field))" \
		"$(slot target)"

	one_field .text "field = . + 3" "movq target@GOTPCREL(%rip), %rax" |
		link "$linker" "${fixed[@]}" --no-relax
	findings_are "$linker --no-relax: R_X86_64_REX_GOTPCRELX" \
		"R_X86_64_REX_GOTPCRELX: $unrelaxed (symbol target, .text, address $(address field))" \
		"$(slot target)"

	one_field ".quad target" ".section .note.test, \"a\", @note" ".long target@GOTPCREL" |
		link "$linker" "${fixed[@]}"
	refused_for "$linker: a GOT that only a note refers to" "$(slot target)"

	for cc in gcc clang; do
		echo 'extern char target[]; char *start(void) { return target; } char target[8];' |
			"$cc" -O2 -fPIC -ffreestanding -fcommon -mcmodel=small -c -x c - \
				-o "$work/c.o"
		: | link "$linker" "${fixed[@]}" --no-relax "$work/c.o"
		check_kernel "$kernel"
		same "exit status" 1 "$status"
		grep -q "^bzboot: $kernel: R_X86_64_REX_GOTPCRELX: $unrelaxed (symbol target, .text, \
address 0x[0-9a-f]*)\$" "$work/reasons" || fault "$(<"$work/reasons")"
		finish "$linker --no-relax: code of $cc -fPIC"
	done
done

# ld makes a slot in .got.plt for an indirect function, and a relocation for the kernel to apply.
one_field ".quad target" .text ".type chosen, @gnu_indirect_function" ".globl chosen" \
	"chosen: ret" "call chosen" | link ld "${fixed[@]}"
check_kernel "$kernel"
same "exit status" 1 "$status"
grep -q "^bzboot: $kernel: \.got\.plt: a slot without a relocation (address 0x" "$work/reasons" ||
	fault "$(<"$work/reasons")"
finish "ld: an indirect function"

one_field "field: .quad target" | link ld "${fixed[@]}"
section=$(readelf -SW "$kernel" | sed -n 's/^ *\[ *\([0-9]*\)\] \.rela\.data .*/\1/p')
put "$kernel" "$(get "$kernel" 0x28 8) + $section * 64 + 40" 4 0xffff
refused_for "ld: relocations without a symbol table" \
	"the relocation section for .data has no symbol table"

# Position-independent

# dynamic TAG: the value of DT_TAG, 0x...
dynamic() {
	hex "$(readelf -dW "$kernel" | sed -n "s/^ 0x[0-9a-f]* ($1)  *\\(0x[0-9a-f]*\\|[0-9]*\\).*/\\1/p")"
}

# number_of SYMBOL: in the dynamic symbol table
number_of() {
	readelf --dyn-syms -W "$kernel" | sed -n "s/^ *\\([0-9]*\\): .* $1\$/\\1/p"
}

# file_offset ADDRESS: of a byte of a segment
file_offset() {
	local type offset address rest
	while read -r type offset address rest; do
		if [ "$type" = LOAD ] && (($1 >= address && $1 < address + 0x200000)); then
			hex $((offset + $1 - address))
			return
		fi
	done < <(readelf -lW "$kernel" | sort -r)
	fail "no segment has $1"
}

for linker in ld ld.lld; do
	one_field "field: .quad target" | link "$linker" "${pie[@]}"
	moves "$linker -pie, the control: R_X86_64_RELATIVE" "64 $(address field)"

	one_field .text "field: .quad target" | link "$linker" "${pie[@]}" -z notext
	moves "$linker -pie, the control: a relocation in text" "64 $(address field)"

	one_field .text ".type chosen, @gnu_indirect_function" "chosen: ret" .data \
		"field: .quad chosen" | link "$linker" "${pie[@]}"
	check_kernel "$kernel"
	same "exit status" 1 "$status"
	grep -q "^bzboot: $kernel: R_X86_64_IRELATIVE: unknown relocation type (address 0x" \
		"$work/reasons" || fault "$(<"$work/reasons")"
	finish "$linker -pie: R_X86_64_IRELATIVE"

	one_field "field: .quad target" | link "$linker" "${pie[@]}"
	put "$kernel" "$(file_offset "$(dynamic RELA)") + 8" 4 37
	refused_for "$linker -pie: R_X86_64_IRELATIVE for a field of data" \
		"R_X86_64_IRELATIVE: unknown relocation type (address $(address field))"

	one_field "field: .quad target" | link "$linker" "${pie[@]}"
	put "$kernel" "$(file_offset "$(dynamic RELA)")" 8 0x7ffff8
	refused_for "$linker -pie: R_X86_64_RELATIVE for a field outside segments" \
		"R_X86_64_RELATIVE: the field lies outside every segment (address 0x7ffff8)"

	one_field ".hidden target" ".weak absent" "field: .quad target, absent" |
		link "$linker" "${shared[@]}"
	moves "$linker -shared, the control: a weak symbol that is not defined" \
		"64 $(address field)"

	# Linkers resolve this at link time, so the symbol is made absolute by hand.
	one_field ".hidden target" ".weak absent" "field: .quad target, absent" |
		link "$linker" "${shared[@]}"
	symbol="$(file_offset "$(dynamic SYMTAB)") + 24 * $(number_of absent)"
	put "$kernel" "$symbol + 6" 2 0xfff1
	put "$kernel" "$symbol + 8" 8 1
	moves "$linker -shared: an absolute symbol with an address of the kernel stays" \
		"64 $(address field)"

	one_field ".hidden target" "field: .quad absent" | link "$linker" "${shared[@]}"
	refused_for "$linker -shared: R_X86_64_64, its symbol not defined" \
		"R_X86_64_64: its symbol is not defined (symbol absent, address $(address field))"

	one_field ".section .tbss, \"awT\", @nobits" ".globl thread" "thread: .quad 0" .text \
		"movq thread@gottpoff(%rip), %rax" | link "$linker" "${shared[@]}"
	field=$(readelf -rW "$kernel" | sed -n 's/^\([0-9a-f]*\) .* R_X86_64_TPOFF64 .*/\1/p')
	refused_for "$linker -shared: R_X86_64_TPOFF64" "R_X86_64_TPOFF64: unknown relocation\
 type (symbol thread, address $(hex "0x$field"))"
done

# Two neighbouring fields: an address and a bitmap
for linker in "ld -z pack-relative-relocs" "ld.lld --pack-dyn-relocs=relr"; do
	# shellcheck disable=SC2086 # a linker and its options
	one_field .balign\ 8 "field: .quad target, target" | link $linker "${pie[@]}"
	cp "$kernel" "$work/good"
	table=$(file_offset "$(dynamic RELR)")
	moves "$linker, the control: RELR" "64 $(address field)" "64 $(hex "$(address field) + 8")"

	put "$kernel" "$table + 15" 1 0x80
	refused_for "$linker: RELR that runs out of a segment" \
		"RELR: the field lies outside every segment (address $(hex "$(address field) + 63 * 8"))"

	cp "$work/good" "$kernel"
	put "$kernel" "$table" 8 0x7ffff8
	check_kernel "$kernel"
	same "exit status" 1 "$status"
	same "the first message" \
		"bzboot: $kernel: RELR: the field lies outside every segment (address 0x7ffff8)" \
		"$(head -n 1 "$work/reasons")"
	finish "$linker: RELR outside segments"

	cp "$work/good" "$kernel"
	put "$kernel" "$table" 1 1
	refused_for "$linker: RELR that begins with a bitmap" \
		"DT_RELR: a relocation is corrupt or lies outside the kernel"
done

# The table that a kernel's own build appends to its ELF: two or three lists of the low halves of
# addresses

one_field "field: .quad target, 0" "half: .long 0xf1000000" "last: .long 0" \
	.bss "bss: .skip 0x2000" | link ld "${plain[@]}"
cp "$kernel" "$work/good"

# with_table WORD...: append a table to that kernel
with_table() {
	local word
	cp "$work/good" "$kernel"
	for word; do
		bytes_le 4 "$word" >>"$kernel"
	done
}

field=$(address field)
with_table 0 "$field" 0 "$field + 8" 0 "$field + 12"
moves "a kernel's table, the control" "64 $field" "32-inverse $(hex "$field + 8")" \
	"32 $(hex "$field + 12")"

with_table 0 "$field" 0 "$field + 12"
moves "a kernel's table of two lists, the control" "64 $field" "32 $(hex "$field + 12")"
for length in 1 4 512; do
	with_table
	truncate -s +$length "$kernel"
	run check --only kernel-kaslr "$kernel"
	same "exit status" 3 "$status"
	same "the report of check" \
		"$kernel: warning: kernel-kaslr: no relocations: KASLR of virtual addresses is off" \
		"$(head -n 1 "$work/stdout")"
	finish "$length zeros after an ELF are padding"
done

outside="kernel relocation: the field lies outside every segment"
with_table 0 "$(address bss)" 0 0
refused_for "a kernel's table: a field in bss" "$outside (address $(address bss))"

with_table 0 "$(address last)" 0 0
refused_for "a kernel's table: a field of which half is in bss" \
	"$outside (address $(address last))"

with_table 0 0 0 0x81000800
refused_for "a kernel's table: a field between segments" "$outside (address 0xffffffff81000800)"

# The largest slide of this kernel: to the end of the 1 GiB that Linux reserves for it
farthest=$((0x3f000000 - ($(address bss) + 0x2000 - 0xffffffff81000000)))

# half_of VALUE LIST: that kernel with a 32-bit field of this value, in the last list or the one
# before it
half_of() {
	local lists=(0 0 "$(address half)" 0)
	[ "$2" = inverse ] || lists=(0 0 0 "$(address half)")
	with_table "${lists[@]}"
	put "$kernel" "$(file_offset "$(address half)")" 4 "$1"
}

overflow="kernel relocation: the field overflows where KASLR may put the kernel"
for row in "add 0xffffffff - $farthest:a negative field that goes up to -1" \
	"add 0x7fffffff - $farthest:a positive field that goes up to the most there is" \
	"inverse 0x80000000 + $farthest:a distance that goes down to the least there is"; do
	read -r list value <<<"${row%:*}"
	half_of "$value" "$list"
	check_kernel "$kernel"
	same "exit status" 0 "$status"
	finish "a kernel's table: ${row#*:}"
	[ "$list" = inverse ] && value+=" - 1" || value+=" + 1"
	half_of "$value" "$list"
	refused_for "a kernel's table: ${row#*:}, and one more" "$overflow (address $(address half))"
done

with_table 0 "$field" "$field" 0 0
refused_for "a kernel's table: a field that is listed twice" \
	"64-bit field: overlaps the 64-bit field at $field (address $field)"

with_table 0 "$field" 0 0 "$field"
refused_for "a kernel's table: a 32-bit field inside a 64-bit one" \
	"32-bit field: overlaps the 64-bit field at $field (address $field)"

with_table 0 "$field" 0 "$field + 7" 0
refused_for "a kernel's table: an inverse field that begins in the last byte of a 64-bit one" \
	"inverse 32-bit field: overlaps the 64-bit field at $field (address $(hex "$field + 7"))"

with_table 0 "$field + 11" 0 0 "$field + 8"
refused_for "a kernel's table: a 64-bit field that begins in the last byte of a 32-bit one" \
	"64-bit field: overlaps the 32-bit field at $(hex "$field + 8") (address $(hex "$field + 11"))"

with_table 0 "$field" "$field + 1" 0 0
refused_for "a kernel's table: two 64-bit fields a byte apart" \
	"64-bit field: overlaps the 64-bit field at $field (address $(hex "$field + 1"))"

with_table 0 0 0 "$field" "$field + 12" "$field + 9"
refused_for "a kernel's table: 32-bit fields that overlap and are not sorted" \
	"32-bit field: overlaps the 32-bit field at $(hex "$field + 9") (address $(hex "$field + 12"))"

# no_table NAME CAUSE: $kernel has something other than a table after its ELF
no_table() {
	local start
	start=$(size_of "$work/good")
	refused_for "after an ELF: $1" "after the ELF: not a relocation table of a kernel: $2\
 ($(($(size_of "$kernel") - start)) bytes at offset $(hex "$start"))"
}

elsewhere="a relocation is corrupt or lies outside the kernel"
with_table 0 0x80fffff8 0 0
no_table "a field before the kernel" "$elsewhere"
with_table 0 0 0 0x82000000
no_table "a field after the kernel" "$elsewhere"
lists="neither two nor three lists of relocations"
with_table 0 "$field"
no_table "one list" "$lists"
with_table 0 "$field" 0 0 0
no_table "four lists" "$lists"
with_table "$field" 0 0
no_table "no zero before the first list" "$lists"
with_table
printf x >>"$kernel"
no_table "one byte" "$lists"

# More than one finding

one_field "byte: .byte small" "distance: .quad small - ." "good: .quad target" .text \
	"push_slot = . + 2" "pushq target@GOTPCREL(%rip)" \
	"far = . + 3" "movq \$(target + 0x70000000), %rax" \
	"deep = . + 3" "leaq below(%rip), %rax" | link ld "${fixed[@]}"
findings_are "all findings of a kernel are reported" \
	"R_X86_64_8: unknown relocation type (symbol small, .data, address $(address byte))" \
	"R_X86_64_PC64: the target of the distance does not move (symbol small, .data,\
 address $(address distance))" \
	"R_X86_64_GOTPCREL: $unrelaxed (symbol target, .text, address $(address push_slot))" \
	"R_X86_64_32S: the field overflows where KASLR may put the kernel (symbol target, .text,\
 address $(address far))" \
	"R_X86_64_PC32: the field overflows where KASLR may put the kernel (symbol below, .text,\
 address $(address deep))" \
	"$(slot target)"

# No relocations

one_field ".quad target" | link ld "${plain[@]}"
run pack "$kernel" -o "$work/image" --level 1
same "exit status" 0 "$status"
same "warnings" "bzboot: $kernel: warning: no relocations: KASLR of virtual addresses is off
bzboot: $kernel: warning: it runs only at its load address: it does not boot if that memory is in use" \
	"$(<"$work/stderr")"
[ -s "$work/image" ] || fault "no image"
run check --only kernel-kaslr "$kernel"
same "exit status of check" 3 "$status"
[[ $(<"$work/stdout") == *KASLR* ]] || fault "check does not warn: $(<"$work/stdout")"
finish "a kernel without relocations is packed, with warnings"
plan
