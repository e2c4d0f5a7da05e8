#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot shuffle on finished kernels: Debian's 6.1, and those built here, by GNU ld and LLD, with
# kCFI and FineIBT, with ThinLTO, and with a section for each function.
# With any seed, the verification finds nothing; a seed gives the same bytes again; names that
# several functions have keep their order; pack takes the result, and check says no more of it. The
# calls that the unit table does not list are the same, whatever the kernel is relocated by. Of
# Debian's, a boot loader makes the same kernel by the same seed, at two addresses.
#
#   tests/all_shuffle.t		three kernels, three seeds, 8 distances
#   tests/all_shuffle.t --all	seven kernels, 100 seeds, 20 of whole objects, 512 distances: 30 minutes of
#				one processor
#   tests/all_shuffle.t --all KERNEL...	the same with these
#
# Time and memory of one run of each kernel are printed. They should be at most 3 s and 1.5 GiB for
# shuffling, and 10 s for the verification, on an idle machine.
. tests/tap.sh
need nm

bzboot=${BZBOOT:-${BUILD:-build}/bzboot}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernels=(6.1-cloud-dbg 6.12/smp 7.2/cfi)
seeds=3 step=64
if [ "${1-}" = --all ]; then
	kernels+=(7.2/smp 7.2/lld 7.2/lto 6.12/sections)
	seeds=100 step=1
	[ $# -eq 1 ] || kernels=("${@:2}")
fi

# shuffle OUT SEED [OPTION...]: nothing but the line about the result is printed
shuffle() {
	"$bzboot" shuffle "$vmlinux" -o "$1" --seed "$2" "${@:3}" >"$work/stdout" 2>"$work/stderr" ||
		fault "seed $2: shuffle ended with $?: $(head -n 3 "$work/stderr")"
	grep -q "units have moved .* seed 0*$2\$" "$work/stdout" "$work/stderr" ||
		fault "seed $2: $(head -n 3 "$work/stdout" "$work/stderr")"
}

# Units that move, at least: a rule that joins too much fails nothing else
declare -A least=([6.1-cloud-dbg]=40000 [6.12/smp]=11000 [7.2/smp]=17000
	[7.2/lld]=13000 [7.2/lto]=14000 [7.2/cfi]=16000 [6.12/sections]=11000)

# sum FILE
sum() {
	sha256sum <"$1"
}

# orders FILE: for each name but those of labels, the numbers in the table of symbols of those that
# have it, in the order of their addresses
orders() {
	nm -p "$1" | awk '$NF !~ /^\.L/ { print $NF, $1, NR }' | LC_ALL=C sort -k 1,2 -k 3n | cut -d ' ' -f 1,3
}

# findings FILE: those of check, without the name of the file
findings() {
	{ "$bzboot" check "$1" 2>&1 || true; } | { grep -oE ' (error|warning|note): .*' || true; } | sort
}

# whole_objects: one test: seeds by which objects move as a whole
whole_objects() {
	local seed
	for ((seed = 0; seed < 20; seed++)); do
		shuffle "$shuffled" "$(printf %x $seed)" --units objects
	done
	nm -p "$shuffled" >"$work/names"
	"$bzboot" symbols "$vmlinux" --kallsyms "$work/names" -o "$work/again.elf" 2>"$work/stderr" ||
		fault "symbols ended with $?: $(head -n 3 "$work/stderr")"
	cmp <(nm -p "$work/again.elf") "$work/names" >"$work/stderr" || fault "$(<"$work/stderr")"
	rm "$shuffled" "$work/again.elf"
	finish "$kernel: 20 seeds by which whole objects move, and symbols gives the last one back"
}

for kernel in "${kernels[@]}"; do
	case $kernel in
	*dbg) vmlinux=$(tools/kernel.sh "$kernel") ;;
	*) vmlinux=$(tools/linux.sh "$kernel")/result/vmlinux ;;
	esac
	shuffled=$work/shuffled.elf
	shuffle "$shuffled" 0 --verbose
	sed -n "s|^bzboot: \(.*: .* s of CPU time.*\)|# $kernel: \1|p" "$work/stderr"
	units=$(sed -n 's/.* \([0-9]*\) of [0-9]* units have moved .*/\1/p' "$work/stdout" "$work/stderr")
	[ "${units:-0}" -ge "${least[$kernel]:-1}" ] || fault "${units:-no} units have moved"
	first=$(sum "$shuffled")
	shuffle "$shuffled" 0
	same "SHA-256 of the second result" "$first" "$(sum "$shuffled")"
	finish "$kernel: a seed gives the same bytes again"

	sums=("$first")
	for ((seed = 1; seed < seeds; seed++)); do
		shuffle "$shuffled" "$(printf %x $seed)"
		sums+=("$(sum "$shuffled")")
	done
	same "different results" "$seeds" "$(printf '%s\n' "${sums[@]}" | sort -u | wc -l)"
	finish "$kernel: $seeds seeds give as many kernels, and the verification finds nothing"

	"$bzboot" shuffle --verify "$vmlinux" "$shuffled" >"$work/stdout" 2>"$work/stderr" ||
		fault "shuffle --verify ended with $?: $(head -n 3 "$work/stderr")"
	grep -q 'have moved; nothing else differs$' "$work/stdout" || fault "$(<"$work/stdout")"
	orders "$vmlinux" >"$work/orders"
	orders "$shuffled" | cmp -s - "$work/orders" || fault "equal names have another order"
	finish "$kernel: nothing but the order differs, and equal names keep theirs"

	"$bzboot" pack "$shuffled" -o "$work/image.efi" --fast --quiet || fault "pack ended with $?"
	findings "$vmlinux" >"$work/findings"
	findings "$shuffled" | comm -13 "$work/findings" - >"$work/more"
	[ ! -s "$work/more" ] || fault "check says more: $(<"$work/more")"
	finish "$kernel: pack takes it, and check says no more than of the original"
	rm "$shuffled"

	[ $seeds -eq 3 ] || whole_objects

	"${BUILD:-build}/tests/slid_calls" "$vmlinux" $step >"$work/stdout" 2>"$work/stderr" ||
		fault "slid_calls ended with $?: $(<"$work/stderr")"
	grep -q '^[0-9]* calls$' "$work/stdout" || fault "it has no calls"
	same "distances with other calls" "" "$(sed 1d "$work/stdout")"
	finish "$kernel: relocating it changes no call"
done

# pack OUT OPTION...: $work/OUT
pack() {
	"$bzboot" pack "$vmlinux" -o "$work/$1" --fast "${@:2}" >"$work/stdout" 2>"$work/stderr" ||
		fault "pack ${*:2} ended with $?: $(head -n 3 "$work/stderr")"
}

vmlinux=$(tools/kernel.sh 6.1-cloud-dbg)
pack table --shuffle
pack shuffled --shuffle=c0ffee
for slide in 0x0 0x12400000; do
	"${BUILD:-build}/tests/load_same" "$work/table" "$work/shuffled" $slide c0ffee \
		>"$work/stdout" 2>"$work/stderr" || fault "$slide: $(<"$work/stderr")"
	grep -q "^moved by $slide, " "$work/stdout" || fault "it prints: $(<"$work/stdout")"
done
finish "6.1-cloud-dbg: a boot loader shuffles it to what --shuffle=SEED packs"
plan
