#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A short run of every fuzz target, tests/f_*.c, always with the same inputs, however busy the host
# is. To see a crash again, pass its input to the program: build/fuzz/f_elf FILE
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/fuzz.sh
. tests/fuzz.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The number of inputs of each, and the slow ones
runs=10000
declare -A slow=([certificates]=300 [check]=1000 [edit]=5000 [info]=1000 [load_foreign]=10000 [measure]=5000 [pack]=1000 [packer_relocs]=500 [relocs]=10000)

# report_crash LOG: its cause, its place, its input
report_crash() {
	local input
	fault "$(grep -m 1 -A 25 -E 'ERROR: |runtime error: ' "$1" || tail -n 25 "$1")"
	input=$(artifact "$1")
	[ -z "$input" ] || fault "the input (gzip, base64): $(gzip -9cn "$input" | base64 -w 0)"
}

for name in $(fuzz_names); do
	[ -z "$(missing "$name")" ] || fail "missing: $(missing "$name"); make test-programs builds it"
	count=${slow[$name]-$runs}
	log=$work/$name.log
	status=0
	fuzz "$name" "$work/$name" "$log" -seed=1 -runs="$count" || status=$?
	same "exit status" 0 "$status"
	if [ "$status" -ne 0 ]; then
		report_crash "$log"
	else
		executed=$(statistic "$log" number_of_executed_units)
		[ "$executed" -ge "$count" ] || fault "only $executed runs"
	fi
	finish "f_$name, $count inputs"
done
plan
