# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of unified kernel images: programs of systemd, and the contents of sections.
# shellcheck source=tests/sign.sh
. tests/sign.sh
# shellcheck source=tests/systemd.sh
. tests/systemd.sh

# kind FILE: as bootctl 257 and the newest have it
kind() {
	{
		bootctl_of trixie kernel-identify "$1"
		bootctl_of forky kernel-identify "$1"
	} | uniq
}

# names FILE: of its sections
names() {
	"$bzboot" info --headers --json "$1" | jq -r '[.pe.sections[].name] | join(" ")'
}

# bytes FILE SECTION [N]: as long as VirtualSize, to standard output; of the Nth of that name, from 0
bytes() {
	local offset size
	read -r offset size < <("$bzboot" info --headers --json "$1" | jq -r "
		[.pe.sections[] | select(.name == \"$2\")][${3-0}] |
		\"\(.raw_offset) \([.raw_size, .virtual_size] | min)\"")
	dd if="$1" iflag=skip_bytes,count_bytes skip="$offset" count="$size" status=none
}
