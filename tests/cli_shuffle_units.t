#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot shuffle: what moves together, what stays where it is, and what is refused. Each case is a
# few lines of assembly among functions of C.
# shellcheck source=tests/units.sh
. tests/units.sh
need clang gcc ld ld.lld readelf

# Thirty functions that all can move, of two sizes
{
	echo 'volatile int v;'
	for i in {10..39}; do
		((i % 2)) && sum=+ || sum=
		echo "__attribute__((noinline)) static void c$i(void) { v $sum= $i; }"
	done
	echo 'void (*const all[])(void) = {'
	printf 'c%d,\n' {10..39}
	echo '};'
} >"$work/fill.c"
gcc -O2 -fno-pie -ffreestanding -fno-asynchronous-unwind-tables -c "$work/fill.c" -o "$work/fill.o"
# A local symbol, so that ld names the object.
printf '\t.globl _start\n_start:\n\tnop\nlocal:\tud2\n\t.balign 16\n' >"$work/entry.S"
gcc -c "$work/entry.S" -o "$work/entry.o"

# program: link $work/program of standard input, assembly, which comes behind fifteen functions of C
# and before fifteen others
program() {
	cat >"$work/case.S"
	gcc -c "$work/case.S" -o "$work/case.o"
	ld -static --emit-relocs --build-id=none -z noexecstack -Ttext=0x400000 \
		-o "$work/program" "$work/entry.o" "$work/fill.o" "$work/case.o" "$work/fill.o" \
		--allow-multiple-definition
}

# moves SYMBOL: in one of the shuffled programs, at least
moved=
moves() {
	[ "${was[$1]}" = "${now[$1]}" ] || moved=yes
}

# function_of NAME INSTRUCTION...: assembly, and a pointer to it
function_of() {
	unreached "$@"
	printf '\t.pushsection .rodata\n\t.quad %s\n\t.popsection\n' "$1"
}

# unreached NAME INSTRUCTION...: assembly
unreached() {
	printf '\t.balign 16\n\t.type %s, @function\n%s:\n' "$1" "$1"
	printf '\t%s\n' "${@:2}"
	printf '\t.size %s, . - %s\n' "$1" "$1"
}

# of_c NAME...: says that these functions are of C, by a file and symbols that are local
of_c() {
	printf '\t.file "case.c"\n'
}

{ of_c; function_of a "jmp b + 1" ret; function_of b nop nop ret; } | sed 's/jmp b/jmp.d32 b/' | program
each_seed moves a
[ -n "$moved" ] || fault "a never moves"
finish "a function of C moves"

{ of_c; function_of a nop "jmp b"; function_of b nop ret; } | program
objdump -d "$work/program" | grep 'eb .*jmp .*<b>' >/dev/null || fault "the jump has not one byte"
each_seed distance a b
finish "a jump of one byte keeps two functions together"

{ of_c; function_of a nop "add %rax, %rbx"; function_of b nop ret; } | program
each_seed distance a b
finish "a function that runs into the next one stays with it"

# With -ffunction-sections, a part that is seldom used is between functions.
{
	of_c; function_of a "jmp.d32 a.cold"
	unreached a.cold nop ret | sed 's/balign 16/balign 1/'; unreached b nop ret
} | program
unit_is_aligned() {
	distance a a.cold "$1"
	distance a.cold b "$1"
	aligned b 16 "$1"
}
each_seed unit_is_aligned
finish "a part without alignment, with a function that is not parted from it, stays behind its own"

# As KVM has functions that add 1, 2, 4 and 8 bytes. A table of places is not how they are reached.
{
	of_c; function_of a nop ret; unreached b nop ret
	unreached c nop ret | sed 's/nop/1: nop/'
	printf '\t.section __bug_table, "a"\n\t.long 1b - .\n'
} | program
together() {
	distance a b "$1"
	distance b c "$1"
}
each_seed together
finish "a function that nothing refers to stays with the one before"

# A loop, and an address that it loads, are no way into a function.
{
	of_c; function_of a nop ret; unreached b "dec %eax" "jnz b" ret
	unreached c 'movq $c, %rax' ret
} | program
together() {
	distance a b "$1"
	distance b c "$1"
}
each_seed together
finish "a function that only refers to itself stays with the one before"

# prefixed NAME: a function behind the hash of kCFI, as clang writes it: nops that no symbol has follow
# the hash
prefixed() {
	printf '\t.balign 16\n\t.type __cfi_%s, @function\n__cfi_%s:\n\tmov $0x1234567, %%eax\n' "$1" "$1"
	printf '\t.size __cfi_%s, 5\n\t.fill 11, 1, 0x90\n' "$1"
	function_of "$1" nop ret
}

# A function behind nops at a multiple of 64, by chance
{
	of_c; for i in {1..80}; do prefixed "p$i"; done
	printf '\t.balign 64\n'; function_of w ".fill 47, 1, 0x99" ret
	printf '\t.fill 16, 1, 0x90\n'; function_of u nop ret
} | program
same "u, modulo 64" 0 $(($(address "$work/program" u) % 64))
moved=
anywhere() {
	[ $(($(address "$work/shuffled" u) % 64)) -eq 0 ] || moved=yes
}
each_seed anywhere
[ -n "$moved" ] || fault "u is always aligned to 64 bytes"
finish "where functions have hashes, the nops of one without are no padding"

{ function_of a nop ret; function_of b nop ret; } | program
each_seed distance a b
finish "assembly stays together"

{ of_c; function_of a nop ret; function_of b ret | sed 's/balign 16/balign 8/'; } | program
each_seed distance a b
finish "a function without the alignment of functions stays with the one before"

# LLD has no name for assembly: only what is traced is C, and its like.
gcc -O2 -fno-pie -ffreestanding -fno-asynchronous-unwind-tables -pg -mfentry -mrecord-mcount \
	-c "$work/fill.c" -o "$work/traced.o"
{ function_of a nop ret; function_of b nop ret; } >"$work/case.S"
gcc -c "$work/case.S" -o "$work/case.o"
printf '\t.globl __fentry__\n__fentry__:\n\tret\n' | gcc -c -xassembler - -o "$work/fentry.o"
# traced_program LINKER OBJECT...: link $work/program
traced_program() {
	"$1" -static --emit-relocs -z noexecstack -Ttext=0x400000 --allow-multiple-definition \
		--defsym=__start_mcount_loc=__start___mcount_loc \
		--defsym=__stop_mcount_loc=__stop___mcount_loc -o "$work/program" \
		"$work/entry.o" "$work/fentry.o" "${@:2}"
}
traced_program ld.lld "$work"/{traced,case,traced}.o
each_seed distance a b
finish "assembly stays together in what LLD has linked"

echo 'int lto(int x) { return x; }' | clang -flto -O2 -fno-pie -xc -c - -o "$work/lto.o"
traced_program ld.lld "$work"/{traced,case,traced,lto}.o
[[ $(readelf -sW "$work/program") == *" ld-temp.o"* ]] || fault "LLD has no name for what it has compiled"
each_seed distance a b
finish "assembly stays together, also where LLD has compiled C"

{ function_of a nop ret; } >"$work/case.S"
{
	of_c; prefixed b | sed 's/^\tnop/1: call __fentry__/'
	printf '\t.section __mcount_loc, "a"\n\t.quad 1b\n'
} >"$work/hashed.S"
gcc -c "$work/case.S" -o "$work/case.o"
gcc -c "$work/hashed.S" -o "$work/hashed.o"
traced_program ld.lld "$work"/{traced,case,hashed,traced}.o
moved=
apart() {
	distance __cfi_b b "$1"
	[ $(($(address "$work/shuffled" b) - $(address "$work/shuffled" a))) -eq 32 ] || moved=yes
}
each_seed apart
[ -n "$moved" ] || fault "b never moves away from a"
finish "a function that is traced moves with its hash, whatever is before it"

prefixed b >"$work/hashed.S"
gcc -c "$work/hashed.S" -o "$work/hashed.o"
traced_program ld.lld "$work"/{traced,case,hashed,traced}.o
moved=
each_seed apart
[ -n "$moved" ] || fault "b never moves away from a"
finish "a function with a hash is C"

prefixed b | sed 's/0x1234567/__kcfi_typeid_b/' >"$work/hashed.S"
gcc -c "$work/hashed.S" -o "$work/hashed.o"
traced_program ld.lld --defsym=__kcfi_typeid_b=0x1234567 "$work"/{traced,case,hashed,traced}.o
each_seed distance a b
finish "a function with a hash that the linker has written is assembly"

# All before the first function that is traced stays.
{
	of_c; printf '\t.balign 4096\n'; function_of __pfx_first ".fill 16, 1, 0x90"
	function_of first "1: call __fentry__" "nop" "ret"
	printf '\t.section __mcount_loc, "a"\n\t.quad 1b\n'
} >"$work/first.S"
gcc -c "$work/first.S" -o "$work/first.o"
traced_program ld "$work"/{first,traced,traced}.o
together() {
	stays __pfx_first "$1"
	stays first "$1"
}
each_seed together
finish "the first function that is traced stays, if it has a page of its own, and so does its prefix"
sed -i 's/4096/16/' "$work/first.S"
gcc -c "$work/first.S" -o "$work/first.o"
traced_program ld "$work"/{first,traced,traced}.o
each_seed distance __pfx_first first
finish "if it moves, so does its prefix"
{
	of_c; prefixed first | sed 's/^\tnop/1: call __fentry__/'
	printf '\t.set alias, first\n\t.type alias, @function\n\t.section __mcount_loc, "a"\n\t.quad 1b\n'
} >"$work/first.S"
gcc -c "$work/first.S" -o "$work/first.o"
traced_program ld "$work"/{first,traced,traced}.o
each_seed distance __cfi_first first
finish "if it moves, so does its hash"

{ function_of a ret; printf '\t.balign 64\n'; function_of b nop ret; } | program
each_seed distance a b
finish "assembly keeps the distances that it was aligned for"

{ printf '\t.balign 64, 0xcc\n\t.skip 32, 0xcc\n\t.balign 64, 0xcc\n'; function_of a nop ret; } | program
each_seed aligned a 64
finish "assembly that is aligned to 64 bytes stays so"

{ function_of b ret; printf '\t.balign 4096, 0xcc\npage:\n\tnop\n\tret\n\t.balign 16, 0xcc\n'; } | program
each_seed stays page
finish "a label that begins a page stays"

{ of_c; function_of a ".byte 0xf2, 0x0f, 0x00, 0xf7" ret; } | program
each_seed stays a
finish "a function with an unknown instruction stays"

{ of_c; function_of a ret ".balign 8" ".quad a"; } | program
each_seed stays a
finish "a function with an address that is no operand stays"

# Bytes that look like a call, and lead out of the text
{ of_c; function_of a "jmp 1f" ".byte 0xe8, 0x39, 0x30, 0, 0" "1: nop" ret; } | program
each_seed stays a
finish "a function with data in it that looks like a call stays"

nop_entry=$(address "$work/program" _start)
each_seed stays _start
[ "$nop_entry" -ne 0 ] || fault "no entry point"
finish "the entry point stays"

# Edges
{ of_c
	printf '\t.globl __sched_text_start\n\t.balign 16\n__sched_text_start:\n'
	for i in {10..19}; do function_of "s$i" nop ret; done
	printf '\t.globl __sched_text_end\n__sched_text_end:\n'
} | program
inside() {
	local symbol at
	for symbol in s{10..19}; do
		at=$(address "$work/shuffled" "$symbol")
		((at >= $(address "$work/program" __sched_text_start) &&
			at < $(address "$work/program" __sched_text_end))) ||
			fault "$1: $symbol has left the range"
	done
	stays __sched_text_start "$1"
	stays __sched_text_end "$1"
	stays s10 "$1"
}
each_seed inside
finish "edges stay, functions stay between them, and the first one stays"

# Linux 5.15: the table says where the handler of an exception is.
{
	of_c; function_of a "1: nop" ret; function_of ex_handler_default ret; function_of b "2: nop" ret
	printf '\t.section __ex_table, "a"\n\t.globl __start___ex_table, __stop___ex_table\n'
	printf '__start___ex_table:\n\t.long 1b - ., 1b - ., ex_handler_default - .\n'
	printf '\t.long 2b - ., 2b - ., ex_handler_default - .\n__stop___ex_table:\n'
} | program
moved=
each_seed moves ex_handler_default
[ -n "$moved" ] || fault "the handler never moves"
finish "handlers of exceptions move, and the table says so"

# Equal names
gcc -O2 -fno-pie -ffreestanding -fno-asynchronous-unwind-tables -c -o "$work/same.o" -xc - <<'EOF2'
volatile int w;
__attribute__((noinline)) static void same(void) { w++; }
void (*const same_pointer)(void) = same;
EOF2
ld -static --emit-relocs -z noexecstack -Ttext=0x400000 -o "$work/program" \
	"$work/entry.o" "$work/fill.o" "$work/same.o" "$work/fill.o" "$work/same.o" "$work/fill.o" \
	"$work/same.o" --allow-multiple-definition
# sizes differ by nothing: the pointers tell one from the other
pointers() {
	objcopy -O binary -j .rodata "$1" /dev/stdout | od -An -v -t x8 -w8
}
in_order() {
	local old new
	old=$(pointers "$work/program")
	new=$(pointers "$work/shuffled")
	for i in 1 2 3; do
		line=$(grep -n "$(printf '%016x' "$(address "$work/program" same $i)")" <<<"$old" | cut -d: -f1)
		same "$1: same, number $i" "$(printf ' %016x' "$(address "$work/shuffled" same $i)")" \
			"$(sed -n "${line}p" <<<"$new")"
	done
}
seeds=({1..10})
each_seed in_order
finish "functions of one name keep their order"

for i in 1 2; do
	{ of_c; function_of "a$i" ".Ltmp0: nop" ret; } >"$work/case.S"
	gcc -c -Wa,-L "$work/case.S" -o "$work/label$i.o"
done
ld -static --emit-relocs -z noexecstack -Ttext=0x400000 --discard-none -o "$work/program" \
	"$work"/{entry,fill,label1,fill,label2,fill}.o --allow-multiple-definition
same "labels" 2 "$(nm -a "$work/program" | grep -c ' \.Ltmp0$')"
moved=
other_way() {
	(($(address "$work/shuffled" a1) < $(address "$work/shuffled" a2))) || moved=yes
}
each_seed other_way
[ -n "$moved" ] || fault "a1 is always before a2"
finish "labels of one name keep no order"

# An address that a relocation of a symbol describes: the assembler replaces only local symbols.
seeds=(1 2 3)
{ of_c; function_of a nop ret; printf '\t.globl a\n\t.data\n\t.globl past\npast:\t.quad a + 2\n\t.globl end\nend:\t.quad a + 16\n'; } | program
word_at() {
	local address
	address=$(address "$1" "$2")
	objcopy -O binary -j .data "$1" "$work/data"
	od -An -t d8 -j $((address - $(address "$1" past))) -N 8 "$work/data"
}
behind() {
	same "$1: behind a" $(($(address "$work/shuffled" a) + 2)) $(($(word_at "$work/shuffled" past)))
	same "$1: behind the padding of a" $(($(address "$work/shuffled" a) + 16)) \
		$(($(word_at "$work/shuffled" end)))
}
each_seed behind
finish "an address behind a function is one of this function"

# Labels at the end of assembly: padding follows, or a function of C
{
	function_of a ret ".fill 15, 1, 0x90"
	printf '\t.globl a_end\na_end:\n\t.fill 48, 1, 0x90\n'
} | program
each_seed distance a a_end
finish "a label before padding moves with the code before it"
{
	function_of a ret ".fill 15, 1, 0x90"; printf '\t.globl a_end\na_end:\n'
	printf '\t.data\n\t.quad a_end\n'
} >"$work/case.S"
gcc -c "$work/case.S" -o "$work/case.o"
traced_program ld "$work"/{traced,case,traced}.o
each_seed distance a a_end
finish "a label between assembly and C keeps both together"

{ of_c; function_of a nop ret; printf '\t.section .strange, "a"\n\t.quad a\n'; } | program
refused_with() {
	run shuffle "$work/program" -o "$work/shuffled" --seed 1
	same "exit status" 1 "$status"
	[[ $(<"$work/stderr") == *"$1"* ]] || fault "the message is: $(<"$work/stderr")"
}
refused_with "a section that is not known"
finish "refused: an unknown section with addresses of functions"

# field_of_two OTHER: a program with a field for b, and for something else, too
field_of_two() {
	of_c; function_of x ret; function_of a nop ret; function_of b nop ret; function_of y ret
	printf '\t.globl a, b\n\t.data\n\t.quad b\n\t.reloc . - 8, R_X86_64_64, %s\n' "$1"
}
field_of_two "a + 16" | program
refused_with "has two relocations, which are not the same"
finish "refused: a field with two relocations, for what is behind a function and for the next one"
field_of_two a | program
refused_with "it does not hold the address that its relocation says"
finish "refused: a field with two relocations, of which one is wrong"

# An entry is the distance from the table to a case: of all but the first, the linker is told that of
# the entry to something else.
{
	of_c; function_of a nop "1: nop" "2: nop" ret
	printf '\t.section .rodata\ntable:\n\t.long 1b - table, 2b - table\n'
} | program
refused_with "table+0x0): a distance to code, perhaps from elsewhere"
finish "refused: a table of distances from its start"
# The second entry seems to be a distance from itself, to c.
{
	of_c; function_of a nop ret; function_of b nop ret; function_of c nop ret
	printf '\t.section .rodata\ntable:\n\t.long a - table\n\t.skip 12\n\t.long b - table\n'
} | program
refused_with "table+0x0): a distance to code, perhaps from elsewhere"
finish "refused: such a table that seems to refer to functions"
{
	of_c; function_of a nop ret
	printf '\t.data\n__initcall_start:\tinitcall:\t.long a - .\n__initcall_end:\n'
	printf '\t.section .pci_fixup, "a"\nquirk:\t.long a - .\n'
} | program
# leads_to SYMBOL SECTION FUNCTION WHEN: the first field of a section does
leads_to() {
	objcopy -O binary -j "$2" "$work/shuffled" "$work/field"
	same "$4: $1" $(($(address "$work/shuffled" "$3") - $(address "$work/shuffled" "$1"))) \
		$(($(od -An -t d4 -N 4 "$work/field")))
}
follow() {
	leads_to initcall .data a "$1"
	leads_to quirk .pci_fixup a "$1"
}
each_seed follow
finish "initcalls and quirks refer to functions by distances"

# Each says where an instruction is.
{
	of_c; function_of a nop "1: nop" ret
	for i in {1..40}; do printf '\t.section runtime_ptr_%d, "a"\n\t.long 1b - .\n' "$i"; done
} | program
many_places() {
	[ "$status" -eq 0 ] || fault "$1"
}
each_seed many_places
finish "tables of places, however many they are"

# Two jumps of one byte, and an edge
{ of_c; function_of a nop "jmp b"; function_of b nop ret; function_of __sched_text_start ret; } | program
run check "$work/program"
grep -q "units of functions can be shuffled: 0 of 1 KiB of .text, [0-9]* bits of entropy$" "$work/stdout" ||
	fault "no units: $(<"$work/stdout")"
grep -qE "^  joined +1 +16 bytes  a jump of one byte between them$" "$work/stdout" ||
	fault "none is joined: $(<"$work/stdout")"
grep -qE "^  pinned +[0-9]+ +[0-9]+ bytes  " "$work/stdout" || fault "none is pinned: $(<"$work/stdout")"
finish "check: units, and why others stay"

plan
