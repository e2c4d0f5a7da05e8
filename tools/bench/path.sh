# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The critical path: the most instructions that one processor runs from EFI entry to kernel entry

path_kernel=6.12-cloud
path_codec=(zstd --level 22)
path_cpus=(1 2 4 8)
path_parts=(1 2 4 8 16)

# path_images: "NAME<tab>IMAGE" for each image
path_images() {
	local parts
	printf 'as packed\t%s\n' "$(packed $path_kernel "${path_codec[@]}")"
	for parts in "${path_parts[@]}"; do
		printf -- '--parts %s\t%s\n' "$parts" \
			"$(packed $path_kernel "${path_codec[@]}" --parts "$parts")"
	done
}

# path IMAGE CPUS: in millions
path() {
	until_kernel "$1" "$path_kernel" "$2" ",count=off,path=on" --thread multi
	awk -F '[ =]' '
		$1 ~ /^cpu/ && $3 > path { path = $3 }
		END { printf "%.1f\n", path / 1e6 }' "$work/points"
}

# path_row NAME IMAGE CPUS...: "NAME<tab>SIZE", and the path with each number of CPUs
path_row() {
	local cpus
	printf '%s\t%s' "$1" "$(field .payload.compressed_size "$2")"
	for cpus in "${@:3}"; do
		say "critical path: $1, $cpus CPUs"
		printf '\t%s' "$(path "$2" "$cpus")"
	done
	echo
}

# path_table: of the figures; the first line is the distribution's, one part is what sizes are
# compared with
path_table() {
	awk -F'\t' -v OFS='\t' '
		NR == 1 { theirs = $3; size[1] = $2; next }
		$1 == "--parts 1" { one = $2 }
		{ row[++rows] = $0 }
		END {
			for (i = 1; i <= rows; i++) {
				split(row[i], cell)
				printf "| %s | %s | %+.2f %% |", cell[1], cell[2],
					(cell[2] / one - 1) * 100
				for (c = 3; c <= 6; c++)
					printf " %s (%.3f) |", cell[c], cell[c] / theirs
				print ""
			}
		}' "$(figures path)"
}

# bench_path: the section
bench_path() {
	local name image
	see_to_boots
	{
		path_row distribution "$(vmlinuz $path_kernel)" 1
		while IFS=$'\t' read -r name image; do
			path_row "$name" "$image" "${path_cpus[@]}"
		done < <(path_images)
	} >"$(figures path)"
	cat <<-END
	## Critical path

	The most instructions that any one processor runs from EFI entry to kernel entry, without those of
	waiting (\`tools/bootcount.c\`, path=on), in millions, by the number of processors; Debian's
	$path_kernel kernel, ${path_codec[*]}. In brackets: divided by that of the distribution's image, which
	runs on one processor, $(awk -F'\t' 'NR == 1 { print $3 }' "$(figures path)") million. The size is that of the payload, the growth to that of one part.

	| parts | size | growth | 1 | 2 | 4 | 8 |
	|---|---:|---:|---:|---:|---:|---:|
	END
	path_table
}
