#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot shuffle --verify: a kernel that is linked in another order differs in nothing else, and every
# defect of such a kernel is found and named. The kernels are those of tests/shuffle/: no shuffler of
# ours has made them.
# shellcheck source=tests/cli.sh
. tests/cli.sh

kernels=${BUILD:-build}/tests/shuffle
tables=$kernels/tables
original=$kernels/original.elf
defects=()	# that have a test

# verify ORIGINAL SHUFFLED
verify() {
	run shuffle --verify "$1" "$2"
}

# same_but_for_order NAME ORIGINAL SHUFFLED MOVED: one test
same_but_for_order() {
	verify "$2" "$3"
	same "exit status" 0 "$status"
	same "stderr" "" "$(<"$work/stderr")"
	same "first line" "$3: 317 functions, of which $4 have moved; nothing else differs" \
		"$(head -n 1 "$work/stdout")"
	[[ $(tail -n 1 "$work/stdout") =~ \
		^"compared: 4763 instructions, 909 references without relocation, "[0-9]+" relocations, 1397 entries of tables"$ ]] ||
		fault "second line: $(tail -n 1 "$work/stdout")"
	finish "$1"
}

same_but_for_order "a kernel is the same as itself" "$original" "$original" 0
same_but_for_order "functions in another order" "$original" "$kernels/shuffled.elf" 314
same_but_for_order "the same, in the other direction" "$kernels/shuffled.elf" "$original" 314
same_but_for_order "kallsyms with distances to themselves (Linux 6.15)" \
	"$kernels/original-pcrel.elf" "$kernels/shuffled-pcrel.elf" 314
same_but_for_order "exceptions with handlers (Linux 5.15)" \
	"$kernels/original-handlers.elf" "$kernels/shuffled-handlers.elf" 314

# Its last field is at the end of its memory. Most functions have no entry of their own in ORC.
run shuffle "$original" -o "$work/out" --seed 1
expect_refusal 1 "$original: ORC needs 146 new entries for its units, and only 0 can go"
finish "a kernel without entries of ORC to spare is refused"

# expect_finding PATTERN: the last run has found it: the whole of a message
expect_finding() {
	same "exit status" 1 "$status"
	same "stdout" "" "$(<"$work/stdout")"
	grep -qE "^bzboot: [^:]*: $1\$" "$work/stderr" ||
		fault "no '$1' in: $(head -c 2000 "$work/stderr")"
}

# found DEFECT PATTERN [KERNEL]: one test: a defect of the shuffled kernel
found() {
	local kernel=${3-$kernels/shuffled.elf}
	defects+=("$1")
	cp "$kernel" "$work/kernel"
	"$tables" "$work/kernel" "$1"
	verify "${kernel/shuffled/original}" "$work/kernel"
	expect_finding "$2"
	finish "${3:+${3##*/}, }$1"
}

# at NAME: a pattern for a place
at() {
	echo "$1 \\(0x[0-9a-f]+\\)"
}

slot='\.data 0x[0-9a-f]+'
place=$(at 'f[0-9]+\+0x[0-9a-f]+')

# Code
found call "$(at 'f1003\+0x5') refers to $(at 'f1008\+0x0'), and to $(at 'f1008\+0x10') in the shuffled file"
found byte "$(at 'f1003\+0x4'): the instruction is not the same"
found leftover "\.text: from 0x[0-9a-f]+ to 0x[0-9a-f]+ is neither padding nor a function"
found symbol "$(at 'f1003\+0x0'): at 0x[0-9a-f]+, where it has gone, is other code"
expect_finding "$place is at 0x[0-9a-f]+, where $(at 'f1003\+0x0') is"
finish "symbol: two functions are at one place"
found init "$(at 'starts\+0x1') does not hold what its relocation says \\(\.text\+0x[0-9a-f]+\\)"

# Relocations
found pointer "$slot does not hold what its relocation says \\(\.text\+0x[0-9a-f]+\\)"
found addend "$slot does not hold what its relocation says \\(\.text\+0x[0-9a-f]+\\)"
found both "the relocation of $slot refers to another place \\(\.text\+0x[0-9a-f]+\\)"
found no-reloc "the relocation of $slot is missing"
found more-reloc "a relocation of $slot is not in the original"
found type "the relocation of $slot has another type or symbol"

# Data and symbols
found data "\.data: the byte at $slot is not the same, and has no relocation"
found label "symbol inside has not moved with the code that it is in, paged"
found end "symbol paged_end has not moved with the code that it is at, f1082"
found edge "symbol __sched_text_start has moved, from 0x[0-9a-f]+ to 0x[0-9a-f]+"
found object "symbol plain has moved, from 0x[0-9a-f]+ to 0x[0-9a-f]+"
found name "symbol [0-9]+ \\(plain\\) is not the same in both files"

# Tables
found exception-order "__ex_table is not sorted: entry 3, for $place, is after $place"
found exception "__ex_table has lost or changed the entry for $place"
found handler "__ex_table has lost or changed the entry for $place" "$kernels/shuffled-handlers.elf"
found trace-order "__mcount_loc is not sorted: entry 3, for $place, is after $place"
found trace "__mcount_loc has lost or changed the entry for $place"
found orc-order "\.orc_unwind_ip is not sorted: entry 3, for $place, is after $place"
found orc "the unwinder \\(ORC\\) finds another entry for $place"
found orc-missing "the unwinder \\(ORC\\) finds another entry for $place"
for kernel in "$kernels"/shuffled{,-pcrel}.elf; do
	found kallsyms-order "kallsyms is not sorted: f[0-9]+ is after f[0-9]+" "$kernel"
	found kallsyms-address "kallsyms: f[0-9]+ is said to be t at $place" "$kernel"
	found kallsyms-name "kallsyms: .* is missing, or .* added" "$kernel"
	found kallsyms-marker "kallsyms_markers: 1 does not lead to the name of f[0-9]+" "$kernel"
	found kallsyms-seq "kallsyms_seqs_of_names is not sorted: .* is after .*" "$kernel"
done

# Headers
found entry-point "the entry point has moved, to 0x[0-9a-f]+"
found segment "segment 0 is not the same in both files"
found section "section \.text is not the same in both files"

# misplaced KERNEL PATTERN: one test: a function is where it must not be
misplaced() {
	verify "$original" "$kernels/$1.elf"
	expect_finding "$2"
	finish "$1"
}

misplaced misaligned "$(at 'paged\+0x0') has lost its alignment of 4096 bytes: it is at 0x[0-9a-f]+"
misplaced crossed "$(at 'yields\+0x0') has crossed an edge of its group: it is at 0x[0-9a-f]+"
misplaced separated "$(at 'falls\+0x0') runs into $(at 'lands\+0x0'), which is no longer behind it"
misplaced swapped "two functions are named twin, and the one at 0x[0-9a-f]+ has gone before the one at 0x[0-9a-f]+"
misplaced swapped "kallsyms: symbols named twin are in another order: number 1 of them was number 2"
misplaced parted "nothing refers to $(at 'unreached\+0x0'), and it is no longer behind $(at 'variant\+0x0')"
misplaced detached "__pfx_fixed is no longer in front of its function"

# stuck DEFECT PATTERN NAME: one test: a defect of both kernels, which is none where nothing moves
stuck() {
	defects+=("$1")
	cp "$original" "$work/original"
	cp "$kernels/shuffled.elf" "$work/kernel"
	"$tables" "$work/original" "$1"
	"$tables" "$work/kernel" "$1"
	verify "$work/original" "$work/kernel"
	expect_finding "$2"
	verify "$work/original" "$work/original"
	same "exit status" 0 "$status"
	finish "$1: $3"
}

# The decoder is out of step, or it is data.
stuck operand "$(at 'f1003\+0x0') has moved, but a relocation in it is on no operand, or it has bytes that are no instruction" \
	"code that cannot be decoded must stay"
stuck stray "$(at 'f1003\+0x5') has no relocation, and does not lead to an instruction: it may be data, and must stay as it is" \
	"code that leads to no code must stay"
stuck distance "\.data 0x[0-9a-f]+ has a distance to $(at 'f1000\+0x4'), perhaps from elsewhere" \
	"distances in tables of Linux lead to functions"
stuck jumps "\.data 0x[0-9a-f]+ has a distance to $(at 'f1000\+0x0'), perhaps from elsewhere" \
	"no other data refers to code by distances, which may be from elsewhere"

# A table that is not found is not compared.
defects+=(no-table)
cp "$original" "$work/original"
cp "$kernels/shuffled.elf" "$work/kernel"
"$tables" "$work/original" no-table
"$tables" "$work/kernel" no-table
verify "$work/original" "$work/kernel"
expect_finding "no symbols say where the table of __ex_table is"
finish "no-table: a table without symbols at its ends"

# Files that cannot be compared
defects+=(no-symbols no-relocs)
cp "$original" "$work/kernel"
"$tables" "$work/kernel" no-symbols
for pair in "$work/kernel $original" "$original $work/kernel"; do
	# shellcheck disable=SC2086 # two files
	verify $pair
	expect_refusal 1 "$work/kernel: has no symbols (.symtab)"
done
finish "no symbols"
cp "$original" "$work/kernel"
"$tables" "$work/kernel" no-relocs
verify "$original" "$work/kernel"
expect_refusal 1 "$work/kernel: only one of both files has relocations"
verify "$work/kernel" "$work/kernel"
same "exit status without any" 0 "$status"
finish "no relocations"
verify "$work/kernel" /dev/null
expect_refusal 1 "/dev/null: is empty"
verify "$work/missing" "$original"
expect_refusal 1 "$work/missing: "
head -c 5000 "$original" >"$work/kernel"
verify "$original" "$work/kernel"
expect_refusal 1 "$work/kernel: "
finish "files that are no kernels"

# The program is never at the mercy of a file.
size=$(size_of "$kernels/shuffled.elf")
for ((i = 0; i < 25; i++)); do
	cp "$kernels/shuffled.elf" "$work/kernel"
	for offset in $((i * 24 + 64)) $((size - 1 - i * 37)) $((size - 70000 + i * 997)); do
		put "$work/kernel" "$offset" 2 $((i * 4099 + 255))
	done
	for pair in "$original $work/kernel" "$work/kernel $original"; do
		# shellcheck disable=SC2086 # two files
		verify $pair
		[ "$status" -le 1 ] || fault "exit status $status, $i: $(head -c 500 "$work/stderr")"
	done
done
finish "damaged files"

same "defects without a test" "$("$tables" | grep -vx finish | sort)" \
	"$(printf '%s\n' "${defects[@]}" | sort -u)"
finish "every defect has a test"

plan
