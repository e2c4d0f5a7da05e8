#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Files beside a unified kernel image on a firmware that fails: the image boots without the file, or
# returns, and keeps nothing. The driver of tests/efi tries all of it in one boot.
# shellcheck source=tests/boot.sh
. tests/boot.sh
need python3 xxd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=DRIVER

printf '%s\n' ID=test 'NAME="Test OS"' >"$work/os-release"
# A bitmap of a red pixel over a blue one
xxd -r -p >"$work/splash" <<-END
	424d3e000000000000003600000028000000010000000200000001001800
	000000000000000000000000000000000000000000000000ff0000000000ff00
END
pack companions "$testkernel" --uki --os-release "@$work/os-release" --splash "$work/splash" \
	--cmdline own

image=EFI/BOOT/BOOTX64.EFI
beside=$work/tree/$image.extra.d
mkdir -p "$beside" "$work"/tree/loader/{credentials,extensions,addons}
cp "$boot/companions.efi" "$work/tree/$image"
echo one >"$beside/one.cred"
echo two >"$beside/two.cred"
echo sysext >"$work/tree/loader/extensions/global.raw"
printf %040d 0 >"$work/tree/loader/random-seed"
python3 tests/uki/companions.py addon "$work/tree/loader/addons/global.addon.efi" .cmdline=global
python3 tests/uki/companions.py addon "$beside/own.addon.efi" .cmdline=addon .initrd=x .ucode=y

start --kernel "$build/tests/efi/driver.efi" --cmdline companions --tree "$work/tree" --timeout 240

# each LINES PATTERN: every report that matches LINES matches PATTERN
each() {
	local line lines
	mapfile -t lines < <(grep "^DRIVER fault=one.*$1" "$log")
	[ ${#lines[@]} -gt 0 ] || fault "no report of $1"
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line == $2 ]] || fault "${line#DRIVER }"
	done
}

each "" "* status=0x8??????????????? pages=0 pools=0 events=0 files=0 tables=0 wrong=0*"
for call in OpenVolume Open Read Write Flush GetInfo LoadImage Blt; do
	each " failed=$call " "* exit=reached *"
done
each " failed=nothing " "* exit=reached *"
expect "check=splash result=ok" "check=seed result=ok"
finish_boot "each call fails once: nothing is kept, and only memory is needed for the boot"

prefix=TESTKERNEL
python3 tests/uki/companions.py initrd "$work/tree" $image >"$work/initrd"
mapfile -t lines < <(initrd_lines "$work/initrd")
# 32 bytes of the firmware, and 32 by the file
expect failures=0 "cmdline=own global addon" seed_size=64 "${lines[@]}"
finish_boot "the kernel starts with all files"

plan
