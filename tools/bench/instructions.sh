# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Guest instructions from EFI entry to kernel entry; for the profile, by function.

# kernel, codec, options: combinations that the distribution has, too, come first
counted=(
	"6.12-cloud zstd"
	"6.12-cloud zstd --level 22"
	"latest zstd --level 22"
	"6.1 xz"
	"6.1-cloud lz4"
	"6.12-cloud xz"
	"6.12-cloud lzma"
	"6.12-cloud gzip"
	"6.12-cloud lz4"
	"6.12-cloud none"
)

# theirs NAME CODEC: millions for the distribution's image; - if it has another codec
theirs() {
	local image known=$work/$1.theirs
	image=$(vmlinuz "$1")
	if [ "$(field .payload.codec "$image")" != "$2" ]; then
		echo -
		return
	fi
	if [ ! -e "$known" ]; then
		say "counting instructions: $1, the distribution's"
		until_kernel "$image" "$1" 1 ""
		between insns 1e6 >"$known"
	fi
	cat "$known"
}

# count NAME CODEC [OPTION...]: a line of figures, and the profile
count() {
	local image ours
	image=$(packed "$@")
	say "counting instructions: $*"
	field .pe.entry "$image" >"$results/profile.$1.$2.entry"
	until_kernel "$image" "$1" 1 ",profile=$results/profile.$1.$2"
	ours=$(between insns 1e6)
	printf '%s\t%s\t%s\t%s\n' "$1" "${*:2}" "$ours" "$(theirs "$1" "$2")"
}

# bench_instructions: the section
bench_instructions() {
	local line
	see_to_boots
	for line in "${counted[@]}"; do
		# shellcheck disable=SC2086 # words
		count $line
	done >"$(figures instructions)"
	cat <<-'END'
	## Instructions

	Guest instructions from EFI entry to kernel entry, in millions. The distribution's column is for its
	own image of the same kernel, if that has the same codec; both move the kernel by KASLR.

	| kernel | codec | bzboot | distribution | ratio |
	|---|---|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %s | %s |\n", $1, $2, $3, $4,
			$4 == "-" ? "-" : sprintf("%.3f", $3 / $4) }' "$(figures instructions)"
	printf '\n![Million instructions from EFI entry to kernel entry; less is better](bench-instructions.svg)\n'
	awk -F'\t' -v OFS='\t' '{ print $1 " " $2, "bzboot", $3 }
		$4 != "-" { print "", "distribution", $4 }' "$(figures instructions)" |
		tools/bench/bars.awk -v "title=From EFI entry to kernel entry" \
		-v "measure=million instructions" -v unit=M \
		-v "apart=The distribution packs these kernels with another codec:" >docs/bench-instructions.svg
}
