# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The figures of packer/info/estimates.c that no other part has: sizes, and times of each codec on
# the host

estimates_kernel=6.12-cloud
estimates_codecs=(zstd xz lzma gzip lz4 none)

# The distribution's images whose instructions are counted (tools/bench/instructions.sh)
estimates_theirs=("6.12-cloud zstd" "6.1 xz" "6.1-cloud lz4")

# build_estimates: $work/estimates from the objects of the stubs, with their own memcpy()
build_estimates() {
	local codec objects=()
	for codec in zstd lzma gzip lz4 none; do
		objects+=("$BUILD/target/decoders/$codec.o")
	done
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Iinclude tools/bench/estimates.c \
		"$BUILD"/target/formats/*.o "${objects[@]}" "$BUILD/target/stub/mem.o" \
		-Wl,-Bstatic -lzstd -llzma -lz -llz4 -Wl,-Bdynamic -o "$work/estimates"
}

# estimates_figures: "bzboot<tab>CODEC<tab>SIZE<tab>MILLISECONDS", and without a time those of Linux
estimates_figures() {
	local codec row images=()
	for codec in "${estimates_codecs[@]}"; do
		images+=("$(packed "$estimates_kernel" "$codec")")
	done
	say "times of each codec on the host"
	"$work/estimates" "${images[@]}" | sed 's/^/bzboot\t/'
	for row in "${estimates_theirs[@]}"; do
		printf 'Linux\t%s\t%s\t-\n' "${row#* }" "$(field .payload.size "$(vmlinuz "${row% *}")")"
	done
}

# bench_estimates: the section
bench_estimates() {
	build_estimates
	estimates_figures >"$(figures estimates)"
	cat <<-END
	## Estimates

	\`bzboot info --budget\` estimates the instructions and the time of a boot in proportion to the
	decompressed size, from this table and "Instructions". Of bzboot's images it is the size of the ELF
	of $estimates_kernel; of Linux's that of the kernels in "Instructions", with their relocations. The
	milliseconds are those of CPU time on the host, by the objects of the stubs, to decompress, check and
	move the kernel: the least of 9 rounds (\`tools/bench/estimates.c\`).

	| stub | codec | size | ms |
	|---|---|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' "$(figures estimates)"
}
