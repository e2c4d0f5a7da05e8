# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The goals: which are reached, and the reasons for the others; from the figures of the other parts.

# figure PART CONDITION EXPRESSION: from the first line of a part's figures that meets an awk
# condition
figure() {
	[ -e "$(figures "$1")" ] || fail "no figures of '$1': run that part first"
	awk -F'\t' "$2 { printf \"%.3f\", $3; exit }" "$(figures "$1")"
}

# goal TEXT AT-MOST MEASURED
goal() {
	printf '| %s | %s | %s | %s |\n' "$1" "$2" "${3:--}" \
		"$(awk -v most="$2" -v measured="${3:-none}" 'BEGIN {
			print measured == "none" ? "not measured" : measured <= most ? "yes" : "no" }')"
}

# seconds WHAT: of the sizes
seconds() {
	figure sizes "\$1 == \"$1\"" '$4'
}

goals() {
	local one two
	goal "instructions, 6.12-cloud zstd" 0.73 \
		"$(figure instructions '$2 == "zstd --level 22"' '$3 / $4')"
	goal "instructions, 6.1-cloud lz4" 1.08 "$(figure instructions '$1 == "6.1-cloud"' '$3 / $4')"
	goal "instructions, 6.1 xz" 0.75 "$(figure instructions '$1 == "6.1"' '$3 / $4')"
	goal "time with two CPUs / time with one, medians" 0.6 \
		"$(figure time '$1 == "as packed"' '$3 / $2')"
	goal "the same, least times" 0.6 "$(figure time '$1 == "as packed"' '$5 / $4')"
	goal "image, 6.12-cloud" 0.985 "$(figure images '$1 == "6.12-cloud"' '$3 / $4')"
	goal "image, 6.12" 0.985 "$(figure images '$1 == "6.12"' '$3 / $4')"
	goal "image, 6.1" 0.99 "$(figure images '$1 == "6.1"' '$3 / $4')"
	one=$(seconds "zstd -22 --ultra")
	two=$(seconds "zstd --level 22 --threads 2")
	goal "seconds to pack at level 22 on two cores / zstd -22 --ultra on one" 0.6 \
		"$([ -z "$two" ] || ratio "$two" "$one")"
	goal "seconds to pack at level 3" 1 "$(seconds "zstd --level 3")"
	commands_goals
}

# commands_goals: of the commands that read images
commands_goals() {
	local command file ours theirs most peer
	[ -e "$(figures commands)" ] || fail "no figures of 'commands': run that part first"
	while IFS=$'\t' read -r command file ours theirs most peer; do
		goal "CPU time, $command, $file, of $peer" "$most" "$(ratio "$ours" "$theirs")"
	done <"$(figures commands)"
}

# bench_goals: the section
bench_goals() {
	cat <<-'END'
	## Goals

	Ratios are to the distribution's image or to the named command.

	| | at most | measured | reached |
	|---|---:|---:|---|
	END
	goals
	cat tools/bench/unreached.md
}
