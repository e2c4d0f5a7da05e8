#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot status: what is installed, and what needs attention: images that are missing, changed, older
# than their sources or refused by the firmware, and too little space. (Whether the firmware takes an
# image: tests/cli_trust.t.)
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/install.sh
. tests/install.sh
need mount sbsiglist

efivars=$work/efivars
global=8be4df61-93ca-11d2-aa0d-00e098032b8c
image=EFI/Linux/token-$version.efi
previous=EFI/Linux/token-$version~previous.efi
entry=loader/entries/token-$version

for name in db other; do
	openssl x509 -in "$work/$name.pem" -outform DER -out "$work/$name.der"
	sbsiglist --owner "$global" --type x509 --output "$work/$name.esl" "$work/$name.der"
done

# keep NAME: the system as it is, for later
keep() {
	cp -a "$root" "$work/$1"
}

# system NAME: that system
system() {
	rm -rf "$root"
	cp -a "$work/$1" "$root"
}

fresh
keep bare
SOURCE_DATE_EPOCH=1600000000 installs
new_initrd
SOURCE_DATE_EPOCH=1700000000 installs
keep both
fresh
SOURCE_DATE_EPOCH=1700000000 installs --layout bls --tries 3
keep bls
finish "systems"

# shows FILTER EXPECTED: a value of the JSON of the last run
shows() {
	same "$1" "$2" "$(jq -c "$1" "$work/stdout")"
}

# well: status finds nothing; leaves its JSON
well() {
	run status --root "$root" --json "$@"
	same "exit status" 0 "$status"
	same stderr "" "$(<"$work/stderr")"
}

# needs MESSAGE ARGUMENT...: status finds this one thing; leaves its JSON
needs() {
	run status --root "$root" --json "${@:2}"
	same "exit status" 1 "$status"
	same stderr "bzboot: $1" "$(<"$work/stderr")"
}

# --- all is well -------------------------------------------------------------------------------

system both
well
shows '.versions | map(.version)' "[\"$version\"]"
shows '.versions[0] | [.running, .layout, .kernel, .installed, .changed, .faults]' \
	"[false,\"uki\",\"/boot/vmlinuz-$version\",1700000000,[],[]]"
size=$(size_of "$esp/$image")
shows '.versions[0].images[0]' "$(jq -nc --argjson size "$size" --arg path "$image" '{path: $path,
	previous: false, tries_left: null, tries_done: null, size: $size, recorded: true,
	signer: "CN=test db", signed: 1700000000, firmware: "unknown"}')"
shows '.versions[0].images[1] | [.path, .previous, .recorded, .signed]' "[\"$previous\",true,true,1600000000]"
largest=$(stat -c %s "$menu"/* | sort -n | tail -n 1)
shows '.esp | [.path, .needed, .enough]' "[\"$esp\",$((largest + 1048576)),true]"
shows '[.kernels, .unrecorded, .faults, .secure_boot]' '[[],[],[],"unknown"]'
read -r blocks free < <(stat -f -c '%b %a' "$esp")
block=$(stat -f -c %S "$esp")
shows .esp.size "$((blocks * block))"
difference=$(($(jq .esp.free "$work/stdout") - free * block))
[ "${difference#-}" -lt 100000000 ] || fault "free: $difference bytes more than stat says"
finish "an image and the one before it"

# mib FILE
mib() {
	awk -v size="$(size_of "$1")" 'BEGIN { printf "%.1f MiB", size / 1048576 }'
}
run status --root "$root"
same "exit status" 0 "$status"
sed '4,6d' "$work/stdout" >"$work/text"
cat >"$work/expected" <<END
system
  firmware  not known: there are no variables of UEFI firmware
  ESP       $esp

$version
  kernel    /boot/vmlinuz-$version
  installed 2023-11-14T22:13:20Z
  image     $image
  size      $(mib "$esp/$image")
  signer    CN=test db
  signed    2023-11-14T22:13:20Z
  firmware  not known: there are no variables of the firmware
  previous  $previous
  size      $(mib "$esp/$previous")
  signer    CN=test db
  signed    2020-09-13T12:26:40Z
  firmware  not known: there are no variables of the firmware
END
diff "$work/expected" "$work/text" >"$work/diff" || fault "text: $(<"$work/diff")"
finish "the same as text"

system bare
well
shows '[.versions, .kernels]' "[[],[\"$version\"]]"
sources=$(cat "$root/boot"/*-"$version" | wc -c)
shows .esp.needed "$((sources + 1048576))"
finish "nothing is installed: the kernel and its initrd tell what space is needed"

system bare
mkdir "$work/kernel-install.staging.1"
mv "$root/boot/initrd.img-$version" "$work/kernel-install.staging.1/initrd"
run install "$version" "$root/boot/vmlinuz-$version" "$work/kernel-install.staging.1/initrd" --root "$root"
same "exit status of install" 0 "$status"
rm -r "$work/kernel-install.staging.1"
well
finish "an initrd of a plugin of kernel-install is gone: all is well"

# --- boot counting, other files ------------------------------------------------------------------

system both
mv "$esp/$image" "$menu/token-$version+2-1.efi"
cp "$esp/$previous" "$menu/token-${version}0.efi"
echo x >"$menu/tokens-$version.efi"
mkdir -p "$esp/loader/entries"
echo "title x" >"$esp/$entry.conf"
well
shows '.versions[0].images[0] | [.path, .tries_left, .tries_done, .recorded]' \
	"[\"EFI/Linux/token-$version+2-1.efi\",2,1,true]"
shows '.unrecorded' "[{\"path\":\"EFI/Linux/token-${version}0.efi\",\"size\":$(size_of "$esp/$previous")},{\"path\":\"$entry.conf\",\"size\":8}]"
run status --root "$root"
same "text of tries" "  tries     2 left, 1 done" "$(grep "^  tries" "$work/stdout")"
grep -A 1 "^files that no record has" "$work/stdout" | grep -q "^  EFI/Linux/token-${version}0.efi, [0-9.]* MiB$" ||
	fault "text of other files: $(<"$work/stdout")"
finish "boot counting; files of our token that no record has"

echo other >"$root/etc/kernel/entry-token"
well
shows '.versions[0].images | length' 2
finish "an image stays that of its record when the token changes"

# --- what needs attention ------------------------------------------------------------------------

again="run 'bzboot install $version'"
system both
new_initrd
needs "$version: /boot/initrd.img-$version has changed since its image was made: $again"
shows '.versions[0].changed' "[\"/boot/initrd.img-$version\"]"
shows '.versions[0].faults' "[{\"subject\":\"$version\",\"text\":\"/boot/initrd.img-$version has changed since its image was made: $again\"}]"
system both
echo quiet >"$root/etc/kernel/cmdline"
needs "$version: command line has changed since its image was made: $again"
rm "$root/etc/kernel/cmdline"
printf '[UKI]\nCmdline=root=/dev/vda1 quiet\n' >>"$conf"
well
system both
rm "$root/boot/vmlinuz-$version"
needs "$root/boot/vmlinuz-$version: cannot open: No such file or directory"
finish "older than its initrd or its command line; a kernel that is gone"

system both
rm "$esp/$image"
needs "$version: its image is gone: $again"
system both
mv "$esp/$previous" "$esp/$image"
needs "$version: its image is not the last one that was made: $again"
system both
put "$esp/$image" $(($(size_of "$esp/$image") - 8192)) 4 0x12345678
needs "$esp/$image: has been changed since bzboot wrote it"
shows '.versions[0].images[0] | [.recorded, .signer, .firmware]' '[false,null,"unknown"]'
system both
echo nonsense >"$esp/$image"
run status --root "$root" --json
same "exit status" 1 "$status"
shows '.versions[0].images[0] | [.recorded, .firmware]' '[false,null]'
finish "an image that is gone, is another one, or was changed"

system both
add_kernel 2.0
needs "2.0: has a kernel, but no image: run 'bzboot install 2.0'"
shows '[(.versions | length), .kernels]' '[1,["2.0"]]'
echo '{' >"$records/2.0.json"
run status --root "$root" --json
same "exit status" 1 "$status"
says "$records/2.0.json: is not JSON"
finish "a kernel without an image, a record that cannot be read"

# --- layout bls ----------------------------------------------------------------------------------

# part NAME: the file of the entry that begins so
part() {
	echo "$esp/token/$version/$1-"*
}
system bls
well
shows '.versions[0].images | length' 1
shows '.versions[0].images[0] | [.path, .tries_left, .signer, .size]' \
	"[\"$entry+3.conf\",3,\"CN=test db\",$(cat "$esp/token/$version"/* "$esp/$entry+3.conf" | wc -c)]"
kernel=$(part linux)
rm "$kernel"
needs "$kernel: cannot open: No such file or directory"
shows '.versions[0].images[0] | [.recorded, .firmware]' '[false,null]'
system bls
echo x >>"$(part initrd.img)"
needs "$(part initrd.img): has been changed since bzboot wrote it"
finish "layout bls: an entry, its kernel and its initrd"

# --- the firmware ----------------------------------------------------------------------------------

# firmware SECUREBOOT LIST: db has it
firmware() {
	rm -rf "$efivars"
	mkdir "$efivars"
	printf '\6\0\0\0%b' "\\x0$1" >"$efivars/SecureBoot-$global"
	{ printf '\x27\0\0\0'; cat "$2"; } >"$efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
}
system both
firmware 0 "$work/other.esl"
well --efivars "$efivars"
shows '[.secure_boot, .versions[0].images[0].firmware]' '["off","off"]'
firmware 1 "$work/db.esl"
well --efivars "$efivars"
shows '[.secure_boot, .versions[0].images[0].firmware]' '["on","db"]'
run status --root "$root" --efivars "$efivars"
grep -q "^  firmware  starts it: db has a certificate of its signature$" "$work/stdout" || fault "text: $(<"$work/stdout")"
firmware 1 "$work/other.esl"
run status --root "$root" --efivars "$efivars" --json
same "exit status" 1 "$status"
refusal="Secure Boot is on, and the firmware refuses it: db has neither a certificate of a signature nor the digest"
same stderr "bzboot: $esp/$image: $refusal
bzboot: $esp/$previous: $refusal" "$(<"$work/stderr")"
shows '.versions[0].images[0].firmware' '"none"'
system bls
run status --root "$root" --efivars "$efivars" --json
same stderr "bzboot: $(part linux): $refusal" "$(<"$work/stderr")"
head -c 50 "$work/db.esl" >"$work/cut.esl"
firmware 1 "$work/cut.esl"
run status --root "$root" --efivars "$efivars"
expect_refusal 1 "$efivars: variable db: is not a list of signatures"
finish "Secure Boot: off, on, an image that the firmware refuses"

# --- the partition -----------------------------------------------------------------------------------

system both
mkdir "$work/elsewhere"
cp -r "$esp"/* "$work/elsewhere"
rm -r "$esp"
run status --root "$root"
expect_refusal 1 "$root: no EFI system partition is mounted"
well --esp "$work/elsewhere"
shows .esp.path "\"$work/elsewhere\""
well --esp "$work/elsewhere" --entry-token another
printf '[Install]\nESP=%s\n' "/elsewhere" >>"$conf"
mv "$work/elsewhere" "$root/elsewhere"
well
shows .esp.path "\"$root/elsewhere\""
finish "--esp, --entry-token, ESP= of bzboot.conf"

system both
mv "$esp" "$work/full"
mkdir "$esp"
trap 'umount -q "$esp" || true; rm -rf "$work"' EXIT
mount -t tmpfs -o size=8m tmpfs "$esp" || fail "cannot mount a tmpfs"
cp -r "$work/full"/* "$esp"
well
head -c 7M /dev/zero >"$esp/other"
run status --root "$root" --json
same "exit status" 1 "$status"
grep -qE "^bzboot: $esp: the next update needs [0-9.]+ MiB, and 0\\.[0-9] MiB are free: 'bzboot remove VERSION' makes room$" \
	"$work/stderr" || fault "$(<"$work/stderr")"
shows '[.esp.enough, (.faults | length)]' '[false,1]'
umount "$esp"
finish "no room for the next update"
plan
