# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The goals: which are reached, and the reasons for the others; from the figures of the other parts.

# goal TEXT AT-MOST MEASURED
goal() {
	printf '| %s | %s | %s | %s |\n' "$1" "$2" "${3:--}" \
		"$(awk -v most="$2" -v measured="${3:-none}" 'BEGIN {
			print measured == "none" ? "not measured" : measured <= most ? "yes" : "no" }')"
}

# packing OPTIONS EXPRESSION: of the figures; $2, $3, $4 are seconds, CPU seconds and KiB, and $5, $6,
# $7 those of its peer
packing() {
	figure packing "\$1 == \"$1\"" "$2"
}

# packing_goals: two processors, and the same bytes
packing_goals() {
	local row
	for row in "--level 19:0.50" "--level 22:0.50" "--compress xz:0.55" "--compress lz4:0.60" \
		"--compress gzip:1.00"; do
		goal "seconds to pack, ${row%:*} / the codec's program" "${row#*:}" \
			"$(packing "${row%:*}" '$2 / $5')"
	done
	goal "CPU seconds to pack, --fast / zstd -3" 1.8 "$(packing --fast '$3 / $6')"
	goal "seconds to pack, --fast, 6.12-cloud's vmlinuz" 0.5 "$(packing vmlinuz '$2')"
	goal "peak memory, --fast / the ELF" 2.0 \
		"$(ratio "$(packing --fast '$4 * 1024')" "$(packing elf '$2')")"
	goal "peak memory, --level 22, MiB" 400 "$(packing "--level 22" '$4 / 1024')"
	goal "CPU seconds per MB, 800 MB / 50 MB" 1.2 \
		"$(ratio "$(figure growth '$1 == 800' '$3 / $1')" "$(figure growth '$1 == 50' '$3 / $1')")"
	goal "CPU seconds, 5,000,000 fields / 1,000,000 fields" 5 \
		"$(ratio "$(figure growth_fields '$2 == 5000000' '$3')" \
			"$(figure growth_fields '$2 == 1000000' '$3')")"
}

# path_ratio KERNEL PARTS CPUS: of the image with these parts to the distribution's on one
path_ratio() {
	local -A column=([2]=5 [4]=6 [8]=7)
	ratio "$(figure path "\$1 == \"$1\" && \$2 == \"$2\"" "\$${column[$3]}")" \
		"$(figure path "\$1 == \"$1\" && \$2 == \"distribution\"" '$4')"
}

# path_growth KERNEL: of the payload as packed to one part, in per cent
path_growth() {
	local one
	one=$(figure path "\$1 == \"$1\" && \$2 == \"--parts 1\"" '$3')
	ratio "($(figure path "\$1 == \"$1\" && \$2 == \"as packed\"" '$3') - $one)" "($one / 100)"
}

path_goals() {
	local kernel parts cpus most
	for kernel in 6.12 latest; do
		while IFS=: read -r parts cpus most; do
			goal "critical path, $kernel, $parts, $cpus processors" "$most" \
				"$(path_ratio "$kernel" "$parts" "$cpus")"
		done <<-END
			as packed:2:0.40
			--parts 4:4:0.23
			--parts 8:8:0.14
		END
		goal "growth by parts, $kernel, % of the payload" 0.3 "$(path_growth "$kernel")"
	done
}

# of NAME KERNEL CODEC EXPRESSION: of the line of figures for a kernel and a codec
of() {
	figure "$1" "\$1 == \"$2\" && \$2 == \"$3\"" "$4"
}

# stub_bytes CODEC
stub_bytes() {
	figure stubs "\$1 == \"$1\"" '$2' | sed 's/\..*//'
}

goals() {
	local kernel
	goal "instructions, 6.12-cloud zstd" 0.72 "$(of instructions 6.12-cloud "zstd --level 22" '$3 / $4')"
	goal "instructions, latest zstd" 0.72 "$(of instructions latest "zstd --level 22" '$3 / $4')"
	goal "instructions, 6.1-cloud lz4" 1.00 "$(of instructions 6.1-cloud lz4 '$3 / $4')"
	goal "instructions, 6.1 xz" 0.62 "$(of instructions 6.1 xz '$3 / $4')"
	path_goals
	goal "time with two CPUs / time with one, medians" 0.6 \
		"$(figure time '$1 == "as packed"' '$3 / $2')"
	goal "the same, least times" 0.6 "$(figure time '$1 == "as packed"' '$5 / $4')"
	for kernel in 6.12-cloud 6.12 latest; do
		goal "image, $kernel" 0.985 "$(of images "$kernel" zstd '$3 / $4')"
	done
	goal "image, 6.1" 0.99 "$(figure images '$1 == "6.1"' '$3 / $4')"
	for kernel in 6.12-cloud 6.12 latest 6.1-cloud 6.1; do
		goal "memory under EFI, $kernel" 1.0 "$(figure memory "\$1 == \"$kernel\"" '$2 / $3')"
		goal "least memory without EFI, $kernel" 1.0 "$(figure least "\$1 == \"$kernel\"" '$3 / $2')"
	done
	goal "stub for zstd, bytes" 150000 "$(stub_bytes zstd)"
	goal "stub for gzip, bytes" 80000 "$(stub_bytes gzip)"
	packing_goals
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
