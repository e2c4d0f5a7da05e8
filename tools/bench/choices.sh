# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What levels cost the decoder: size, and guest instructions from EFI entry to kernel entry.

# kernel, codec, options
choices=(
	"6.12-cloud zstd --level 3"
	"6.12-cloud zstd --level 19"
	"6.12-cloud zstd --level 22"
	"6.1-cloud lz4 --level 1"
	"6.1-cloud lz4 --level 3"
	"6.1-cloud lz4 --level 9"
	"6.1-cloud lz4 --level 12"
)

# choice NAME CODEC [OPTION...]: a line of figures
choice() {
	local image
	image=$(packed "$@")
	say "counting instructions: $*"
	until_kernel "$image" "$1" 1 ""
	printf '%s\t%s\t%s\t%s\n' "$1" "${*:2}" "$(field .payload.compressed_size "$image")" \
		"$(between insns 1e6)"
}

# bench_choices: the section
bench_choices() {
	local line
	see_to_boots
	for line in "${choices[@]}"; do
		# shellcheck disable=SC2086 # words
		choice $line
	done >"$(figures choices)"
	cat <<-'END'
	## What a level costs the decoder

	Bytes of the payload, and guest instructions from EFI entry to kernel entry, in millions, on one
	processor (`make bench BENCH=choices`):

	| kernel | codec | payload | instructions |
	|---|---|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' "$(figures choices)"
}
