# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Programs of the systemd of Debian 12 (252, bookworm), 13 (257, trixie) and of the next release (forky).
# They run on other releases, too, with the libraries of theirs that are unpacked beside them. Sourced
# by tests.

# The libraries that they need; the C library is the newer one, that of the release or of this system.
declare -A systemd_libraries=(
	[bookworm]="libssl3 libgcrypt20 libgpg-error0 libip4tc2 libkmod2 libseccomp2"
	[trixie]="libc6 libssl3t64" [forky]="libc6 libssl3t64"
)

# with_libraries SUITE PROGRAM ARGUMENT...: a program of a release
with_libraries() {
	local folder=/lib/x86_64-linux-gnu libc path= library unpacked
	libc=/usr$folder
	for library in ${systemd_libraries[$1]}; do
		unpacked=$(tools/unpacked.sh "$library/$1")
		path+=$unpacked$folder:$unpacked/usr$folder:
		[ "$library" != libc6 ] || libc=$unpacked/usr$folder
	done
	path+=$(tools/unpacked.sh "libsystemd-shared/$1")/usr$folder/systemd:/usr$folder
	"$libc/ld-linux-x86-64.so.2" --library-path "$path" "${@:2}"
}

# systemd257 PROGRAM ARGUMENT...
systemd257() {
	with_libraries trixie "$(tools/unpacked.sh systemd/trixie)/usr/lib/systemd/$1" "${@:2}"
}

# bootctl_of SUITE ARGUMENT...
bootctl_of() {
	local package=systemd-boot-tools
	[ "$1" != bookworm ] || package=systemd-boot
	with_libraries "$1" "$(tools/unpacked.sh "$package/$1")/usr/bin/bootctl" "${@:2}"
}

# shellcheck disable=SC2034 # for scripts that source this
efi_stubs=$(tools/unpacked.sh systemd-boot-efi/trixie)/usr/lib/systemd/boot/efi

# python_pe ARGUMENT...: python3 with the module pefile
python_pe() {
	PYTHONPATH=$(tools/unpacked.sh python3-pefile/trixie)/usr/lib/python3/dist-packages python3 "$@"
}

# ukify257 ARGUMENT...
ukify257() {
	python_pe "$(tools/unpacked.sh systemd-ukify/trixie)/usr/bin/ukify" "$@"
}
