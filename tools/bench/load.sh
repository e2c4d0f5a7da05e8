# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The stub's own code on the host, compared with Linux's decompressor

load_kernel=6.12-cloud

# build_load: $work/load from the objects of the zstd stub, with its own memcpy(), and from Linux's
# decompressor; each with its own copy of zstd, whose names are hidden from the other
build_load() {
	ld -r -o "$work/ours.o" "$BUILD"/target/formats/*.o "$BUILD/target/decoders/zstd.o" \
		"$BUILD/target/stub/mem.o" "$(gcc -print-file-name=libzstd.a)"
	objcopy --wildcard --keep-global-symbol='bzb_*' "$work/ours.o"
	tests/readers/build.sh zstd "$work/linux.o"
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Iinclude tools/bench/load.c \
		"$work/ours.o" "$work/linux.o" -lzstd -o "$work/load"
}

# milliseconds STEP
milliseconds() {
	awk -v step="$1" '$1 == step { print $2 }' "$(figures load)"
}

# load_row TEXT STEP
load_row() {
	printf '| %s | %s | %s |\n' "$1" "$(milliseconds "$2")" \
		"$(ratio "$(milliseconds "$2")" "$(milliseconds linux)")"
}

# bench_load: the section
bench_load() {
	local image
	image=$(packed "$load_kernel" zstd --level 22)
	build_load
	say "loading on the host"
	"$work/load" "$image" "$(vmlinuz "$load_kernel")" >"$(figures load)"
	cat <<-END
	## Decompress, load and move, on the host

	\`tools/bench/load.c\`: from the payload to a kernel that could be entered, in milliseconds of CPU
	time on the host: the least of 15 rounds, in each of which all of them run. bzboot is the objects of
	the stub, with the stub's own memcpy; Linux is the decompressor of Debian's linux-source, built with
	-O2 and the C library's memcpy, followed by moving the segments to their places and applying the
	relocations. The resulting kernels are equal, byte for byte.

	| | ms | of Linux's |
	|---|---:|---:|
	END
	load_row "bzboot, all" bzboot
	load_row "- decompress, check the ELF, clear bss" bzboot_load
	load_row "- check and apply relocations" bzboot_move
	load_row "Linux, all" linux
	load_row "- decompress" linux_decompress
	load_row "- move the segments" linux_place
	load_row "- apply relocations" linux_relocate
	load_row "libzstd alone, the same stream as bzboot" libzstd
	load_row "memcpy of as many bytes" memcpy
	printf '\n![Milliseconds on the host; less is better](bench-load.svg)\n'
	awk -v OFS='\t' '
		$1 == "bzboot" { print "all of it", "bzboot", $2 }
		$1 == "linux" { print "", "Linux", $2 }
		$1 == "libzstd" { print "libzstd, the same stream", "alone", $2 }
		$1 == "memcpy" { print "memcpy of as many bytes", "alone", $2 }' "$(figures load)" |
		tools/bench/bars.awk -v "title=From payload to kernel, on the host" -v measure=milliseconds -v unit=ms \
		-v "apart=Parts of that work by themselves:" >docs/bench-load.svg
}
