#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A short run of every fuzz target, tests/f_*.c. FUZZ_SECONDS is for each; FUZZ_CORPUS names a folder
# that keeps what leads to new places and what crashes, and is begun from the next time. To see a
# crash again, give its file to the program: build/fuzz/f_elf FILE
# shellcheck source=tests/tap.sh
. tests/tap.sh

fuzz=${BUILD:-build}/fuzz
seconds=${FUZZ_SECONDS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpora=${FUZZ_CORPUS:-$work}

# So few mean that the program does not do what it should.
least_runs=500

# longest FOLDER: the size of its largest file, and as much again
longest() {
	find "$1" -type f -printf '%s\n' | sort -n | tail -n 1 | awk '{ print $1 * 2 }'
}

# run NAME: fuzz one target; leaves $log
run() {
	local corpus=$corpora/$1 seeds=$fuzz/seeds/$1 status=0
	log=$work/$1.log
	mkdir -p "$corpus"
	"$fuzz/f_$1" -seed=1 -max_total_time="$seconds" -max_len="$(longest "$seeds")" \
		-timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$corpus/" \
		"$corpus" "$seeds" >"$log" 2>&1 || status=$?
	same "exit status" 0 "$status"
}

# report_crash: what led to it, and where
report_crash() {
	local artifact
	fault "$(grep -m 1 -A 25 -E 'ERROR: |runtime error: ' "$log" || tail -n 25 "$log")"
	artifact=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$log")
	[ -z "$artifact" ] || fault "the input (gzip, base64): $(gzip -9cn "$artifact" | base64 -w 0)"
}

for source in tests/f_*.c; do
	name=${source#tests/f_}
	name=${name%.c}
	for made in "$fuzz/f_$name" "$fuzz/seeds/$name"; do
		[ -e "$made" ] || fail "$made is missing; make builds it"
	done
	run "$name"
	if [ ${#faults[@]} -gt 0 ]; then
		report_crash
	else
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "# $runs runs of f_$name"
		[ "${runs:-0}" -ge "$least_runs" ] || fault "only ${runs:-0} runs"
	fi
	finish "f_$name, for $seconds s"
done
plan
