#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh SOURCES PROGRAMS TESTS: run the units among PROGRAMS, and TESTS with the bzboot among
# them; print the number of lines and branches of SOURCES that they reached. make coverage calls
# this.
set -euo pipefail

read -ra sources <<<"$1"
read -ra programs <<<"$2"
read -ra tests <<<"$3"
folder=$(realpath "${BUILD:-build}/coverage")

rm -rf "$folder/raw"
mkdir "$folder/raw"
# Each program adds its counts to one of four files of its own; tests run bzboot as other users,
# too.
export LLVM_PROFILE_FILE=$folder/raw/%4m.profraw
for _ in {1..20}; do
	"$folder/bzboot" --version >"$folder/version"
done
chmod 1777 "$folder/raw"
chmod a+rw "$folder"/raw/*

mapfile -t units < <(printf '%s\n' "${programs[@]}" | grep '/t_')
BZBOOT=$folder/bzboot prove -Q -j"${JOBS:-2}" --exec '' "${units[@]}" "${tests[@]}"
llvm-profdata merge -sparse "$folder"/raw/*.profraw -o "$folder/all.profdata"

objects=()
for program in "${programs[@]:1}"; do
	objects+=(-object "$program")
done
show=("${programs[0]}" "${objects[@]}" -instr-profile="$folder/all.profdata")
# Each program has its own main(), about which llvm-cov complains.
llvm-cov show "${show[@]}" --show-branches=count "${sources[@]}" >"$folder/lines" \
	2>"$folder/warnings"
llvm-cov export "${show[@]}" -summary-only "${sources[@]}" 2>"$folder/warnings" | jq -r '
	def row(name; s): [name] + [s.lines, s.branches | .covered, .count,
		(if .count > 0 then .percent * 10 | floor / 10 else 100 end)] | @tsv;
	(.data[0].files[] | row(.filename | split("/")[-2:] | join("/"); .summary)),
	row("sum"; .data[0].totals)' |
	awk -F '\t' 'BEGIN {
		printf "%-28s %5s %5s %6s  %8s %5s %6s\n", "", "lines", "of", "%", "branches",
			"of", "%"
	} {
		printf "%-28s %5d %5d %6.1f  %8d %5d %6.1f\n", $1, $2, $3, $4, $5, $6, $7
	}'
