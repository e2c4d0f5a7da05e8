# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of unified kernel images: those of ukify 257, bootctl 257, and the contents of
# sections. Both are of Debian 13, unpacked, not installed.
# shellcheck source=tests/sign.sh
. tests/sign.sh

# ukify ARGUMENT...: of Debian 13
ukify() {
	PYTHONPATH=$pefile/usr/lib/python3/dist-packages python3 "$systemd_ukify/usr/bin/ukify" "$@"
}

# bootctl_257 ARGUMENT...
bootctl_257() {
	local library=usr/lib/x86_64-linux-gnu
	"$libc/$library/ld-linux-x86-64.so.2" --library-path \
		"$libc/$library:$shared/$library/systemd:$ssl/$library" \
		"$systemd_boot/usr/bin/bootctl" "$@"
}

# unpack_systemd: the packages of both, and $efi_stubs, a folder
# shellcheck disable=SC2034 # for scripts that source this
unpack_systemd() {
	systemd_ukify=$(tools/unpacked.sh systemd-ukify/trixie)
	pefile=$(tools/unpacked.sh python3-pefile/trixie)
	efi_stubs=$(tools/unpacked.sh systemd-boot-efi/trixie)/usr/lib/systemd/boot/efi
	systemd_boot=$(tools/unpacked.sh systemd-boot-tools/trixie)
	shared=$(tools/unpacked.sh libsystemd-shared/trixie)
	libc=$(tools/unpacked.sh libc6/trixie)
	ssl=$(tools/unpacked.sh libssl3t64/trixie)
}

# kind FILE: as bootctl has it
kind() {
	bootctl_257 kernel-identify "$1"
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
