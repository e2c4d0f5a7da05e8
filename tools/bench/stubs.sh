# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The contents of the stubs: bytes by room, from the linker's maps, and the largest functions

stub_codecs=(zstd zstd-uki xz lzma gzip lz4 none none-uki)

# stub_rooms CODEC: the bytes of each room, in the order of bench_stubs. In a map, a long name is on
# a line of its own, and what is omitted is at address 0.
stub_rooms() {
	awk '
		function number(hex,   i, n) {
			sub("^0x0*", "", hex)
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
			return n + 0
		}
		function room(section, file) {
			if (file ~ /\.a\(/) return "library"
			if (file ~ /\/stub\/entry-/) return "x86"
			if (file ~ /\/stub\/plain\//) return "efi"
			if (match(file, /\/(efi|uki|loader|x86|formats|decoders)\/[^\/]*$/))
				return substr(file, RSTART + 1, index(substr(file, RSTART + 1), "/") - 1)
			return "steps"
		}
		/^Linker script and memory map/ { listed = 1 }
		!listed { next }
		/^ ?\.[^ ]+$/ { name = $0; getline; $0 = name " " $0 }
		/^\.text / { start = number($2) }
		/^\.(dynamic|stack) / {
			end = number($2) + number($3)
			sum["stack"] += number($3)
			placed += number($3)
		}
		/^ \.(entry|text|rodata|manifest|data|bss)/ && number($2) {
			sum[room($1, $4)] += number($3)
			placed += number($3)
		}
		END {
			n = split("library decoders formats steps x86 efi uki loader stack", order)
			for (i = 1; i <= n; i++)
				print sum[order[i]] + 0
			all = int((end - start + 4095) / 4096) * 4096
			print all - placed
			print all
		}' "$BUILD/stub/$1.elf.map"
}

# largest CODEC NUMBER: the largest functions of a stub
largest() {
	nm -S --size-sort -r -t d "$BUILD/stub/$1.elf.debug" | awk -v number="$2" '
		$3 ~ /[tT]/ && n < number { printf "%s `%s` %d", (n++ ? "," : ""), $4, $2 }'
}

# bench_stubs: the section
bench_stubs() {
	local codec
	printf '%s\n' "the codec's library" "\`decoders/\`" "\`formats/\`" "\`stub/\`: the steps" \
		"\`stub/x86/\`: entries, manifest" "\`stub/efi/\`: only under EFI" \
		"\`stub/uki/\`: only under EFI, unified kernel images" \
		"\`stub/loader/\`: only for boot loaders" "stack: only for boot loaders" \
		"padding, tables of ELF" "all" >"$work/rooms"
	for codec in "${stub_codecs[@]}"; do
		stub_rooms "$codec" >"$work/rooms.$codec"
		printf '%s\t%s\n' "$codec" "$(tail -n 1 "$work/rooms.$codec")"
	done >"$(figures stubs)"
	cat <<-END
	## Stubs

	Bytes of the stubs, .text and .data of an image, by the room of the source:

	|$(printf ' | %s' "${stub_codecs[@]}") |
	|---$(printf '|---:%.0s' "${stub_codecs[@]}")|
	END
	(cd "$work" && paste -d '|' rooms "${stub_codecs[@]/#/rooms.}") |
		sed 's/^/| /; s/$/ |/; s/\([^ ]\)|\([^ ]\)/\1 | \2/g; s/\([^ ]\)|\([^ ]\)/\1 | \2/g'
	echo
	{
		printf 'The largest functions, of the stub for zstd:'
		largest zstd 12
		printf '; without a library:'
		largest none 12
		echo .
	} | wrapped 100
}
