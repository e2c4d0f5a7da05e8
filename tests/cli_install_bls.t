#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot install --layout bls: a kernel with an entry of the Boot Loader Specification, and its initrds
# beside it. And systemd-boot, which install signs.
# shellcheck source=tests/install.sh
. tests/install.sh

entries=$esp/loader/entries
own=$esp/token/$version
entry=$entries/token-$version.conf
previous=$entries/token-$version~previous.conf

# line KEY FILE: the values of the lines of an entry
line() {
	sed -n "s/^$1  *//p" "$2" | paste -sd ' '
}

# points FILE KEY EXPECTED: the lines name files with these bytes
points() {
	local name expected
	read -ra expected <<<"$3"
	for name in $(line "$2" "$1"); do
		same "$2 of ${1##*/}" "$(digest_of "${expected[0]}")" "$(digest_of "$esp$name")"
		expected=("${expected[@]:1}")
	done
	same "more files for $2" 0 ${#expected[@]}
}

fresh
printf '[Install]\nLayout=bls\n[Signing]\nNoSigningTime=yes\n' >>"$conf"
cp "$root/boot/initrd.img-$version" "$work/old"
installs
same stdout "$entry: " "$(grep -o '^.*: ' "$work/stdout")"
linux=$(line linux "$entry") initrd=$(line initrd "$entry")
same "entry" "title      Test OS
version    $version
sort-key   test
options    root=/dev/vda1 quiet
linux      /token/$version/linux-$(digest_of "$esp$linux" | head -c 8)
initrd     /token/$version/initrd.img-$version-$(digest_of "$work/old" | head -c 8)" "$(<"$entry")"
points "$entry" initrd "$work/old"
verifies "$esp$linux" --cert "$work/db.pem"
same "files" "${linux##*/} ${initrd##*/}" "$(names "$own" | tr ' ' '\n' | sort -r | paste -sd ' ')"
run info --json "$esp$linux"
same "kinds" false "$(jq '[.kinds[]? | select(. == "uki")] | length > 0' "$work/stdout")"
in_record
installs
same stdout "$entry: is up to date" "$(<"$work/stdout")"
finish "a kernel, its initrd, and the entry that names them"

for name in "$linux" "$initrd"; do
	rm "$esp$name"
	installs --drop-previous
	in_record
	echo broken >"$esp$name"
	installs --drop-previous
	in_record
done
points "$entry" initrd "$work/old"
verifies "$esp$linux" --cert "$work/db.pem"
same "number of files" 2 "$(names "$own" | wc -w)"
finish "a file of an entry that is gone or damaged is written again"

new_initrd
installs
same "entries" "token-$version.conf token-$version~previous.conf" "$(names "$entries")"
points "$previous" initrd "$work/old"
points "$entry" initrd "$root/boot/initrd.img-$version"
same "the kernel of both" "$(line linux "$entry")" "$(line linux "$previous")"
same "number of files" 3 "$(names "$own" | wc -w)"
in_record
cp "$root/boot/initrd.img-$version" "$work/old"
new_initrd
installs
points "$previous" initrd "$work/old"
same "number of files" 3 "$(names "$own" | wc -w)"
in_record
echo "root=/dev/sda2" >"$root/etc/kernel/cmdline"
installs --drop-previous
same "options" root=/dev/sda2 "$(line options "$entry")"
same "entries" "token-$version.conf" "$(names "$entries")"
same "number of files" 2 "$(names "$own" | wc -w)"
in_record
finish "the entry before is kept with its files, or not; files that no entry names go"

installs --tries 2
mv "$entry" "$entries/token-$version+1-1.conf"
new_initrd
installs --tries 2
same "entries" "token-$version+2.conf token-$version~previous.conf" "$(names "$entries")"
in_record
finish "boot counting"

sed -i 's/root=/single root=/' "$entries/token-$version+2.conf"
run remove "$version" --root "$root"
fails 1 "bzboot: $entries/token-$version+2.conf: stays"
same "entries" "token-$version+2.conf" "$(names "$entries")"
rm "$entries/token-$version+2.conf"
installs
sed -i 's/root=/single root=/' "$entry"
new_initrd
run install --root "$root"
says "bzboot: $entry: warning: bzboot did not make it: it becomes the previous one"
points "$previous" linux "$esp$(line linux "$entry")"
[ -e "$esp$(line initrd "$previous")" ] || fault "the files of an entry that was edited are gone"
finish "an entry that was edited is not ours, and keeps its files until the next run but one"

fresh
printf '[Contents]\nInitrd=/first\nMicrocode=/ucode\n[Install]\nLayout=bls\n' >>"$conf"
printf '070701 of microcode' >"$root/ucode"
seq 5 >"$root/first"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
cp "$root/etc/machine-id" "$root/etc/kernel/entry-token"
installs
entry=$entries/$(<"$root/etc/machine-id")-$version.conf
points "$entry" initrd "$root/ucode $root/first $root/boot/initrd.img-$version"
same "machine" "$(<"$root/etc/machine-id")" "$(line machine-id "$entry")"
same "options" "root=/dev/vda1 quiet systemd.machine_id=$(<"$root/etc/machine-id")" "$(line options "$entry")"
finish "several initrds, and the machine's ID"

run install --root "$root" --layout uki
fails 1 "bzboot: $version: is installed with layout bls: 'bzboot remove $version' first"
run remove "$version" --root "$root"
same "exit status" 0 "$status"
same "the ESP" EFI "$(names "$esp")"
finish "remove: the ESP is as it was"

# --- systemd-boot -------------------------------------------------------------------------

loader=$(tools/unpacked.sh systemd-boot-efi/bookworm)/usr/lib/systemd/boot/efi/systemd-bootx64.efi
fresh
mkdir -p "$esp/EFI/systemd" "$esp/EFI/BOOT"
cp "$loader" "$esp/EFI/systemd/systemd-bootx64.efi"
signs "$loader" "$esp/EFI/BOOT/BOOTX64.EFI" --key "$work/other.key" --cert "$work/other.pem"
installs
verifies "$esp/EFI/systemd/systemd-bootx64.efi" --cert "$work/db.pem"
verifies "$esp/EFI/BOOT/BOOTX64.EFI" --cert "$work/db.pem" --cert "$work/other.pem"
same "signatures" 2 "$(grep -c '^signature' "$work/stdout")"
before=$(state "$esp")
installs
same "the ESP" "$before" "$(state "$esp")"
finish "systemd-boot gets a signature, once, beside those that it has"

# Nothing looks at the machine in the file.
others=(EFI/systemd/systemd-boot{aa64,riscv64,loongarch64}.efi EFI/BOOT/BOOT{AA64,RISCV64,LOONGARCH64}.EFI)
for other in "${others[@]}"; do
	cp "$loader" "$esp/$other"
done
installs
for other in "${others[@]}"; do
	verifies "$esp/$other" --cert "$work/db.pem"
	rm "$esp/$other"
done
finish "that for another machine is signed, too"

cp "$loader" "$esp/EFI/systemd/systemd-bootx64.efi"
cp "$work/linked" "$esp/EFI/BOOT/BOOTX64.EFI"
installs --no-sign-loader
identical "$loader" "$esp/EFI/systemd/systemd-bootx64.efi"
installs
verifies "$esp/EFI/systemd/systemd-bootx64.efi" --cert "$work/db.pem"
identical "$work/linked" "$esp/EFI/BOOT/BOOTX64.EFI"
finish "other boot loaders stay as they are, and systemd-boot, if it is wished"

cp "$loader" "$esp/EFI/systemd/systemd-bootx64.efi"
mv "$root/boot/initrd.img-$version" "$work/old"
run install --root "$root"
same "exit status" 1 "$status"
verifies "$esp/EFI/systemd/systemd-bootx64.efi" --cert "$work/db.pem"
finish "systemd-boot is signed also if there is no new image"

# --esp names an XBOOTLDR partition, as kernel-install does if there is one
fresh
mkdir -p "$root/boot/loader" "$root/efi/EFI/BOOT"
cp "$loader" "$root/efi/EFI/BOOT/BOOTX64.EFI"
run install "$version" --root "$root" --esp "$root/boot"
same "exit status" 0 "$status"
verifies "$root/efi/EFI/BOOT/BOOTX64.EFI" --cert "$work/db.pem"
finish "systemd-boot on another partition than the images is signed, too"
plan
