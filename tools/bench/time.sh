# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Time from EFI entry to kernel entry, with one CPU and with two.

time_rounds=5
time_kernel=6.12-cloud

# timed_images: "NAME IMAGE" of each
timed_images() {
	echo "distribution $(vmlinuz $time_kernel)"
	if has_option --segments; then
		echo "one segment $(packed $time_kernel zstd --level 22 --segments 1)"
	fi
	echo "as packed $(packed $time_kernel zstd --level 22)"
}

# round: each image once with each number of CPUs; "NAME<tab>CPUS<tab>MILLISECONDS"
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
	done | awk -F'\t' -v OFS='\t' '
		!($1 in first) { first[$1]; name[++n] = $1 }
		!(($1, $2) in least) || $3 < least[$1, $2] { least[$1, $2] = $3 }
		END { for (i = 1; i <= n; i++) print name[i], least[name[i], 1], least[name[i], 2] }' \
		>"$(figures time)"
	cat <<-END
	## Time

	From EFI entry to kernel entry, in milliseconds; Debian's $time_kernel kernel, zstd at level 22, under TCG with a host
	thread for each guest CPU (\`thread=multi\`) and nothing counted: the least of $time_rounds runs. A guest's milliseconds
	say nothing of a real machine's; how the columns compare does.

	| image | 1 CPU | 2 CPUs | ratio |
	|---|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %s | %s | %.3f |\n", $1, $2, $3, $3 / $2 }' "$(figures time)"
	has_option --segments ||
		printf '\nThis bzboot decompresses on one CPU, whatever the number.\n'
}
