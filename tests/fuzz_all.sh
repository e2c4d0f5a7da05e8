#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make fuzz: every target for FUZZ_SECONDS, one after the other, and a table of results.
# FUZZ_TARGETS="elf pe" selects targets. Each has a corpus in the cache, so a run continues the last
# one. An input that crashes a target ends its run and is kept there, too, and crashes the next run
# at once until the fault is fixed. The status is 1 if there was a crash.
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/fuzz.sh
. tests/fuzz.sh
# shellcheck source=tools/apt.sh
. tools/apt.sh

seconds=${FUZZ_SECONDS:-600}
corpora=$bzboot_cache/fuzz
logs=$fuzz/logs
targets=${FUZZ_TARGETS:-$(fuzz_names)}
row='%-15s %14s %9s %7s %9s\n'
sum=0
found=0

mkdir -p "$logs"
# shellcheck disable=SC2059
printf "$row" target executions per-second corpus findings
for name in $targets; do
	[ -z "$(missing "$name")" ] || fail "missing: $(missing "$name"); make fuzz builds it"
	corpus=$corpora/$name
	log=$logs/$name.log
	status=0
	fuzz "$name" "$corpus" "$log" -max_total_time="$seconds" || status=$?
	executions=$(statistic "$log" number_of_executed_units)
	sum=$((sum + executions))
	[ "$status" -eq 0 ] || found=$((found + 1))
	# shellcheck disable=SC2059
	printf "$row" "$name" "$executions" "$(statistic "$log" average_exec_per_sec)" \
		"$(find "$corpus" -type f | wc -l)" $((status != 0))
	[ "$status" -eq 0 ] || echo "  see $log; the input: $(artifact "$log")"
done
# shellcheck disable=SC2059
printf "$row" sum "$sum" "" "" "$found"
[ "$found" -eq 0 ]
