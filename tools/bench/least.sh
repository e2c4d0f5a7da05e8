# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The least memory that is enough to boot without EFI

# bench_least: the section
bench_least() {
	say "least memory without EFI"
	BUILD=$BUILD tools/least_memory.sh >"$work/least"
	awk -F' *[|] *' -v OFS='\t' 'NR > 2 { print $2, $3, $4 }' "$work/least" >"$(figures least)"
	cat <<-END
	## Least memory without EFI

	In MiB: the least memory with which the kernel, started by SeaBIOS, reaches userspace
	(\`tools/least_memory.sh\`, zstd at level 19):

	END
	cat "$work/least"
}
