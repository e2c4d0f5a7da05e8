#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot shuffle --units objects: neighbours of one object stay together, as .debug_aranges says, or
# the files of local functions do. What is damaged is refused.
# shellcheck source=tests/units.sh
. tests/units.sh
need gcc ld objcopy perl
seeds=(1 2 3)

cflags="-O2 -fno-pie -ffreestanding -fno-asynchronous-unwind-tables -fno-toplevel-reorder"
text=0x400000

printf '\t.globl _start\n\t.type _start, @function\n_start:\n\tnop\nlocal:\tud2\n\t.balign 16\n\t.data\n\t.quad _start\n' >"$work/entry.S"
gcc -c "$work/entry.S" -o "$work/entry.o"

# source_of N: an object: global functions gN1, gN2, gN3, and local ones between them
source_of() {
	local i kind
	echo "extern volatile int v;"
	for i in 1 2 3 4 5; do
		((i % 2)) && kind="g$1$i" || kind="s$1$i"
		[[ $kind = g* ]] || echo "static"
		echo "__attribute__((noinline, used)) void $kind(void) { v += $1 * $i; }"
		echo "void (*volatile p$1$i)(void) = $kind;"
	done
}
objects=()
for n in {10..21}; do
	source_of "$n" >"$work/o$n.c"
	objects+=("$work/o$n.o")
done
echo 'volatile int v;' >>"$work/o10.c"

# compile_one N [OPTION]...: an object
compile_one() {
	# shellcheck disable=SC2086 # options
	gcc $cflags "${@:2}" -c "$work/o$1.c" -o "$work/o$1.o"
}

# compile [OPTION]...: all objects
compile() {
	for n in {10..21}; do
		compile_one "$n" "$@"
	done
}

# link [OBJECT]...: $work/program of all objects and more
link() {
	ld -static --emit-relocs --build-id=none -z noexecstack -Ttext=$text -o "$work/program" \
		"$work/entry.o" "${objects[@]}" "$@"
}

# whole WHEN [FUNCTION]...: of each object, these functions keep their distances. (What is before the
# first local function stays.)
whole() {
	for n in {11..21}; do
		for function in "${@:3}"; do
			distance "${2/N/$n}" "${function/N/$n}" "$1"
		done
	done
}

objects_stay() {
	whole "$1" gN1 sN2 gN3 sN4 gN5
	parted g111 g121
}

compile -g
link
shuffle_options=(--units functions)
each_seed parted g111 s112
[ "$parts" -gt 0 ] || fault "functions of one object never part"
cp "$work/shuffled" "$work/functions"
shuffle_options=()
each_seed :
cmp "$work/shuffled" "$work/functions" >&2 || fault "another file without the option"
finish "--units functions: functions of one object part, as without the option"

shuffle_options=(--units objects)
parts=0
each_seed objects_stay
[ "$parts" -gt 0 ] || fault "two objects never part"
grep -qE ": [0-9]+ of (1[0-4]) units have moved " "$work/stderr" || fault "units: $(<"$work/stderr")"
finish "by .debug_aranges, each object is one unit"

# The linker has the final addresses in .debug_aranges, as its relocations say.
readelf -SW "$work/program" | grep -q ' \.rela\.debug_aranges ' || fault "no relocations of debug data"
objcopy --remove-section=.rela.debug_aranges "$work/program" "$work/without"
mv "$work/without" "$work/program"
each_seed objects_stay
finish "and so it is without relocations of .debug_aranges"

compile -g -gdwarf-2
link
each_seed objects_stay
finish "by debug data of DWARF 2"

compile
link
parts=0
inner_stay() {
	whole "$1" sN2 gN3 sN4
	parted g111 s112
	parted s114 g115
}
each_seed inner_stay
[ "$parts" -gt 0 ] || fault "the first and the last functions, which are global, never part from it"
finish "by the files of local functions, what lies between these is of the object, too"

# Only assembly has debug data, as in what clang compiles.
printf '\t.text\n\t.balign 16\n\t.type a, @function\na:\tnop\n\tret\n\t.size a, . - a\n\t.data\n\t.quad a\n' >"$work/a.S"
gcc -g -c "$work/a.S" -o "$work/a.o"
link "$work/a.o"
each_seed inner_stay
finish "by both, where .debug_aranges has some objects only"

# --- parts of an object that lie elsewhere

for n in 14 16; do
	cp "$work/o$n.c" "$work/o$n.saved"
	printf '%s\n' "static __attribute__((noinline, used, section(\".text.unlikely\"))) void u${n}1(void) { v--; }" \
		"__attribute__((noinline, section(\".text.unlikely\"))) void u${n}2(void) { v--; }" \
		"void (*volatile pu${n}1)(void) = u${n}1, (*volatile pu${n}2)(void) = u${n}2;" >>"$work/o$n.c"
done
compile -g
link
[ "$(address "$work/program" u161)" -lt "$(address "$work/program" g101)" ] || fault "u161 is not elsewhere"
parts=0
both_parts() {
	distance g161 g165 "$1"
	distance u161 u162 "$1"
	parted g161 u161
}
each_seed both_parts
[ "$parts" -gt 0 ] || fault "both parts keep their distance"
finish "a part of an object in another section of it is a unit of its own"
mv "$work/o14.saved" "$work/o14.c"
mv "$work/o16.saved" "$work/o16.c"

# --- what does not fit

cp "$work/o15.c" "$work/o15.saved"
# shellcheck disable=SC2016 # of assembly
echo '__asm__(".balign 16; .type odd, @function; odd: .byte 0xf2, 0x0f, 0x00, 0xf7; ret; .size odd, . - odd; .balign 16");' |
	sed -i '/void g153/{r /dev/stdin
N}' "$work/o15.c"
compile_one 14 -g
compile_one 15 -g
compile_one 16 -g
link
parts=0
around() {
	stays odd "$1"
	parted g151 odd
}
each_seed around
[ "$parts" -gt 0 ] || fault "the rest never moves"
finish "a function that must not move parts its object, of which the rest moves"
mv "$work/o15.saved" "$work/o15.c"

cp "$work/o15.c" "$work/o15.saved"
sed -i 's/noinline, used)) void g155/noinline, used, aligned(64))) void g155/' "$work/o15.c"
compile_one 15 -g
link
lines_of_cache() {
	aligned g155 64 "$1"
	distance g151 g155 "$1"
	nm -p "$work/shuffled" >"$work/names"
	run symbols "$work/program" --kallsyms "$work/names" -o "$work/again"
	same "$1: exit status of symbols" 0 "$status"
	cmp "$work/shuffled" "$work/again" >&2 || fault "$1: symbols gives another file"
}
each_seed lines_of_cache
finish "an object keeps the largest alignment of its functions; symbols gives the same, with padding"
mv "$work/o15.saved" "$work/o15.c"

# --- ranges

compile_one 15 -g
link
cp "$work/program" "$work/good"

# unit NUMBER [START SIZE]...: its ranges, in hexadecimal digits, for .debug_aranges
unit() {
	local pairs=("${@:2}")
	perl -e 'my $unit = shift; my @pairs = (map(hex, @ARGV), 0, 0);
		print pack("L<S<L<CCL<", 12 + 8 * @pairs, 2, $unit, 8, 0, 0), pack("Q<*", @pairs)' "$1" "${pairs[@]}"
}

# says_ranges: $work/program has these in .debug_aranges
says_ranges() {
	cat >"$work/section"
	objcopy --update-section ".debug_aranges=$work/section" "$work/good" "$work/program"
}

# from SYMBOL TO: the start of a range and its size
from() {
	printf '%x %x' "$(address "$work/good" "$1")" $(($(address "$work/good" "$2") - $(address "$work/good" "$1")))
}

# shellcheck disable=SC2046 # words
{ unit 1 0 0 $(from g111 g121) 0 40; unit 2 0 ffff $(from g121 g121) $(from g121 g131); } | says_ranges
discarded() {
	distance g111 g115 "$1"
	distance g121 g125 "$1"
	parted g111 g121
	parted g111 s112
}
parts=0
each_seed discarded
[ "$parts" -gt 0 ] || fault "two units never part"
finish "ranges that are empty or discarded say nothing"

# shellcheck disable=SC2046 # words
{ unit 1 $(from g111 s122); unit 2 $(from g121 g131); } | says_ranges
each_seed distance g111 g125
finish "objects that overlap stay together"

: | says_ranges
each_seed inner_stay
finish "without ranges, files tell"

# refuses MESSAGE
refuses() {
	run shuffle "$work/program" -o "$work/none" --units objects
	expect_refusal 1 "$work/program: $1"
	[ ! -e "$work/none" ] || fault "it is written"
}

unit 1 "$(printf %x $((text - 16)))" 40 | says_ranges
refuses ".debug_aranges: the code at 0x3ffff0, of 0x40 bytes, is only in part in .text"
unit 1 "$(printf %x $((text + 16)))" 400000 | says_ranges
refuses ".debug_aranges: the code at 0x400010, of 0x400000 bytes, is only in part in .text"
unit 1 10 fffffffffffffff0 | says_ranges
refuses ".debug_aranges: the unit at 0x0 is not understood"
finish "refused: ranges that contradict themselves, or .text"

{ unit 1 400000 10; printf 'x'; } | says_ranges
refuses ".debug_aranges: the unit at 0x30 is not understood"
# A small section would not become smaller.
mapfile -t many < <(printf '400000\n10\n%.0s' {1..40})
unit 1 "${many[@]}" | says_ranges
objcopy --compress-debug-sections=zlib "$work/program"
refuses ".debug_aranges is compressed: see objcopy --decompress-debug-sections"
finish "refused: .debug_aranges that is cut, or compressed"

objcopy --strip-debug "$work/good" "$work/program"
refuses "nothing tells which object its functions are from: it has neither .debug_aranges nor the files of local functions in .symtab (STT_FILE)"
finish "refused: neither .debug_aranges nor files"

# Each byte of it may be anything.
objcopy --dump-section ".debug_aranges=$work/aranges" "$work/good"
size=$(size_of "$work/aranges")
for ((i = 0; i < 40; i++)); do
	cp "$work/aranges" "$work/section"
	put "$work/section" $(((i * 7919) % size)) 1 $((i * 37 % 256))
	says_ranges <"$work/section"
	run shuffle "$work/program" -o "$work/shuffled" --units objects --seed 1
	[ "$status" -le 1 ] || fault "exit status $status, $i: $(head -c 500 "$work/stderr")"
	! grep -q "fault of bzboot" "$work/stderr" || fault "$i: $(<"$work/stderr")"
done
finish "damaged .debug_aranges"

# --- options

cp "$work/good" "$work/program"
run shuffle "$work/program" -o "$work/none" --units files
expect_refusal 2 "shuffle: --units 'files' is not functions or objects"
run shuffle --verify "$work/program" "$work/program" --units objects
expect_refusal 2 "shuffle: --verify and --units are mutually exclusive"
finish "refused: other units, and units for --verify"

plan
