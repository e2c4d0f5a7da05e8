#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# How bzboot writes a file: the new file keeps the old one's attributes, the old file stays if
# anything fails, and a command that fails has changed nothing. The same for all commands that
# write.
#
# Files are written to a tmpfs in a mount namespace; users other than root need a user namespace.
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/sign.sh
. tests/sign.sh
need gcc python3 unshare

make_image
make_key rsa -newkey rsa:2048
ours=$work/ours.efi
signed=$work/signed.efi
signs "$ours" "$signed" --key "$work/rsa.key" --cert "$work/rsa.pem"
finish "an image and a signed image"
kernel=$work/kernel.elf

gcc -shared -fPIC tests/faults.c -o "$work/faults.so" -ldl || fail "gcc cannot make faults.so"

# with_fault VARIABLE=VALUE...: the next runs have these faults
with_fault() {
	runner=(env LD_PRELOAD="$work/faults.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" "$@")
}

without_faults() {
	runner=()
}

disk=$work/disk
out=$disk/out
mkdir "$disk"
mount -t tmpfs tmpfs "$disk" || fail "cannot mount a tmpfs"
trap 'umount "$disk"; rm -rf "$work"' EXIT

# fresh: $out, an empty folder
fresh() {
	rm -rf "$out"
	mkdir -m 777 "$out"
}

# pack [NAME]: a run of pack that writes $out/NAME
pack() {
	run pack "$kernel" -o "$out/${1-file}" --level 1
}

# Each command that writes $out/file: name, then its arguments
commands=(
	"pack $kernel -o $out/file --level 1"
	"sign $ours -o $out/file --key $work/rsa.key --cert $work/rsa.pem"
	"sign $ours --prepare $out/file --cert $work/rsa.pem"
	"unsign $signed -o $out/file"
	"extract $ours -o $out/file"
)

# each FUNCTION: call it with the arguments of each command
each() {
	local line
	for line in "${commands[@]}"; do
		read -ra arguments <<<"$line"
		"$1" "${arguments[@]}"
	done
}

# --- links -------------------------------------------------------------------------

through_dangling_link() {
	fresh
	mkdir "$out/elsewhere"
	ln -s elsewhere/second "$out/file"
	ln -s "$out/elsewhere/target" "$out/elsewhere/second"
	run "$@"
	same "exit status of $1" 0 "$status"
	same "links after $1" "elsewhere/second $out/elsewhere/target" \
		"$(readlink "$out/file") $(readlink "$out/elsewhere/second")"
	[ -s "$out/elsewhere/target" ] || fault "$1: nothing at the end of the links"
	same "files after $1" 1 "$(find "$out" -type f | wc -l)"
}
each through_dangling_link
finish "links to a missing file stay links"

fresh
ln -s nowhere/target "$out/file"
pack
expect_refusal 1 "$out/file: cannot "
ln -sf file "$out/file"
pack
expect_refusal 1 "$out/file: cannot write: "
finish "a link into a missing folder, and one to itself, are refused"

# --- attributes ----------------------------------------------------------------------

# attributes FILE: mode, owner, group and all extended attributes
attributes() {
	python3 -c 'if True:
		import os, sys
		path = sys.argv[1]
		st = os.stat(path)
		print(oct(st.st_mode), st.st_uid, st.st_gid)
		for name in sorted(os.listxattr(path)):
			print(name, os.getxattr(path, name).hex())' "$1"
}

# set_attribute FILE NAME HEX
set_attribute() {
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))' \
		"$@"
}

# make_list TAG:BITS:ID...: acl(5) as Linux stores it in an attribute: version 2, then the entries
make_list() {
	local entry tag bits id
	bytes_le 4 2
	for entry; do
		IFS=: read -r tag bits id <<<"$entry"
		bytes_le 2 "$tag"
		bytes_le 2 "$bits"
		bytes_le 4 "$id"
	done
}

# user::rw-, user:0:rw-, group::---, mask::rw-, other::---
list=$(make_list 1:6:0xffffffff 2:6:0 4:0:0xffffffff 16:6:0xffffffff 32:0:0xffffffff | od -An -v -tx1 |
	tr -d ' \n')
list_name=system.posix_acl_access

# older [MODE]: $out/file, with all kinds of attributes that we may set
older() {
	fresh
	echo old >"$out/file"
	chown 12:34 "$out/file" 2>/dev/null || true
	chmod "${1-0640}" "$out/file"
	set_attribute "$out/file" trusted.test 0102 2>/dev/null || true
	set_attribute "$out/file" security.selinux 6c6162656c 2>/dev/null || true
}

# older_with_list: the same, with an access control list
older_with_list() {
	older
	set_attribute "$out/file" "$list_name" "$list"
}

keeps_attributes() {
	local before
	older_with_list
	before=$(attributes "$out/file")
	run "$@"
	same "exit status of $1" 0 "$status"
	same "attributes after $1" "$before" "$(attributes "$out/file")"
	[ "$(size_of "$out/file")" -gt 4 ] || fault "$1: not written"
}
each keeps_attributes
finish "a file that is replaced keeps mode, owner, group, access control list and labels"

older 6755
set_attribute "$out/file" security.ima 0404 2>/dev/null || true
set_attribute "$out/file" security.capability 0100000200040000000000000000000000000000 2>/dev/null ||
	true
pack
same "exit status" 0 "$status"
same "mode" 755 "$(stat -c %a "$out/file")"
same "attributes that describe the old bytes" "" "$(attributes "$out/file" | grep -E 'ima|capability')"
finish "a file that is replaced keeps neither privileges nor attributes that describe the old bytes"

# default_list: set a default list on $out, which new files inherit
default_list() {
	set_attribute "$out" system.posix_acl_default "$list"
}

older 0664
default_list
before=$(attributes "$out/file")
pack
same "exit status" 0 "$status"
same "attributes" "$before" "$(attributes "$out/file")"
pack new
: >"$out/expected"
same "attributes of a new file" "$(attributes "$out/expected")" "$(attributes "$out/new")"
fresh
(umask 027 && "$bzboot" pack "$kernel" -o "$out/new" --level 1 >/dev/null 2>&1) || fault "pack ended with $?"
same "mode of a new file" 640 "$(stat -c %a "$out/new")"
finish "a folder's default list, and umask, apply to new files only"

# EPERM 1, EIO 5, ENOSPC 28, ENOTSUP 95
without_modes() {
	older 0640
	with_fault FAULT_FCHMOD=1 FAULT_FCHOWN=1 FAULT_FSETXATTR=95
	run "$@"
	without_faults
	same "exit status of $1" 0 "$status"
	[ "$(size_of "$out/file")" -gt 4 ] || fault "$1: not written"
}
each without_modes
finish "a file system without modes and attributes, like FAT, is accepted"

for fault in FAULT_FSETXATTR=1 FAULT_FCHOWN=1; do
	older_with_list
	with_fault "$fault"
	pack
	without_faults
	same "exit status, $fault" 0 "$status"
	same "mode, $fault" 600 "$(stat -c %a "$out/file")"
done
older 0604
with_fault FAULT_FCHOWN=1
pack
without_faults
same "mode if the old group cannot be kept" 600 "$(stat -c %a "$out/file")"
finish "if a list or group cannot be kept, no rights are added"

# unchanged NAME: the last run failed, with one line, and left $out as it was
unchanged() {
	expect_refusal 1 "$out/file: "
	same "the disk after $1" "$before" "$(state "$out")"
}

for fault in FAULT_FSETXATTR=28 FAULT_FCHMOD=5 FAULT_RENAME=5; do
	older_with_list
	before=$(state "$out")
	with_fault "$fault"
	pack
	without_faults
	# The last call of all can fail only after the message.
	[[ $fault != FAULT_RENAME* ]] || : >"$work/stdout"
	unchanged "$fault"
done
finish "a disk that is full or broken when the attributes are copied, or at the rename, is an error"

# --- the order of calls ----------------------------------------------------------------

in_order() {
	fresh
	rm -f "$work/log"
	with_fault FAULT_LOG="$work/log"
	run "$@"
	without_faults
	same "exit status of $1" 0 "$status"
	same "calls of $1" "fsync file rename fsync folder" "$(tr '\n' ' ' <"$work/log" | sed 's/ $//')"
}
each in_order
fresh
with_fault FAULT_FSYNC_FOLDER=22
pack
same "exit status, EINVAL" 0 "$status"
with_fault FAULT_FSYNC_FOLDER=5
pack
without_faults
same "exit status, EIO" 1 "$status"
[[ $(<"$work/stderr") == *": written, but "* ]] || fault "stderr: $(<"$work/stderr")"
finish "the file is synced before it is renamed, the folder afterwards"

# --- signals ----------------------------------------------------------------------------

for name in HUP INT QUIT PIPE ALRM TERM USR1 USR2 XCPU VTALRM PROF IO; do
	older
	before=$(state "$out")
	with_fault FAULT_SIGNAL="$(kill -l "$name")"
	pack 2>/dev/null
	without_faults
	same "exit status after SIG$name" $((128 + $(kill -l "$name"))) "$status"
	same "the disk after SIG$name" "$before" "$(state "$out")"
done
finish "a signal leaves the old file, and no temporary file"

# --- standard output -----------------------------------------------------------------------

# to FILE ARGUMENT...: a run whose standard output is FILE
to() {
	status=0
	: >"$work/stdout"
	"$bzboot" "${@:2}" >"$1" 2>"$work/stderr" || status=$?
}

older
before=$(state "$out")
to /dev/full pack "$kernel" -o "$out/file" --level 1
unchanged "/dev/full"
status=0
"$bzboot" pack "$kernel" -o "$out/file" --level 1 >&- 2>"$work/stderr" || status=$?
unchanged "a closed standard output"
status=0
"$bzboot" pack "$kernel" -o "$out/file" --level 1 >&- 2>&- <&- || status=$?
same "exit status without standard output" 1 "$status"
same "the disk without standard output" "$before" "$(state "$out")"
finish "without standard output nothing is written"

plan
