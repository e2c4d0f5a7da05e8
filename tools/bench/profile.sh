# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The instructions by function, from the profiles that instructions.sh writes

profiles=("6.12-cloud zstd" "6.1 xz" "6.1-cloud lz4" "6.12-cloud none")

# functions NAME CODEC: "MILLIONS FUNCTION" for one image, most first; "firmware" is all code
# outside it
functions() {
	local profile=$results/profile.$1.$2
	[ -e "$profile" ] || fail "no profile of $1 $2: run the part 'instructions' first"
	{
		nm -n "$BUILD/stub/$2.elf.debug" | awk '$2 ~ /[tT]/ { print "symbol", $1, $3 }'
		echo "entry $(<"$profile.entry")"
		sort -n "$profile"
	} | awk '
		function number(hex,   i, n) {
			sub("^0x", "", hex)
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
			return n
		}
		# The end of something may be where a function begins.
		$1 == "symbol" && /_end$/ { next }
		$1 == "symbol" { start[++symbols] = number($2); name[symbols] = $3; next }
		$1 == "entry" { entry = number($2); next }
		{
			at = $1 + entry
			while (s < symbols && start[s + 1] <= at) s++
			outside = at < start[1] || at >= start[symbols] + 65536
			sum[outside ? "firmware" : name[s]] += $2
		}
		END { for (f in sum) printf "%.3f %s\n", sum[f] / 1e6, f }' | sort -rn
}

# groups: functions() on standard input -> "GROUP MILLIONS", in the order of the table
groups() {
	awk '
		function group(f) {
			if (f ~ /XXH|crc32|^bzb_checksum/) return "checksum"
			if (f ~ /^(mem|copy_)/) return "copy, clear"
			if (f ~ /^bzb_kernel_elf_clear_bss/) return "copy, clear"
			if (f ~ /^(bzb_relocs|move_|split_|next_entry|read_changes|read_leb|are_in_segment|words_in)/) return "apply"
			if (f == "firmware") return f
			if (f ~ /ZSTD|HUF|FSE|^(lzma|lz|rc|x86|block|index|stream|auto|inflate|LZ4|decode|zlib)/)
				return "decode"
			return "rest"
		}
		{ sum[group($2)] += $1; all += $1 }
		END {
			n = split("decode;checksum;copy, clear;apply;rest;firmware", order, ";")
			for (i = 1; i <= n; i++) printf "%.1f\n", sum[order[i]]
			printf "%.1f\n", all
		}'
}

# bench_profile: the section
bench_profile() {
	local line
	printf '%s\n' "decompression" "checksum of the stream" "memcpy, memset: copies of the decoder, bss" \
		"relocations: check and apply" "rest of the stub" "firmware" "all" >"$work/groups"
	for line in "${profiles[@]}"; do
		# shellcheck disable=SC2086 # words
		functions $line >"$work/functions.${line/ /.}"
		groups <"$work/functions.${line/ /.}" >"$work/column.${line/ /.}"
	done
	cat <<-END
	## Where the instructions go

	Instructions of bzboot's images by function (\`bootcount.c\`, \`profile=\`, with the symbols of the
	stub), in millions. zstd is at level 22.

	|$(printf ' | %s' "${profiles[@]}") |
	|---$(printf '|---:%.0s' "${profiles[@]}")|
	END
	(cd "$work" && columns=("${profiles[@]/ /.}") && paste -d '|' groups "${columns[@]/#/column.}") |
		sed 's/^/| /; s/$/ |/; s/\([^ ]\)|\([^ ]\)/\1 | \2/g'
	echo
	{
		printf 'The ten functions of the zstd stub with the most instructions:'
		head -n 10 "$work/functions.6.12-cloud.zstd" |
			awk '{ printf "%s `%s` %.1f", (NR > 1 ? "," : ""), $2, $1 }'
		echo .
	} | wrapped 100
}
