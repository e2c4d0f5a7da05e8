#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The stub of a unified kernel image on a firmware that fails, and for everything that a boot loader
# may pass to it. The driver of tests/efi tries all of it in one boot; the kernel that starts at the
# end reports the variables.
# shellcheck source=tests/boot.sh
. tests/boot.sh
need python3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=DRIVER

printf P >"$work/initrd"
printf '%s\n' ID=test 'NAME="Test OS"' >"$work/os-release"
pack unified "$testkernel" --uki --os-release "@$work/os-release" \
	--default-cmdline 'packed words initrd=\one' --default-initrd "$work/initrd"
printf '\xff first %02040d' 0 >"$work/cut"
python3 tests/uki/add_profile.py "$boot/unified.efi" "$boot/unified-1.efi" .profile=ID=zero \
	.profile=ID=one '.cmdline= of profile one initrd=\one'$'\n' \
	.profile=ID=two ".cmdline=@$work/cut"
start --kernel "$build/tests/efi/driver.efi" --cmdline unified --disk "$boot/unified-1.efi" \
	--timeout 400

kept_nothing="* status=0x8??????????????? pages=0 pools=0 events=0 files=0 tables=0 wrong=0*"
mapfile -t starts < <(grep "^DRIVER fault=one " "$log")
for line in "${starts[@]}"; do
	# shellcheck disable=SC2053 # a pattern
	[[ $line == $kept_nothing ]] || fault "${line#DRIVER }"
done
[[ ${#starts[@]} -gt 120 && ${starts[-1]} == *" failed=nothing exit=reached "* ]] ||
	fault "only ${#starts[@]} starts"
for name in measured announcements announced; do
	expect "check=$name result=ok"
done
finish_boot "each call fails once: nothing is kept, and no PCR is announced that lacks an event"

for name in nothing words trimmed profile profile_words profile_cut profile_0 no_profile \
	control own own_passed profile_passed named; do
	expect "check=$name result=ok"
done
finish_boot "Secure Boot is off: the profile, the command line and the initrd"

for name in secure_words secure_profile secure_no_profile unreadable decided decided_unreadable \
	decided_off; do
	expect "check=$name result=ok"
done
finish_boot "Secure Boot is on: the loader's command line does not count"

prefix=TESTKERNEL
partition=deadbeef-1234-5678-9abc-def012345678
file='\\EFI\\BOOT\\BOOTX64.EFI'
expect failures=0 "cmdline=given words" efi=ok initrd_table=ok \
	'StubInfo=bzboot *' StubFeatures=1919 StubProfile=1 StubDevicePartUUID=$partition \
	"StubImageIdentifier=$file" StubPcrKernelImage=11 StubPcrKernelParameters=12 \
	LoaderDevicePartUUID=$partition "LoaderImageIdentifier=$file" \
	'LoaderFirmwareInfo=* [0-9]*.[0-9][0-9]' 'LoaderFirmwareType=UEFI 2.[0-9][0-9]'
! line_of 'TESTKERNEL StubPcrInitRD*' >/dev/null || fault "extensions are announced"
finish_boot "the kernel starts, and finds the variables"

plan
