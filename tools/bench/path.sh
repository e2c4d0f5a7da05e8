# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The critical path: the most instructions that one processor runs from EFI entry to kernel entry

path_kernels=(6.12 latest)
path_codec=(zstd --level 22)
path_cpus=(1 2 4 8)
path_parts=(1 2 4 8)

# path_images KERNEL: "NAME<tab>IMAGE" for each image
path_images() {
	local parts
	printf 'as packed\t%s\n' "$(packed "$1" "${path_codec[@]}")"
	for parts in "${path_parts[@]}"; do
		printf -- '--parts %s\t%s\n' "$parts" \
			"$(packed "$1" "${path_codec[@]}" --parts "$parts")"
	done
}

# path IMAGE KERNEL CPUS: in millions
path() {
	until_kernel "$1" "$2" "$3" ",count=off,path=on" --thread multi
	awk -F '[ =]' '
		$1 ~ /^cpu/ && $3 > path { path = $3 }
		END { printf "%.1f\n", path / 1e6 }' "$work/points"
}

# path_row KERNEL NAME IMAGE CPUS...: "KERNEL<tab>NAME<tab>SIZE", and the path with each number of CPUs
path_row() {
	local cpus
	printf '%s\t%s\t%s' "$1" "$2" "$(field .payload.compressed_size "$3")"
	for cpus in "${@:4}"; do
		say "critical path: $1, $2, $cpus CPUs"
		printf '\t%s' "$(path "$3" "$1" "$cpus")"
	done
	echo
}

# path_rows KERNEL: of the distribution's image first
path_rows() {
	local name image
	path_row "$1" distribution "$(vmlinuz "$1")" 1
	while IFS=$'\t' read -r name image; do
		path_row "$1" "$name" "$image" "${path_cpus[@]}"
	done < <(path_images "$1")
}

# path_ratios: of the figures: "KERNEL<tab>NAME<tab>SIZE<tab>GROWTH", in per cent of one part, and the
# ratios to the distribution
path_ratios() {
	awk -F'\t' -v OFS='\t' '
		$2 == "distribution" { theirs[$1] = $4; next }
		$2 == "--parts 1" { one[$1] = $3 }
		{ row[++rows] = $0 }
		END {
			for (i = 1; i <= rows; i++) {
				split(row[i], cell)
				kernel = cell[1]
				print kernel, cell[2], cell[3],
					sprintf("%+.2f", (cell[3] / one[kernel] - 1) * 100),
					cell[4] / theirs[kernel], cell[5] / theirs[kernel],
					cell[6] / theirs[kernel], cell[7] / theirs[kernel]
			}
		}' "$(figures path)"
}

# path_points: lines for curves.awk: a curve for each number of processors
path_points() {
	local cpus
	for cpus in 2 4 8; do
		path_ratios | awk -F'\t' -v OFS='\t' -v kernel="${path_kernels[0]}" -v cpus="$cpus" '
			BEGIN { column[2] = 6; column[4] = 7; column[8] = 8 }
			$1 == kernel {
				label = $2
				sub("--parts ", "", label)
				sub("as packed", "auto", label)
				print cpus " processors", $4, $column[cpus], label
			}' | sort -t "$(printf '\t')" -k 2,2g
	done
}

# bench_path: the section
bench_path() {
	local kernel
	see_to_boots
	for kernel in "${path_kernels[@]}"; do
		path_rows "$kernel"
	done >"$(figures path)"
	cat <<-END
	## Critical path

	The most instructions that any one processor runs from EFI entry to kernel entry, without those of
	waiting (\`tools/bootcount.c\`, path=on), divided by the number that the distribution's image runs, which
	uses one processor; by the number of processors, ${path_codec[*]}. The size is that of the payload, the
	growth to that of one part.

	| kernel | parts | size | growth | 1 | 2 | 4 | 8 |
	|---|---|---:|---:|---:|---:|---:|---:|
	END
	path_ratios | awk -F'\t' '{ printf "| %s | %s | %s | %s %% | %.3f | %.3f | %.3f | %.3f |\n",
		$1, $2, $3, $4, $5, $6, $7, $8 }'
	printf '\n![Critical path by the growth of the payload; less is better](bench-path.svg)\n'
	path_points | tools/bench/curves.awk -v "title=The critical path of ${path_kernels[0]}, by parts" \
		-v "across=growth of the payload, %" -v "up=path / the distribution's" \
		>docs/bench-path.svg
}
