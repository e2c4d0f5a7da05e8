#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot symbols on Debian's 6.1, with its debug data: what the shuffled kernel shows in /proc/kallsyms
# gives it back; and a debugger says of each function what it says of the original.
#
#   tests/all_symbols.t		each 100th function
#   tests/all_symbols.t --all	each function
. tests/tap.sh
need nm readelf llvm-symbolizer-19

bzboot=${BZBOOT:-${BUILD:-build}/bzboot}
facts=${BUILD:-build}/tests/linux_facts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step=100
[ "${1-}" != --all ] || step=1

vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
"$bzboot" shuffle "$vmlinux" -o "$work/shuffled" --seed 5 --quiet || fault "shuffle ended with $?"
"$facts" --kallsyms "$work/shuffled" 1a000000 >"$work/kallsyms" || fault "$facts ended with $?"
"$bzboot" symbols "$vmlinux" --kallsyms "$work/kallsyms" -o "$work/again" --verbose 2>"$work/stderr" ||
	fault "symbols ended with $?: $(<"$work/stderr")"
sed -n 's|^bzboot: \(.*: .* s of CPU time.*\)|# \1|p' "$work/stderr"
grep -q 'KASLR had moved the kernel by 0x1a000000$' "$work/stderr" || fault "$(<"$work/stderr")"
! grep 'no debug data' "$work/stderr" || fault "it has no debug data"
# Debug data begins where all that is loaded ends.
end=$(readelf -SW "$vmlinux" | sed -n 's/.* \.debug_aranges *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) .*/\1/p')
cmp -i 64 -n $((0x$end - 64)) "$work/shuffled" "$work/again" >&2 || fault "another kernel"
cmp <(nm -p "$work/shuffled") <(nm -p "$work/again") >&2 || fault "other symbols"
finish "the names that a kernel shows give it back"

tests/shuffle/core.py "$work/shuffled" "$work/vmcore" 1a000000 || fault "core.py ended with $?"
"$bzboot" symbols "$vmlinux" --vmcore "$work/vmcore" -o "$work/then" --quiet || fault "symbols ended with $?"
cmp "$work/again" "$work/then" >&2 || fault "another file"
rm "$work/then" "$work/vmcore"
finish "so does a dump of its memory"

# places FILE: addresses in functions: first byte, middle, last; in the order of their names
places() {
	nm -n -S "$1" | awk '$3 ~ /[tT]/ && NF == 4 { print $4, NR, $1, $2 }' | LC_ALL=C sort -k 1,1 -k 2,2n |
		awk -v step=$step 'NR % step == 1 || step == 1 { print $3, $4 }' |
		while read -r address size; do
			printf '%#x\n' $((0x$address)) $((0x$address + 0x$size / 2)) \
				$((0x$size ? 0x$address + 0x$size - 1 : 0x$address))
		done
}

# lines FILE
lines() {
	places "$1" >"$work/places"
	llvm-symbolizer-19 -e "$1" --output-style=GNU --pretty-print <"$work/places"
}

lines "$vmlinux" >"$work/before"
lines "$work/again" >"$work/after"
count=$(wc -l <"$work/places")
[ "$count" -ge 1000 ] || fault "only $count places"
grep -q 'inlined by' "$work/before" || fault "no debug data"
cmp "$work/before" "$work/after" >&2 || fault "$(diff "$work/before" "$work/after" | head -n 6)"
finish "$count places in functions are those of the same lines"
plan
