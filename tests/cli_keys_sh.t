#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ovmf/keys.sh: no key is overwritten; the owner in certificates; a passphrase. The run.sh beside it
# is a stand-in that boots nothing. (tests/boot_core_secure.t shows that firmware enrols the keys.)
# shellcheck source=tests/sign.sh
. tests/sign.sh
need openssl sbsiglist sbvarsign

mkdir "$work/ovmf"
cp ovmf/keys.sh "$work/ovmf"
cat >"$work/ovmf/run.sh" <<-'END'
	#!/usr/bin/env bash
	[ ! -e "${0%/*}/broken" ] || { echo "no firmware"; exit 1; }
	printf '%s\n' "$@" >"${0%/*}/arguments"
	while [ "$1" != --variables ]; do shift; done
	echo store >"$2"
END
chmod +x "$work/ovmf/run.sh"
touch "$work/ovmf"/systemd-boot{x64,aa64}.efi
# keys.sh takes systemd-boot from Debian's folder; its content does not matter here.
sed -i "s|^loaders=.*|loaders=$work/ovmf|" "$work/ovmf/keys.sh"
keys=$work/keys

# keys_sh ARGUMENT...: sets status, leaves $work/stdout and $work/stderr; standard input is $typed
typed=""
keys_sh() {
	status=0
	"$work/ovmf/keys.sh" "$@" >"$work/stdout" 2>"$work/stderr" <<<"$typed" || status=$?
}

keys_sh "$keys" --owner "Example / A+B, Inc."
same "exit status" 0 "$status"
same "messages" "" "$(cat "$work/stdout" "$work/stderr")"
for name in PK KEK db; do
	same "subject of $name" "subject=CN = \"Example / A+B, Inc. $name\"" \
		"$(openssl x509 -in "$keys/$name.pem" -noout -subject -nameopt oneline)"
	same "$name.der" "$(openssl x509 -in "$keys/$name.pem" -noout -fingerprint)" \
		"$(openssl x509 -inform DER -in "$keys/$name.der" -noout -fingerprint)"
	same "mode of $name.key" 600 "$(stat -c %a "$keys/$name.key")"
	[ -s "$keys/$name.auth" ] || fault "no $name.auth"
done
[ -s "$keys/vars.fd" ] || fault "no vars.fd"
finish "certificates name the owner; there are DER files, too"

before=$(state "$keys")
keys_sh "$keys"
same "exit status" 1 "$status"
same "messages" \
	"keys.sh: $keys/PK.key is there already, and is not overwritten: name another folder" \
	"$(<"$work/stderr")"
same "the folder" "$before" "$(state "$keys")"
for file in db.key KEK.pem vars.fd; do
	rm -rf "$work/some"
	mkdir "$work/some"
	echo old >"$work/some/$file"
	keys_sh "$work/some"
	same "exit status with $file" 1 "$status"
	same "the folder with $file" "$file" "$(ls "$work/some")"
done
finish "existing files are not overwritten"

keys_sh "$work/unicode" --owner "Müller"
same "subject of db" "subject=CN = Müller db" \
	"$(openssl x509 -in "$work/unicode/db.pem" -noout -subject -nameopt oneline,utf8,-esc_msb)"
long=$(printf 'x%.0s' {1..60})
keys_sh "$work/long" --owner "$long"
same "exit status with 60 characters" 0 "$status"
keys_sh "$work/longer" --owner "${long}y"
same "exit status with 61 characters" 2 "$status"
same "messages" "keys.sh: '${long}y' has more than 60 characters: give a shorter --owner" \
	"$(head -n 1 "$work/stderr")"
[ ! -e "$work/longer" ] || fault "the folder was made"
finish "the owner's name is UTF-8, at most 60 characters"

keys_sh "$work/default"
same "subject of db" "subject=CN = $(id -un)@$(uname -n) db" \
	"$(openssl x509 -in "$work/default/db.pem" -noout -subject -nameopt oneline)"
finish "without --owner the owner is the user at this machine"

keys_sh "$work/arm64" --machine arm64
same "exit status" 0 "$status"
for argument in arm64 /usr/share/AAVMF/AAVMF_VARS.fd; do
	grep -qxF "$argument" "$work/ovmf/arguments" || fault "run.sh is not given $argument"
done
finish "--machine arm64: enrolled by that machine's firmware"

typed=secret
keys_sh "$work/encrypted" --passphrase
same "exit status" 0 "$status"
for name in PK KEK db; do
	grep -q ENCRYPTED "$work/encrypted/$name.key" || fault "$name.key is not encrypted"
done
make_image
PIN=secret run sign "$work/ours.efi" -o "$work/signed.efi" --key "$work/encrypted/db.key" \
	--cert "$work/encrypted/db.pem" --pin-env PIN
same "exit status of sign" 0 "$status"
typed=abc
keys_sh "$work/short" --passphrase
same "exit status with a short one" 1 "$status"
[ ! -e "$work/short" ] || fault "the folder was made"
finish "--passphrase encrypts the keys"

touch "$work/ovmf/broken"
keys_sh "$work/failed"
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == *"no firmware"* ]] || fault "it prints: $(<"$work/stderr")"
[ ! -e "$work/failed" ] || fault "the folder was made"
finish "if the firmware fails no keys are made"

for arguments in "" "--owner" "$work/a $work/b" "$work/a --no-such" \
	"$work/a --machine z80"; do
	# shellcheck disable=SC2086 # several arguments
	keys_sh $arguments
	same "exit status, $arguments" 2 "$status"
done
[ ! -e "$work/a" ] || fault "the folder was made"
finish "a wrong command line"
plan
