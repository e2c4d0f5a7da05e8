# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Running a fuzz target, tests/f_*.c. Sourced by tests/fuzz.t and tests/fuzz_all.sh.
fuzz=${BUILD:-build}/fuzz

# fuzz_names: of all targets
fuzz_names() {
	find tests -name 'f_*.c' | sed 's|^tests/f_\(.*\)\.c$|\1|' | sort
}

# missing NAME: files of a target that are not built
missing() {
	local made
	for made in "$fuzz/f_$1" "$fuzz/seeds/$1"; do
		[ -e "$made" ] || echo "$made"
	done
}

# longest FOLDER: twice the size of its largest file
longest() {
	find "$1" -type f -printf '%s\n' | sort -n | tail -n 1 | awk '{ print $1 * 2 }'
}

# fuzz NAME CORPUS LOG OPTION...: run one target. Inputs that reach new code are kept in CORPUS, and
# so are those that crash. An input that takes two minutes counts as a crash; busy hosts are slow.
fuzz() {
	local name=$1 corpus=$2 log=$3 seeds=$fuzz/seeds/$1 options=()
	shift 3
	mkdir -p "$corpus"
	[ ! -e "tests/f_$name.dict" ] || options+=("-dict=tests/f_$name.dict")
	"$fuzz/f_$name" -max_len="$(longest "$seeds")" -timeout=120 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$corpus/" "${options[@]}" "$@" \
		"$corpus" "$seeds" >"$log" 2>&1
}

# statistic LOG NAME: a number that libFuzzer prints at the end; 0 if it did not get there
statistic() {
	local value
	value=$(sed -n "s/^stat::$2: *//p" "$1")
	echo "${value:-0}"
}

# artifact LOG: the file with the input that crashed; nothing if none did
artifact() {
	sed -n 's/^artifact_prefix=.*Test unit written to //p' "$1"
}
