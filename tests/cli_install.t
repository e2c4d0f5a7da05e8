#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot install and remove: which kernels, of what, where and under which names; what is replaced, and
# what stays. tests/cli_install_faults.t has what goes wrong.
# shellcheck source=tests/install.sh
. tests/install.sh
need sbsiglist

current=$menu/token-$version.efi
previous=$menu/token-$version~previous.efi

# configure LINE...: more lines of bzboot.conf
configure() {
	printf '%s\n' "$@" >>"$conf"
}

# cmdline_of IMAGE
cmdline_of() {
	run extract "$1" --section .cmdline -o "$work/cmdline"
	cat "$work/cmdline"
}

# removes: one run of remove, which succeeds and says nothing
removes() {
	run remove "$version" --root "$root"
	same "exit status of remove" 0 "$status"
	same "stdout of remove" "" "$(<"$work/stdout")"
	same "stderr of remove" "" "$(<"$work/stderr")"
}

# --- an image -----------------------------------------------------------------------------

fresh
before=$(names "$root/boot")
SOURCE_DATE_EPOCH=1700000000 installs
same stdout "$current: $(size_of "$current") bytes, signed" "$(<"$work/stdout")"
same "names" "token-$version.efi" "$(names "$menu")"
verifies "$current" --cert "$work/db.pem"
same "the command line" "root=/dev/vda1 quiet" "$(cmdline_of "$current")"
run check "$current" --for firmware,sd-boot
same "exit status of check" 0 "$status"
finish "install: a unified kernel image, signed, of the system's kernel, initrd and command line"

record=$records/$version.json
same "record" "$(jq -n --arg image "$(digest_of "$current")" --argjson size "$(size_of "$current")" \
	--arg kernel "$(digest_of "$work/linked")" --argjson kernel_size "$(size_of "$work/linked")" \
	--arg initrd "$(digest_of "$root/boot/initrd.img-$version")" \
	--argjson initrd_size "$(size_of "$root/boot/initrd.img-$version")" \
	--arg inputs "$(jq -r .inputs "$record")" --arg version "$version" \
	--arg certificate "$(openssl x509 -in "$work/db.pem" -outform DER | sha256sum | cut -d ' ' -f 1)" \
	'{ version: $version, token: "token", layout: "uki", time: 1700000000,
	files: [{ path: "EFI/Linux/token-\($version).efi", kind: "image", previous: false, sha256: $image,
		size: $size }],
	folders: ["EFI/Linux"], current: $image,
	sources: [{ path: "/boot/vmlinuz-\($version)", kind: "kernel", sha256: $kernel, size: $kernel_size },
		{ path: "/boot/initrd.img-\($version)", kind: "initrd", sha256: $initrd, size: $initrd_size }],
	cmdline: "root=/dev/vda1 quiet", inputs: $inputs,
	certificate: { sha256: $certificate, subject: "CN=test db" } }')" "$(jq . "$record")"
same "mode" 644 "$(stat -c %a "$record")"
finish "the record"

same_before=$(state "$esp")
installs
same stdout "$current: is up to date" "$(<"$work/stdout")"
same "the ESP" "$same_before" "$(state "$esp")"
for change in "echo loud >$root/etc/kernel/cmdline" "new_initrd" "touch -d @0 $root/boot/vmlinuz-$version" \
	"printf 'ID=other\n' >$root/etc/os-release" "configure [UKI] Title=Else" \
	"cp $work/other.key $root/etc/bzboot/db.key; cp $work/other.pem $root/etc/bzboot/db.pem"; do
	eval "$change"
	installs
	if [[ $change = touch* ]]; then
		same "stdout after $change" "$current: is up to date" "$(<"$work/stdout")"
	else
		same "stdout after $change" "$current: $(size_of "$current") bytes, signed" "$(<"$work/stdout")"
	fi
done
verifies "$current" --cert "$work/other.pem"
verifies "$previous" --cert "$work/db.pem"
in_record
finish "an image stays as it is until one of its parts, the configuration or the key changes"

removes
same "the ESP" "$before" "$(names "$root/boot")"
[ ! -e "$records" ] || fault "a record is left"
run remove "$version" --root "$root"
fails 1 "bzboot: $version: is not installed"
run remove "$version" --root "$root" --hook test
same "exit status of a hook" "0 " "$status $(<"$work/stderr")"
finish "remove: the ESP is as it was"

# --- replacing ----------------------------------------------------------------------------

fresh
installs
old=$(digest_of "$current")
new_initrd
installs
same "names" "token-$version.efi token-$version~previous.efi" "$(names "$menu")"
same "the previous image" "$old" "$(digest_of "$previous")"
second=$(digest_of "$current")
new_initrd
installs
same "the previous image" "$second" "$(digest_of "$previous")"
in_record
new_initrd
installs --drop-previous
same "names" "token-$version.efi" "$(names "$menu")"
in_record
configure "[Install]" "DropPrevious=yes"
new_initrd
installs
same "names" "token-$version.efi" "$(names "$menu")"
in_record
finish "the image before is kept, or not"

fresh
configure "[Install]" "Tries=3"
installs
same "names" "token-$version+3.efi" "$(names "$menu")"
old=$(digest_of "$menu/token-$version+3.efi")
mv "$menu/token-$version+3.efi" "$menu/token-$version+2-1.efi"
installs
same stdout "$menu/token-$version+3.efi: is up to date" "$(<"$work/stdout")"
new_initrd
installs
same "names" "token-$version+3.efi token-$version~previous.efi" "$(names "$menu")"
same "the previous image" "$old" "$(digest_of "$previous")"
mv "$menu/token-$version+3.efi" "$menu/token-$version.efi"
echo 2 >"$root/etc/kernel/tries"
new_initrd
installs --tries 0
same "names" "token-$version.efi token-$version~previous.efi" "$(names "$menu")"
mv "$menu/token-$version.efi" "$menu/token-$version+0-3.efi"
removes
[ ! -e "$menu" ] || fault "left: $(names "$menu")"
finish "boot counting: names with tries, which systemd-boot changes"

fresh
echo 1 >"$root/etc/kernel/tries"
installs
same "names" "token-$version+1.efi" "$(names "$menu")"
echo many >"$root/etc/kernel/tries"
run install --root "$root"
fails 1 "bzboot: /etc/kernel/tries: 'many' is not a number from 0 to 99"
finish "/etc/kernel/tries"

# --- files of others ----------------------------------------------------------------------

fresh
mkdir -p "$menu"
echo "of another tool" >"$current"
foreign=$(digest_of "$current")
echo "of another version" >"$menu/token-$version.1.efi"
run install --root "$root"
same "exit status" 0 "$status"
says "bzboot: $current: warning: bzboot did not make it: it becomes the previous one"
same "the previous image" "$foreign" "$(digest_of "$previous")"
echo "changed" >"$current"
echo "a backup" >"$menu/token-$version.bak"
run remove "$version" --root "$root"
fails 1 "bzboot: $current: stays, because it is not the file that bzboot installed"
same "names" "token-$version.1.efi token-$version.bak token-$version.efi" "$(names "$menu")"
finish "files of other tools: a kernel becomes the previous one, and what bzboot did not make stays"

fresh
mkdir -p "$menu"
echo "of another tool" >"$current"
run install --root "$root" --drop-previous
same "exit status" 0 "$status"
same "the previous image" "$foreign" "$(digest_of "$previous")"
in_record
mv "$current" "$menu/token-$version+1-2.efi"
echo "of a third tool" >"$current"
foreign=$(digest_of "$current")
new_initrd
run install --root "$root" --drop-previous
same "exit status" 0 "$status"
same "names" "token-$version.efi token-$version~previous.efi" "$(names "$menu")"
same "the previous image" "$foreign" "$(digest_of "$previous")"
verifies "$current" --cert "$work/db.pem"
in_record
finish "a kernel of another tool is kept by --drop-previous, and beside one that boots have renamed"

fresh
installs
rm -r "$records"
new_initrd
run install --root "$root"
same "exit status" 0 "$status"
says "$current: warning: bzboot did not make it"
in_record
echo "{" >"$records/$version.json"
new_initrd
run install --root "$root"
same "exit status" 0 "$status"
says "bzboot: $records/$version.json: is not JSON"
in_record
finish "without the record, or with a broken one, a new one is made"

fresh
installs
jq '.files[0].path = "../../boot/vmlinuz-1.2.3-test"' "$records/$version.json" >"$work/evil"
cp "$work/evil" "$records/$version.json"
run remove "$version" --root "$root"
fails 1 "$records/$version.json: is not a record of bzboot" \
	"bzboot: $version: its files are not known without a record: delete that"
[ -e "$root/boot/vmlinuz-$version" ] || fault "the kernel is gone"
finish "a record that names a file elsewhere is none"

# --- where --------------------------------------------------------------------------------

for name in efi boot/efi boot; do
	fresh
	mkdir -p "$root/$name"
	[ "$name" = boot/efi ] || mv "$esp/EFI" "$root/$name"
	installs
	[ -e "$root/$name/EFI/Linux/token-$version.efi" ] || fault "no image in $name"
	finish "the ESP at /$name"
done

fresh
rmdir "$esp/EFI"
run install --root "$root"
fails 1 "bzboot: $root: no EFI system partition is mounted at /efi, /boot/efi or /boot" "ESP="
mkdir -p "$root/elsewhere"
run install --root "$root" --esp "$root/elsewhere"
fails 1 "bzboot: $root/elsewhere: no EFI system partition is mounted here"
mkdir "$root/elsewhere/loader"
configure "[Install]" "ESP=/elsewhere"
installs
same "stdout" "$root/elsewhere/EFI/Linux/token-$version.efi: " "$(grep -o '^.*: ' "$work/stdout")"
finish "no ESP, or another one"

fresh
rm "$root/etc/kernel/entry-token"
run install --root "$root" --entry-token mine
same "names" "mine-$version.efi" "$(names "$menu")"
run install --root "$root" --entry-token yours
same "exit status" 0 "$status"
says "bzboot: $version: warning: keeps the entry token 'mine': 'bzboot remove $version' first"
same "names" "mine-$version.efi" "$(names "$menu")"
new_initrd
run install --root "$root" --entry-token yours
same "names" "mine-$version.efi mine-$version~previous.efi" "$(names "$menu")"
removes
for expected in test 0123456789abcdef0123456789abcdef; do
	installs
	same "names" "$expected-$version.efi" "$(names "$menu")"
	removes
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
done
run install --root "$root" --entry-token "a/b"
fails 2 "bzboot: install: --entry-token: the entry token 'a/b' has a character that is not"
configure "[Install]" "EntryToken=../x"
run install --root "$root"
fails 1 "bzboot: $conf:7: --entry-token: the entry token '../x' begins with '.'"
run config --root "$root"
fails 1 "bzboot: $conf:7: --entry-token: the entry token '../x' begins with '.'"
finish "the entry token"

# --- of what ------------------------------------------------------------------------------

fresh
add_kernel 1.10
mkdir -p "$root/usr/lib/modules/1.9"
cp "$work/linked" "$root/usr/lib/modules/1.9/vmlinuz"
mv "$root/boot/initrd.img-1.10" "$root/boot/initramfs-1.10.img"
seq 9 >"$root/boot/initrd.img-1.9"
touch "$root/boot/vmlinuz" "$root/boot/vmlinuz-1.9.old" "$root/boot/vmlinuz-1.10.dpkg-tmp"
installs
same "names" "token-1.10.efi token-1.2.3-test.efi token-1.9.efi" "$(names "$menu")"
same "order" "1.2.3-test 1.9 1.10" \
	"$(sed -E 's/.*token-(.*)\.efi: .*/\1/' "$work/stdout" | paste -sd ' ')"
rm "$root/boot/initrd.img-1.9"
new_initrd
echo new >"$root/boot/initramfs-1.10.img"
run install --root "$root"
same "exit status" 1 "$status"
says "bzboot: 1.9: is not installed"
same "done" "token-1.2.3-test token-1.10" \
	"$(sed -E 's/.*(token-.*)\.efi: .* signed$/\1/' "$work/stdout" | paste -sd ' ')"
run remove 1.10 --root "$root"
same "names" "token-1.2.3-test.efi token-1.2.3-test~previous.efi token-1.9.efi" "$(names "$menu")"
run remove 1.9 --root "$root"
removes
[ ! -e "$menu" ] || fault "the folder is left"
finish "all kernels of the system; one that cannot be installed does not stop the others"

fresh
seq 50 >"$root/first"
seq 60 >"$root/second"
configure "[Contents]" "Initrd=/first" "[Install]" "Failure=warn"
installs
same "sources" "/boot/vmlinuz-$version /first /boot/initrd.img-$version" \
	"$(jq -r '[.sources[].path] | join(" ")' "$records/$version.json")"
installs "$version" "$work/linked" "$root/second"
same "sources" "$work/linked /first /second" \
	"$(jq -r '[.sources[].path] | join(" ")' "$records/$version.json")"
run extract "$current" --section .initrd -o "$work/initrd"
cat "$root/first" >"$work/expected"
truncate -s %4 "$work/expected"
cat "$root/second" >>"$work/expected"
head -c "$(size_of "$work/expected")" "$work/initrd" >"$work/initrd.cut"
identical "$work/expected" "$work/initrd.cut"
configure "[Contents]" "Initrd=" "NoInitrd=yes"
installs
same "sources" "/boot/vmlinuz-$version" "$(jq -r '[.sources[].path] | join(" ")' "$records/$version.json")"
finish "initrds: those of the configuration first, then those that are given, or the system's"

fresh
configure "[Contents]" "Cmdline=from bzboot.conf"
run install --root "$root"
same "exit status" 0 "$status"
says "bzboot: $conf:7: warning: Cmdline is not used, because /etc/kernel/cmdline has the command line"
same "the command line" "root=/dev/vda1 quiet" "$(cmdline_of "$current")"
mkdir "$root/usr/lib/kernel"
printf 'of\tthe\n\n# no\n vendor' >"$root/usr/lib/kernel/cmdline"
rm "$root/etc/kernel/cmdline"
run install --root "$root"
same "the command line" "of the vendor" "$(cmdline_of "$current")"
rm "$root/usr/lib/kernel/cmdline"
installs
same "the command line" "from bzboot.conf" "$(cmdline_of "$current")"
finish "the command line"

fresh
run install "../$version" --root "$root"
fails 1 "bzboot: ../$version: the version '../$version' begins with '.'"
run install 9.9 --root "$root"
fails 1 "bzboot: 9.9: there is no kernel of this version: neither $root/boot/vmlinuz-9.9 nor"
run remove "../$version" --root "$root"
fails 1 "bzboot: ../$version: the version"
rm "$root/boot/vmlinuz-$version"
run install --root "$root"
fails 1 "there is no kernel in $root/boot or /usr/lib/modules"
finish "versions that are none"

# --- keys and layouts ---------------------------------------------------------------------

fresh
: >"$conf"
run install --root "$root"
fails 1 "bzboot: $root: there is no layout: set Layout=uki in [Install] of bzboot.conf"
run install --root "$root" --hook test
same "a hook" "0 " "$status $(<"$work/stdout")$(<"$work/stderr")"
configure "[Install]" "Layout=none"
run install --root "$root" --hook test
same "a hook" "0 " "$status $(<"$work/stdout")$(<"$work/stderr")"
[ ! -e "$menu" ] || fault "installed"
installs --layout uki
same "stdout" "$current: $(size_of "$current") bytes, not signed" "$(<"$work/stdout")"
same "certificate" null "$(jq .certificate "$records/$version.json")"
finish "no layout, no key"

printf 'Layout=cloud\n' >>"$conf"
run install --root "$root"
fails 1 "bzboot: $conf:3: --layout 'cloud' is not uki, bls or none"
run install --root "$root" --layout cloud
fails 2 "bzboot: install: --layout 'cloud' is not uki, bls or none"
run config --root "$root"
fails 1 "bzboot: $conf:3: --layout 'cloud' is not uki, bls or none"
finish "an unknown layout"

fresh
: >"$conf"
mkdir "$work/vars"
printf '\6\0\0\0\1' >"$work/vars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
run install --root "$root" --layout uki --efivars "$work/vars"
fails 1 "bzboot: $work/vars: Secure Boot is on, and bzboot.conf has no Key= and Cert="
[ ! -e "$menu" ] || fault "installed"
printf '\6\0\0\0\0' >"$work/vars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
installs --layout uki --efivars "$work/vars"
finish "with Secure Boot on, a key is needed"

# firmware_has NAME: db is a list with the certificate NAME.pem
firmware_has() {
	openssl x509 -in "$work/$1.pem" -outform DER -out "$work/der"
	sbsiglist --owner 8be4df61-93ca-11d2-aa0d-00e098032b8c --type x509 --output "$work/esl" "$work/der"
	{ printf '\x27\0\0\0'; cat "$work/esl"; } >"$work/vars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
}
fresh
printf '\6\0\0\0\1' >"$work/vars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
firmware_has other
for layout in uki bls; do
	run install --root "$root" --layout "$layout" --efivars "$work/vars"
	fails 1 ": Secure Boot is on, and the firmware would refuse it: db has neither" \
		"bzboot: $version: is not installed"
	same "on the ESP" EFI "$(names "$esp")"
done
firmware_has db
installs --efivars "$work/vars"
finish "with Secure Boot on, the firmware has to trust the key"

fresh
cp "$work/other.pem" "$root/etc/bzboot/db.pem"
run install --root "$root"
fails 1 "$root/etc/bzboot/db.key: is not the key of $root/etc/bzboot/db.pem" "bzboot: $version: is not installed"
[ ! -e "$menu" ] || fault "installed"
finish "a certificate of another key"

fresh
rm "$root/etc/os-release"
run install --root "$root"
fails 1 "needs --os-release"
finish "a system without os-release"

plan
