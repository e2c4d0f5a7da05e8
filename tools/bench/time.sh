# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Time from EFI entry to kernel entry, with one CPU and with two

time_rounds=11
time_kernel=6.12-cloud

# timed_images: "NAME IMAGE" for each image
timed_images() {
	echo "distribution $(vmlinuz $time_kernel)"
	if has_option --parts; then
		echo "one part $(packed $time_kernel zstd --level 22 --parts 1)"
	fi
	echo "as packed $(packed $time_kernel zstd --level 22)"
}

# round: start each image once with each number of CPUs; "NAME<tab>CPUS<tab>MILLISECONDS"
round() {
	local name image cpus
	while read -r line; do
		image=${line##* } name=${line% *}
		for cpus in 1 2; do
			until_kernel "$image" "$time_kernel" "$cpus" ",count=off" --thread multi
			printf '%s\t%s\t%s\n' "$name" "$cpus" "$(between t 1e-3)"
		done
	done <"$work/timed"
}

# bench_time: the section
bench_time() {
	local i
	[ "$(nproc)" -ge 2 ] || say "one CPU here: two in a guest share it"
	see_to_boots
	timed_images >"$work/timed"
	for ((i = 0; i < time_rounds; i++)); do
		say "time to the kernel: round $((i + 1)) of $time_rounds"
		round
	done | sort -t "$(printf '\t')" -k 1,1 -k 2,2 -k 3,3n | awk -F'\t' -v OFS='\t' -v rounds=$time_rounds '
		{ n[$1, $2]++ }
		n[$1, $2] == 1 { least[$1, $2] = $3 }
		n[$1, $2] == (rounds + 1) / 2 { median[$1, $2] = $3 }
		n[$1, $2] == 1 && $2 == 2 { name[++names] = $1 }
		END {
			for (i = 1; i <= names; i++)
				print name[i], median[name[i], 1], median[name[i], 2],
					least[name[i], 1], least[name[i], 2]
		}' >"$(figures time)"
	cat <<-END
	## Time

	From EFI entry to kernel entry, in milliseconds; Debian's $time_kernel kernel, zstd at level 22,
	under TCG with a host thread for each guest CPU (\`thread=multi\`) and without counting: median and
	least of $time_rounds runs, in turn. A guest's milliseconds differ from a real machine's; only the
	ratios are meaningful.

	| image | 1 CPU, median | 2 CPUs, median | ratio | 1 CPU, least | 2 CPUs, least | ratio |
	|---|---:|---:|---:|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %.3f | %s | %s | %.3f |\n", $1, $2, $3, $3 / $2, $4, $5, $5 / $4 }' \
		"$(figures time)"
}
