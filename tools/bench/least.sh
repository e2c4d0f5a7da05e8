# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The least memory that is enough to boot without EFI

# bench_least: the section
bench_least() {
	cat <<-END
	## Least memory without EFI

	In MiB: the least memory with which the kernel, started by SeaBIOS, reaches userspace
	(\`tools/least_memory.sh\`, zstd at level 19):

	END
	say "least memory without EFI"
	BUILD=$BUILD tools/least_memory.sh
}
