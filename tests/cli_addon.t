#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot addon: addons that bootctl, ukify and firmware's rules take for such, and profiles that
# pack, edit and ukify join to an image.
# shellcheck source=tests/uki.sh
. tests/uki.sh
need jq openssl sbverify

make_kernel
make_key rsa -newkey rsa:2048
kernel=$work/kernel.elf
mkdir -p "$out"
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
printf 'ID=rescue\nPRETTY_NAME="Rescue OS"\n' >"$work/rescue"
seq 5000 >"$work/initrd"
printf '070701 of microcode' >"$work/ucode"
printf 'a\nb\n' >"$work/cmdline"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$work/sbat"

# adds OPTION...: $image, without a message
adds() {
	run addon -o "$image" "$@"
	same "addon $*" "0 " "$status $(<"$work/stdout")$(<"$work/stderr")"
}

# has SECTION FILE: the bytes of $image's SECTION are those of FILE
has() {
	bytes "$image" "$1" | cmp -s - "$2" || fault "$1 is not $2"
}

adds --cmdline "debug x=1"
same "names" ".text .cmdline .sbat" "$(names "$image")"
same "command line" "debug x=1" "$(bytes "$image" .cmdline)"
same "SBAT" "sbat uki-addon" "$(bytes "$image" .sbat | cut -d , -f 1 | paste -sd ' ')"
same "kind by bootctl" addon "$(kind "$image")"
same "kinds" '["PE","addon"]' "$("$bzboot" info --json "$image" | jq -c .kinds)"
same "machine, subsystem, entry" "34404 10 0x1000" \
	"$("$bzboot" info --json "$image" | jq -r '.pe | "\(.machine) \(.subsystem) \(.entry)"')"
same "code" "48b8030000000000 0080c3" "$(bytes "$image" .text | od -An -v -tx1 | tr -d ' \n' | sed 's/.\{16\}/& /')"
same "command line by ukify" "debug x=1" "$(ukify257 --json=short inspect "$image" | jq -r '.".cmdline".text')"
finish "an addon with a command line"

adds --cmdline "@$work/cmdline" --initrd "$work/initrd" --microcode "$work/ucode" --uname 1.2.3 --sbat "$work/sbat" \
	--section ".more:text"
same "names" ".text .cmdline .uname .ucode .initrd .sbat .more" "$(names "$image")"
same "command line" "a b" "$(bytes "$image" .cmdline)"
has .initrd "$work/initrd"
has .ucode "$work/ucode"
same "uname" 1.2.3 "$(bytes "$image" .uname)"
same "SBAT" "sbat ours uki-addon" "$(bytes "$image" .sbat | cut -d , -f 1 | paste -sd ' ')"
same "kind by bootctl" addon "$(kind "$image")"
run hash "$image"
same "doubts of the digest" "" "$(<"$work/stderr")"
finish "an addon with all sections"

adds --initrd "$work/initrd" --key "$work/rsa.key" --cert "$work/rsa.pem"
verifies "$image" --cert "$work/rsa.pem"
sbverify --cert "$work/rsa.pem" "$image" >"$work/log" 2>&1 || fault "sbverify: $(<"$work/log")"
adds --initrd "$work/initrd"
cp "$image" "$work/plain.efi"
signs "$image" "$image" --key "$work/rsa.key" --cert "$work/rsa.pem"
sbverify --cert "$work/rsa.pem" "$image" >"$work/log" 2>&1 || fault "sbverify: $(<"$work/log")"
run unsign "$image"
identical "$work/plain.efi" "$image"
finish "an addon is signed, and verified by others"

run edit "$work/plain.efi" -o "$image" --cmdline "a" --uname 2
same "names" ".text .initrd .sbat .cmdline .uname" "$(names "$image")"
same "kind by bootctl" addon "$(kind "$image")"
run edit "$image" -o "$image" --remove .uname --remove .cmdline
identical "$work/plain.efi" "$image"
finish "an addon is edited"

# --- profiles -----------------------------------------------------------------------------

adds --profile "ID=rescue
TITLE=Rescue" --cmdline single --initrd "$work/initrd" --os-release "@$work/rescue"
cp "$image" "$work/rescue.efi"
same "names" ".text .profile .osrel .cmdline .initrd" "$(names "$image")"
adds --profile "ID=debug" --cmdline debug
cp "$image" "$work/debug.efi"
finish "profiles begin with .profile and have no SBAT"

run pack "$kernel" -o "$image" --level 1 --uki --os-release "@$work/osrel" --cmdline quiet --profile ID=main \
	--join-profile "$work/rescue.efi" --join-profile "$work/debug.efi" --section .more:x
same "exit status" 0 "$status"
same "names" ".text .data .osrel .cmdline .uname .linux .sbat .sdmagic .more .profile .profile .osrel .cmdline \
.initrd .profile .cmdline" "$(names "$image")"
same "profiles" "ID=main|ID=rescue TITLE=Rescue|ID=debug" \
	"$(for n in 0 1 2; do bytes "$image" .profile $n | paste -sd ' '; done | paste -sd '|')"
same "command lines" "quiet single debug" "$(for n in 0 1 2; do bytes "$image" .cmdline $n; echo; done | paste -sd ' ')"
same "initrd outside profiles" 0 "$("$bzboot" info --json "$image" | jq .manifest.initrd_size)"
same "kind by bootctl" uki "$(kind "$image")"
same "profiles by ukify" 3 "$(ukify257 inspect "$image" | grep -c '^\.profile:')"
finish "pack joins profiles"

cp "$image" "$work/profiles.efi"
run edit "$work/profiles.efi" -o "$image"
identical "$work/profiles.efi" "$image"
run edit "$work/profiles.efi" -o "$image" --profile 1 --append more --remove .osrel
same "exit status" "0" "$status$(<"$work/stderr")"
same "names" "$(names "$work/profiles.efi" | sed 's/\.profile \.osrel/.profile/')" "$(names "$image")"
same "command lines" "quiet|single more|debug" "$(for n in 0 1 2; do bytes "$image" .cmdline $n; echo; done | paste -sd '|')"
run edit "$work/profiles.efi" -o "$image" --profile 2 --cmdline debug --initrd "$work/initrd"
same "names" "$(names "$work/profiles.efi") .initrd" "$(names "$image")"
finish "profiles of an image of bzboot are edited"

run pack "$kernel" -o "$work/two.efi" --level 1 --uki --os-release "@$work/osrel" --cmdline quiet --profile ID=main \
	--join-profile "$work/rescue.efi" --section .more:x
run edit "$work/two.efi" -o "$image" --join-profile "$work/debug.efi"
identical "$work/profiles.efi" "$image"
finish "edit joins a profile, as pack does"

truncate -s 3000000 "$work/kernel"
ukify257 build --stub "$efi_stubs/linuxx64.efi.stub" --linux "$work/kernel" --uname 1.2.3 --os-release "@$work/osrel" \
	--output "$work/theirs.efi" --profile ID=main --join-profile "$work/debug.efi" >"$work/log" 2>&1 ||
	fault "ukify: $(<"$work/log")"
run edit "$work/theirs.efi" -o "$image" --join-profile "$work/rescue.efi"
same "names" "$(names "$work/theirs.efi") .profile .osrel .cmdline .initrd" "$(names "$image")"
same "profiles by ukify" 3 "$(ukify257 inspect "$image" | grep -c '^\.profile:')"
finish "ukify joins a profile of ours, and edit adds one to its image"

# --- refused ------------------------------------------------------------------------------

refused "nothing to add" 2 "addon: missing option: --cmdline, --initrd" addon -o "$image" --uname 1
refused "no file" 2 "addon: missing option: -o ADDON" addon --cmdline x
refused "an argument" 2 "addon: takes no argument: x" addon x -o "$image" --cmdline x
refused "os-release without a profile" 2 "addon: --os-release and --splash need --profile" \
	addon -o "$image" --cmdline x --os-release "@$work/osrel"
refused "a profile without a name" 1 "--profile: not a profile" addon -o "$image" --profile nonsense
refused "a long command line" 2 "addon: the command line has 2048" addon -o "$image" \
	--cmdline "$(head -c 2048 /dev/zero | tr '\0' x)"
refused "microcode that is compressed" 1 "$work/initrd: not microcode" addon -o "$image" --microcode "$work/initrd"
refused "SBAT that shim refuses" 1 "$work/initrd: " addon -o "$image" --cmdline x --sbat "$work/initrd"
refused "--key without --cert" 2 "addon: --key and --cert" addon -o "$image" --cmdline x --key "$work/rsa.key"
uki=(pack "$kernel" -o "$image" --uki --os-release "@$work/osrel")
refused "joining a file without a profile" 1 "$work/plain.efi: does not begin with a section .profile" "${uki[@]}" \
	--join-profile "$work/plain.efi"
refused "joining another file" 1 "$work/osrel: is a file of unknown format, not a PE image" "${uki[@]}" \
	--join-profile "$work/osrel"
refused "joining an image" 1 "$work/theirs.efi: does not begin with a section .profile" "${uki[@]}" \
	--join-profile "$work/theirs.efi"
run edit "$work/debug.efi" -o "$work/double.efi" --join-profile "$work/rescue.efi"
refused "joining a file with two profiles" 1 "$work/double.efi: has more than one section .profile" "${uki[@]}" \
	--join-profile "$work/double.efi"
ukify257 build --stub "$efi_stubs/addonx64.efi.stub" --profile "ID=tree" --devicetree "$work/initrd" \
	--output "$work/tree.efi" >"$work/log" 2>&1 || fault "ukify: $(<"$work/log")"
refused "joining a device tree" 1 "--join-profile: kernels for x86-64 take no device tree from a loader" "${uki[@]}" \
	--join-profile "$work/tree.efi"
refused "a profile of an image that is not a UKI" 2 "pack: --os-release, " pack "$kernel" -o "$image" \
	--profile ID=x

plan
