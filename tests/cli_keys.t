#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot keys: files of keys, lists and signed updates, which are made with all of their folder or not
# at all; rotation; what enroll and reset write, to a folder that stands for efivarfs. (Firmware takes
# them in tests/boot_all_keys.t.)
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/keys.sh
. tests/keys.sh
need sbsiglist gcc mount script

first=$work/first
disk=$work/disk
mkdir "$disk"
trap 'umount -q "$disk" /etc || true; rm -rf "$work"' EXIT

# --- init --------------------------------------------------------------------------------------

keys init "$first" --name "Example / A+B, Inc." --days 100
for name in PK KEK db; do
	openssl x509 -in "$first/$name.crt" -outform DER -out "$work/der"
	identical "$work/der" "$first/$name.cer"
	same "subject of $name" "subject=CN = \"Example / A+B, Inc. $name\"" \
		"$(openssl x509 -in "$first/$name.crt" -noout -subject -nameopt oneline)"
	openssl verify -CAfile "$first/$name.crt" "$first/$name.crt" >"$work/log" 2>&1 ||
		fault "$name.crt: $(<"$work/log")"
	same "key of $name" "$(openssl x509 -in "$first/$name.crt" -noout -pubkey)" \
		"$(openssl pkey -in "$first/$name.key" -pubout)"
	openssl pkey -in "$first/$name.key" -noout -text | grep -q "Private-Key: (2048 bit" ||
		fault "$name.key is not RSA, 2048 bits"
	openssl x509 -in "$first/$name.crt" -noout -checkend $((99 * 86400)) >/dev/null ||
		fault "$name.crt ends too early"
	! openssl x509 -in "$first/$name.crt" -noout -checkend $((101 * 86400)) >/dev/null ||
		fault "$name.crt ends too late"
	same "mode of $name.key" 600 "$(stat -c %a "$first/$name.key")"
done
same "mode of the folder" 700 "$(stat -c %a "$first")"
finish "PK, KEK and db: keys and certificates"

owner=$(<"$first/owner.guid")
[[ $owner =~ ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$ ]] ||
	fault "owner: $owner"
# list_of CERTIFICATE: the control: its list, on standard output
list_of() {
	openssl x509 -in "$1" -outform DER -out "$work/der"
	sbsiglist --owner "$owner" --type x509 --output "$work/control.esl" "$work/der"
	cat "$work/control.esl"
}
for name in PK KEK db; do
	list_of "$first/$name.crt" >"$work/expected"
	identical "$work/expected" "$first/$name.esl"
done
finish "signature lists are those of sbsiglist, byte for byte"

before=$(date -u +%s)
expect_updates "$first"
! is_signed "$first" db db "$first/db.crt" || fault "control: db.auth is signed by db"
! is_signed "$first" db KEK "$first/KEK.crt" || fault "control: db.auth is an update of KEK"

# time_of UPDATE: Unix time
time_of() {
	local at=("$(get "$1" 0 2)")
	local i
	for i in 2 3 4 5 6; do
		at+=($(($(get "$1" "$i" 1))))
	done
	date -u -d "$((at[0]))-${at[1]}-${at[2]} ${at[3]}:${at[4]}:${at[5]}" +%s
}
age=$((before - $(time_of "$first/PK.auth")))
[ "$age" -ge 0 ] && [ "$age" -lt 300 ] || fault "PK.auth is $age seconds old"
same "noPK.auth is later" 1 $(($(time_of "$first/noPK.auth") - $(time_of "$first/PK.auth")))
finish "updates are signed: PK by itself, KEK by PK, db by KEK"

make_image
signs "$work/ours.efi" "$work/signed.efi" --key "$first/db.key" --cert "$first/db.crt"
verifies "$work/signed.efi" --cert "$first/db.cer"
finish "db signs images"

state_before=$(state "$first")
run keys init "$first"
expect_refusal 1 "$first: is there already, and is not overwritten"
same "the folder" "$state_before" "$(state "$first")"
echo >"$work/file"
run keys init "$work/file"
expect_refusal 1 "$work/file: is there already"
run keys init "$work/file/keys"
expect_refusal 1 "$work/file/keys: cannot write: Not a directory"
ln -s nowhere "$work/link"
run keys init "$work/link/"
expect_refusal 1 "$work/link/: is there already"
mkdir "$work/empty"
keys init "$work/empty/"
[ -s "$work/empty/db.key" ] || fault "no db.key in an empty folder"
same "mode" 700 "$(stat -c %a "$work/empty")"
keys init "$work/new/one/two"
[ -s "$work/new/one/two/db.key" ] || fault "no db.key in new folders"
(cd "$work" && "$bzboot" keys init here) || fault "not in the current folder"
[ -s "$work/here/db.key" ] || fault "no db.key in the current folder"
finish "nothing is overwritten; missing folders are made"

keys init "$work/unicode" --name "Müller"
same "subject of db" "subject=CN = Müller db" \
	"$(openssl x509 -in "$work/unicode/db.crt" -noout -subject -nameopt oneline,utf8,-esc_msb)"
long=$(printf 'ü%.0s' {1..60})
keys init "$work/long" --name "$long"
run keys init "$work/longer" --name "${long}y"
expect_refusal 2 "keys: --name has more than 60 characters"
[ ! -e "$work/longer" ] || fault "the folder was made"
same "default" "subject=CN = $(uname -n) db" \
	"$(openssl x509 -in "$work/here/db.crt" -noout -subject -nameopt oneline)"
finish "--name is UTF-8, at most 60 characters; the default is the machine's"

# Another /etc, in this namespace
mkdir "$work/etc"
cp -a /etc/. "$work/etc" 2>"$work/log" || true	# but for what only root reads
rm -rf "$work/etc/bzboot"
mount --bind "$work/etc" /etc
named=/etc/bzboot/bzboot.conf.d/50-keys.conf
(cd "$work" && "$bzboot" keys init used --use) || fault "exit status $?"
printf '[Signing]\nKey=%s/used/db.key\nCert=%s/used/db.crt\n' "$work" "$work" >"$work/expected"
identical "$work/expected" "$named"
run sign "$work/ours.efi" -o "$work/system.efi" --system
expect_silence
verifies "$work/system.efi" --cert "$work/used/db.crt"
run keys init "$work/again" --use
expect_refusal 1 "$named: is there already, and is not overwritten"
rm "$named"
run keys init "$work/a#b" --use
expect_refusal 1 "$work/a#b: --use cannot name it in $named"
run keys init "$work/again" --use --encrypt
expect_refusal 2 "keys: init: --use with --encrypt needs --pin-file"
run keys init "$work/again" --use --encrypt --pin-file "$work/no-pin"
expect_refusal 1 "$work/no-pin: cannot find it: No such file or directory"
[ ! -e "$work/again" ] && [ ! -e "$named" ] || fault "something was made"
echo secret >"$work/pin"
keys init "$work/again" --use --encrypt --pin-file "$work/pin"
same "last line" "PINFile=$work/pin" "$(tail -n 1 "$named")"
umount /etc
finish "--use names the key in bzboot.conf.d: a system's images are signed with it"

# --- faults --------------------------------------------------------------------------------------

gcc -shared -fPIC tests/faults.c -o "$work/faults.so" -ldl || fail "gcc cannot make faults.so"
runner=(env LD_PRELOAD="$work/faults.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" FAULT_RENAME=5)
mkdir "$work/none"
run keys init "$work/none/one/two"
expect_refusal 1 "$work/none/one/two: cannot write: Input/output error"
same "files" "" "$(ls -A "$work/none")"
runner[3]=FAULT_SIGNAL=15
{ run keys init "$work/none/killed"; } 2>/dev/null
same "exit status" 143 "$status"
same "files" killed "$(ls -A "$work/none")"
expect_updates "$work/none/killed"
runner=()
finish "a failing rename leaves nothing, a signal all files"

# full INODES COMMAND...: on a disk with room for INODES more files, the command is refused, and the
# disk stays as it is
full() {
	local before
	mount --options-mode ignore -o "remount,nr_inodes=$(($(df --output=iused "$disk" | tail -n 1) + $1))" "$disk"
	before=$(state "$disk")
	run keys "${@:2}"
	same "exit status" 1 "$status"
	[[ $(<"$work/stderr") == "bzboot: $disk/k: cannot write: No space left on device" ]] ||
		fault "it prints: $(<"$work/stderr")"
	same "the disk" "$before" "$(state "$disk")"
	mount --options-mode ignore -o "remount,nr_inodes=1000" "$disk"
}
mount -t tmpfs -o size=4m tmpfs "$disk" || fail "cannot mount a tmpfs"
for room in 0 1 10; do
	full "$room" init "$disk/k"
done
keys init "$disk/k"
for room in 0 1 10; do
	full "$room" rotate "$disk/k"
done
umount "$disk"
finish "a full disk: nothing changes"

# --- a passphrase ----------------------------------------------------------------------------------

echo secret >"$work/pin"
keys init "$work/encrypted" --encrypt --pin-file "$work/pin"
for name in PK KEK db; do
	grep -q "BEGIN ENCRYPTED" "$work/encrypted/$name.key" || fault "$name.key is not encrypted"
done
PIN=secret signs "$work/ours.efi" "$work/signed.efi" --key "$work/encrypted/db.key" \
	--cert "$work/encrypted/db.crt" --pin-env PIN
PIN=secret keys init "$work/by-env" --encrypt --pin-env PIN
PIN=abc run keys init "$work/short" --encrypt --pin-env PIN
expect_refusal 1 "$work/short: a passphrase has four characters or more"
runner=(setsid)
run keys init "$work/short" --encrypt
expect_refusal 1 "$work/short: needs a passphrase, and there is no terminal"
runner=()
[ ! -e "$work/short" ] || fault "the folder was made"
run keys init "$work/short" --pin-file "$work/pin"
expect_refusal 2 "keys: init: --pin-file and --pin-env need --encrypt"
finish "--encrypt encrypts the keys"

# typed FOLDER WORD WORD: the words are typed as the passphrase and its repetition
typed() {
	status=0
	{ sleep 1; echo "$2"; sleep 1; echo "$3"; sleep 1; } |
		script -qec "'$bzboot' keys init '$1' --encrypt" /dev/null >"$work/stdout" 2>&1 ||
		status=$?
}
typed "$work/typed" secret secret
same "exit status" 0 "$status"
signs "$work/ours.efi" "$work/signed.efi" --key "$work/typed/db.key" \
	--cert "$work/typed/db.crt" --pin-file "$work/pin"
typed "$work/different" secret Secret
same "exit status of two different ones" 1 "$status"
grep -q "two different ones" "$work/stdout" || fault "it prints: $(<"$work/stdout")"
[ ! -e "$work/different" ] || fault "the folder was made"
finish "a terminal is asked for the passphrase, twice"

# --- more certificates -------------------------------------------------------------------------------

make_key vendor -newkey rsa:2048
make_key other -newkey rsa:2048
openssl crl2pkcs7 -nocrl -certfile "$work/vendor.pem" -certfile "$work/other.pem" -out "$work/both.p7b"
openssl x509 -in "$work/vendor.pem" -outform DER -out "$work/vendor.cer"
{ printf '\x27\0\0\0'; cat "$first/db.esl"; } >"$work/efivar"
keys init "$work/also" --also-db "$work/vendor.cer" --also-db "$work/efivar" --also-db "$work/both.p7b" \
	--also-kek "$first/KEK.esl"
owner=$(<"$work/also/owner.guid")
for certificate in "$work/also/db.crt" "$work/vendor.pem"; do
	list_of "$certificate"
done >"$work/expected"
cat "$first/db.esl" >>"$work/expected"
for certificate in "$work/vendor.pem" "$work/other.pem"; do
	list_of "$certificate"
done >>"$work/expected"
identical "$work/expected" "$work/also/db.esl"
list_of "$work/also/KEK.crt" | cat - "$first/KEK.esl" >"$work/expected"
identical "$work/expected" "$work/also/KEK.esl"
expect_updates "$work/also"
run keys init "$work/wrong" --also-kek "$work/ours.efi"
expect_refusal 1 "$work/ours.efi: does not contain a certificate"
[ ! -e "$work/wrong" ] || fault "the folder was made"
finish "--also-db, --also-kek: certificates, bundles, lists, a variable"

# --- list ------------------------------------------------------------------------------------------

run keys list "$first"
same "exit status" 0 "$status"
same "keys" "PK KEK db" "$(grep -v '^ ' "$work/stdout" | tr '\n' ' ' | sed 's/ $//')"
for label in subject until sha256 key private; do
	same "lines of $label" 3 "$(listed "$label" | wc -l)"
done
same "sha256 of PK" "$(openssl x509 -in "$first/PK.crt" -noout -fingerprint -sha256 |
	sed 's/.*=//; s/://g' | tr A-F a-f)" "$(listed sha256 | head -n 1)"
same "until" "$(date -u -d "$(openssl x509 -in "$first/db.crt" -noout -enddate | sed 's/.*=//')" \
	+%Y-%m-%dT%H:%M:%SZ)" "$(listed until | tail -n 1)"
same "key" "RSA, 2048 bits" "$(listed key | head -n 1)"
cp -a "$first" "$work/open"
rm "$work/open/PK.key"
chmod 640 "$work/open/db.key"
run keys list "$work/open"
same "exit status" 1 "$status"
same "private key of PK" "not here" "$(listed private | head -n 1)"
same "messages" "bzboot: $work/open/db.key: others may read this key: its mode is 0640, not 0600" \
	"$(<"$work/stderr")"
run keys list "$work/none"
same "exit status" 1 "$status"
finish "list: subject, end, fingerprint; it refuses a key that others may read"

# --- rotate, retire ------------------------------------------------------------------------------------

# rotation NAME FOLDER [OPTION...]: one test: from one db to the next
rotation() {
	local folder=$2 old
	cp -a "$folder/db.crt" "$work/old.crt"
	cp -a "$folder/db.key" "$work/old.key"
	cp "$folder/db.esl" "$work/old.esl"
	old=$(state "$folder" | grep -c .)
	echo mine >"$folder/mine"
	keys rotate "$folder" "${@:3}"
	identical "$work/old.key" "$folder/db-old.key"
	identical "$work/old.crt" "$folder/db-old.crt"
	! cmp -s "$work/old.key" "$folder/db.key" || fault "db.key is the old one"
	same "modes" "600 600 600 600 700" "$(stat -c %a "$folder"/*.key "$folder" | tr '\n' ' ' | sed 's/ $//')"
	owner=$(<"$folder/owner.guid")
	list_of "$folder/db.crt" | cat - "$work/old.esl" >"$work/expected"
	identical "$work/expected" "$folder/db.esl"
	expect_updates "$folder"
	[ -e "$folder/mine" ] || fault "another file is lost"
	for key in db-old db; do
		run sign "$work/ours.efi" -o "$work/$key.efi" --key "$folder/$key.key" \
			--cert "$folder/$key.crt" "${@:3}"
		verifies "$work/$key.efi" --cert "$folder/$key.crt"
	done
	run keys rotate "$folder" "${@:3}"
	expect_refusal 1 "$folder/db-old.crt: is there already"

	cp "$folder/db.key" "$work/new.key"
	tail -c +$((1 + $(list_of "$folder/db-old.crt" | wc -c))) "$work/old.esl" >"$work/rest"
	keys retire "$folder" "${@:3}"
	list_of "$folder/db.crt" | cat - "$work/rest" >"$work/expected"
	identical "$work/expected" "$folder/db.esl"
	identical "$work/new.key" "$folder/db.key"
	expect_updates "$folder"
	rm "$folder/mine"
	same "number of files" "$old" "$(state "$folder" | grep -c .)"
	run keys retire "$folder" "${@:3}"
	expect_refusal 1 "$folder/db-old.crt: cannot open"
	same "folders left behind" "" "$(find "$work" -name '.bzboot*')"
	finish "$1"
}
cp -a "$first" "$work/rotated"
rotation "rotate, retire" "$work/rotated"
rotation "the same again" "$work/rotated"
rotation "with more certificates in db" "$work/also"
rotation "with encrypted keys" "$work/encrypted" --pin-file "$work/pin"
grep -q ENCRYPTED "$work/encrypted/db.key" || fault "the new key is not encrypted"
ln -s rotated "$work/to-rotated"
keys rotate "$work/to-rotated"
[ -L "$work/to-rotated" ] && [ -e "$work/rotated/db-old.crt" ] || fault "the link is replaced"
finish "the new key is encrypted as the others; a link to the folder stays"

# --- enroll, reset -----------------------------------------------------------------------------------

efivars=$work/efivars
# firmware MODE [NAME=FILE]...: efivarfs has SetupMode MODE, and variables with the contents of files
firmware() {
	local variable
	rm -rf "$efivars"
	mkdir "$efivars"
	printf '\6\0\0\0%b' "\\x0$1" >"$efivars/SetupMode-$global"
	for variable in "${@:2}"; do
		{ printf '\x27\0\0\0'; cat "${variable#*=}"; } \
			>"$efivars/${variable%%=*}-${guids[${variable%%=*}]}"
	done
}

# written NAME [FILE]: it has got an update (a file, unlike a variable, keeps its old size)
written() {
	{ printf '\x27\0\0\0'; cat "$first/${2-$1}.auth"; } >"$work/expected"
	cmp -s -n "$(size_of "$work/expected")" "$work/expected" "$efivars/$1-${guids[$1]}" ||
		fault "$1 is not written"
}

firmware 1
run keys enroll "$first" --efivars "$efivars"
same "exit status" 0 "$status"
same "stdout" "db: written KEK: written PK: written" "$(paste -sd ' ' "$work/stdout")"
for name in PK KEK db; do
	written "$name"
done
finish "enroll, in setup mode"

# stays NAME TEXT OPTION...: refused, and no variable changes
stays() {
	local before
	before=$(state "$efivars")
	run keys enroll "$first" --efivars "$efivars" "${@:2}"
	expect_refusal 1 "$1"
	same "the variables" "$before" "$(state "$efivars")"
}
firmware 0 PK="$work/also/PK.esl"
stays "PK: the firmware has another one, and is not in setup mode"
firmware 0 PK="$first/PK.esl" KEK="$first/KEK.esl" db="$work/also/db.esl"
stays "db: the firmware has 4 more: --replace removes them"
firmware 1 KEK="$work/also/KEK.esl"
stays "KEK: the firmware has 1 more: --replace removes them"
head -c 100 "$first/KEK.esl" >"$work/cut.esl"
firmware 1 KEK="$work/cut.esl"
stays "KEK: the firmware has 1 more: --replace removes them"
run keys enroll "$first" --efivars "$work/none"
expect_refusal 1 "$work/none: has no variable SetupMode"
finish "enroll refuses: another PK, entries that would be lost, no firmware"

firmware 0 PK="$first/PK.esl" KEK="$first/KEK.esl" db="$work/also/db.esl"
run keys enroll "$first" --efivars "$efivars" --replace
same "exit status" 0 "$status"
same "stdout" "db: written KEK: is there already PK: is there already" "$(paste -sd ' ' "$work/stdout")"
written db
finish "enroll, later: what differs, with --replace"

firmware 0 PK="$first/PK.esl"
run keys reset "$first" --efivars "$efivars"
same "exit status" 0 "$status"
same "stdout" "PK: deleted" "$(<"$work/stdout")"
written PK noPK
firmware 0 PK="$work/also/PK.esl"
run keys reset "$first" --efivars "$efivars"
expect_refusal 1 "PK: the firmware has another one"
firmware 1
run keys reset "$first" --efivars "$efivars"
same "exit status in setup mode" 0 "$status"
[ ! -e "$efivars/PK-$global" ] || fault "PK is written in setup mode"
finish "reset deletes only the owner's PK"

mkdir "$work/esp"
keys enroll "$first" --esp "$work/esp"
for name in PK KEK db; do
	identical "$first/$name.auth" "$work/esp/loader/keys/auto/$name.auth"
done
same "files" 3 "$(find "$work/esp" -type f | wc -l)"
run keys enroll "$first" --esp "$work/esp"
expect_refusal 1 "$work/esp/loader/keys/auto: is there already"
run keys enroll "$first" --esp "$work/no-esp"
expect_refusal 1 "$work/no-esp: is not a folder"
[ ! -e "$work/no-esp" ] || fault "it was made"
finish "enroll --esp: for systemd-boot"

# --- the command line ---------------------------------------------------------------------------------

run keys nonsense
expect_refusal 2 "keys: no such action: nonsense"
run keys init "$work/x" "$work/y"
expect_refusal 2 "keys: more than two actions"
for words in "init --esp x" "init --efivars x" "init --replace" "list --name x" "list --use" "enroll --encrypt" \
	"enroll --pin-file x" "rotate --also-db x" "retire --name x" "reset --replace" "reset --esp x"; do
	# shellcheck disable=SC2086 # words
	run keys $words
	expect_refusal 2 "keys: ${words%% *} takes no $(cut -d ' ' -f 2 <<<"$words") ("
done
for days in 0 x 36501; do
	run keys init "$work/x" --days "$days"
	expect_refusal 2 "keys: --days $days is not a number from 1 to 36500"
done
[ ! -e "$work/x" ] || fault "the folder was made"
finish "options of another action"
plan
