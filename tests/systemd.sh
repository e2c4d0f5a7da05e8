# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Programs of the systemd of Debian 13 (257), which run on other releases, too, with the libraries of
# theirs that are unpacked beside them. Sourced by tests.

systemd_folder() {
	tools/unpacked.sh "$1/trixie"
}

systemd_libraries=/usr/lib/x86_64-linux-gnu
systemd_loader=$(systemd_folder libc6)$systemd_libraries/ld-linux-x86-64.so.2
systemd_path=${systemd_loader%/*}:$(systemd_folder libsystemd-shared)$systemd_libraries/systemd
systemd_path+=:$(systemd_folder libssl3t64)$systemd_libraries:$systemd_libraries
systemd_programs=$(systemd_folder systemd)/usr/lib/systemd

# systemd257 PROGRAM ARGUMENT...
systemd257() {
	"$systemd_loader" --library-path "$systemd_path" "$systemd_programs/$1" "${@:2}"
}

systemd_boot=$(systemd_folder systemd-boot-tools)
systemd_ukify=$(systemd_folder systemd-ukify)
systemd_python=$(systemd_folder python3-pefile)/usr/lib/python3/dist-packages
# shellcheck disable=SC2034 # for scripts that source this
efi_stubs=$(systemd_folder systemd-boot-efi)/usr/lib/systemd/boot/efi

# bootctl257 ARGUMENT...
bootctl257() {
	"$systemd_loader" --library-path "$systemd_path" "$systemd_boot/usr/bin/bootctl" "$@"
}

# ukify257 ARGUMENT...
ukify257() {
	PYTHONPATH=$systemd_python python3 "$systemd_ukify/usr/bin/ukify" "$@"
}
