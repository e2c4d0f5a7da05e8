# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sizes, and the time and memory for packing: by codec and level, and beside the distribution's
# images

sizes_kernel=6.12-cloud
tried=(
	"zstd --level 3" "zstd --level 19" "zstd --level 22" "zstd --best" "xz" "xz --best"
	"lzma" "lzma --best" "gzip" "gzip --best" "lz4" "lz4 --best" "none"
)
compared=("6.12-cloud zstd" "6.12 zstd" "latest zstd" "6.1-cloud lz4" "6.1 xz")

# timed COMMAND...: run it; "SECONDS USER-SECONDS PEAK-KIB"
timed() {
	/usr/bin/time -o "$work/time" -f '%e %U %M' "$@" >/dev/null || fail "$* ended with $?"
	cat "$work/time"
}

# pack_once CODEC [OPTION...]: "WHAT PAYLOAD IMAGE" and what timed() prints
pack_once() {
	local image=$work/${sizes_kernel}${*}.efi took
	image=${image// /}
	say "packing $sizes_kernel $*"
	took=$(timed "$BZBOOT" pack "$(vmlinuz "$sizes_kernel")" -o "$image" --compress "$@")
	printf '%s\t%s\t%s\t%s\n' "$*" "$(field .payload.compressed_size "$image")" \
		"$(size_of "$image")" "${took// /$'\t'}"
}

# zstd_alone: the same ELF, compressed by the command
zstd_alone() {
	local took
	say "zstd -22 --ultra"
	took=$(timed zstd -qf -22 --ultra --single-thread "$(payload_elf "$sizes_kernel")" \
		-o "$work/stream")
	printf 'zstd -22 --ultra\t%s\t-\t%s\n' "$(size_of "$work/stream")" "${took// /$'\t'}"
}

# with_threads: the default and the highest level with one thread and with two, if bzboot supports
# it
with_threads() {
	local level threads
	has_option --threads || return 0
	for level in 19 22; do
		for threads in 1 2; do
			pack_once zstd --level "$level" --threads "$threads"
		done
	done
}

# per_codec: the first table
per_codec() {
	local options theirs
	for options in "${tried[@]}"; do
		# shellcheck disable=SC2086 # words
		pack_once $options
	done >"$(figures sizes)"
	{ with_threads; zstd_alone; } >>"$(figures sizes)"
	theirs=$(size_of "$(vmlinuz "$sizes_kernel")")
	awk -F'\t' -v theirs="$theirs" '
		{ printf "| %s | %d | %s | %s | %.1f | %.1f | %.0f |\n", $1, $2, $3,
			$3 == "-" ? "-" : sprintf("%.3f", $3 / theirs), $4, $5, $6 / 1024 }' \
		"$(figures sizes)"
}

# per_kernel: the second table
per_kernel() {
	local line name codec image theirs
	for line in "${compared[@]}"; do
		read -r name codec <<<"$line"
		image=$(packed "$name" "$codec" --best)
		theirs=$(vmlinuz "$name")
		printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$codec" "$(size_of "$image")" "$(size_of "$theirs")" \
			"$(($(field .payload.compressed_size "$theirs") - $(field .payload.compressed_size "$image")))"
	done >"$(figures images)"
	awk -F'\t' '{ printf "| %s | %s | %d | %d | %.3f | %d | %d |\n", $1, $2, $3, $4, $3 / $4, $5,
			$4 - $3 - $5 }' "$(figures images)"
}

# bench_sizes: the section
bench_sizes() {
	cat <<-END
	## Size and pack time

	Debian's $sizes_kernel kernel by codec and level; without a level, bzboot's default. Sizes are in
	bytes; the ratio is to Debian's image (zstd). The seconds are from one run; if they are far more
	than the CPU seconds, the machine had other work. The last line is zstd's own program for the ELF that
	bzboot packs, on one thread; see "Packing" for the least of several rounds.

	| | payload | image | ratio | seconds | CPU seconds | peak memory, MiB |
	|---|---:|---:|---:|---:|---:|---:|
	END
	per_codec
	cat <<-END

	Images of Debian's kernels with Debian's codec and \`--best\`, and the bytes saved in the payload and
	in the rest (stub, setup, headers, padding):

	| kernel | codec | bzboot | distribution | ratio | payload | rest |
	|---|---|---:|---:|---:|---:|---:|
	END
	per_kernel
}
