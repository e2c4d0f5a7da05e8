#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A full disk: bzboot pack reports it, keeps an older image unchanged, and leaves no other file. The
# disk is a tmpfs in a mount namespace; users other than root need a user namespace.
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc mount

make_kernel
kernel=$work/kernel.elf
disk=$work/disk
mkdir "$disk"
trap 'umount -q "$disk" || true; rm -rf "$work"' EXIT

# on_disk TMPFS-OPTIONS OLDER: mount an empty disk, with an older image on it or without
on_disk() {
	mount -t tmpfs -o "$1" tmpfs "$disk" || fail "cannot mount a tmpfs"
	[ "$2" = no ] || echo "an older image" >"$disk/image.efi"
}

# remount OPTIONS: mount would repeat the old options by default, among them a uid that does not
# exist in the user namespace
remount() {
	mount --options-mode ignore -o "remount,$1" "$disk"
}

# fill_inodes: leave no room for another file, however small
fill_inodes() {
	remount "nr_inodes=$(($(df --output=iused "$disk" | tail -n 1)))"
}

set_read_only() {
	remount ro
}

# full NAME TMPFS-OPTIONS [COMMAND]: one test, on a disk that COMMAND has prepared
full() {
	local older before
	for older in yes no; do
		on_disk "$2" "$older"
		${3-}
		before=$(state "$disk")
		run pack "$kernel" -o "$disk/image.efi"
		expect_refusal 1 "$disk/image.efi: "
		same "the disk" "$before" "$(state "$disk")"
		umount "$disk"
	done
	finish "$1"
}

on_disk size=16m no
run pack "$kernel" -o "$disk/image.efi"
same "exit status" 0 "$status"
needed=$(size_of "$disk/image.efi")
umount "$disk"
finish "control: a disk of 16 MiB has room ($needed bytes)"

full "a disk without room for one page of it" size=8k
full "a disk without room for half of it" "size=$((needed / 2))"
full "a disk without room for its last page" "size=$((needed - 4096))"
full "a disk without room for another file" size=16m,nr_inodes=9 fill_inodes
full "a disk that is read-only" size=16m set_read_only

# A limit on the size of files: no signal, but a message.
runner=(bash -c 'ulimit -f 8 && exec "$@"' limited)
refused "a limit on the size of files" 1 "$image: " pack "$kernel" -o "$image"

plan
