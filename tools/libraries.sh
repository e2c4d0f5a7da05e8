#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# libraries.sh MACHINE...: download what the stubs of arm64, riscv64 or loong64 are built with: the
# decoders' static libraries and gnu-efi's headers, from Debian's packages for that machine. They
# are unpacked in the cache of unpacked.sh, from which make takes them, and are not installed.
#
# libraries.sh --list: print MACHINE:FOLDER for each package, whether it is there or not
set -euo pipefail
here=${BASH_SOURCE[0]%/*}
# shellcheck source=tools/apt.sh
. "$here/apt.sh"

packages="libzstd-dev liblzma-dev zlib1g-dev liblz4-dev gnu-efi"
# machine -> the first release that has all of them
declare -A suites=([arm64]=bookworm [riscv64]=trixie [loong64]=forky)

[ $# -gt 0 ] || fail "usage: libraries.sh --list | arm64|riscv64|loong64..."
if [ "$1" = --list ]; then
	for machine in "${!suites[@]}"; do
		for package in $packages; do
			echo "$machine:$bzboot_cache/unpacked/${package}_${machine}_${suites[$machine]}"
		done
	done
	exit
fi
for machine; do
	[ -n "${suites[$machine]-}" ] || fail "no such machine: $machine"
	for package in $packages; do
		"$here/unpacked.sh" "$package:$machine/${suites[$machine]}" >/dev/null
	done
done
