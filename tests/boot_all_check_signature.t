#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot check, about signatures and SBAT: each broken file of tests/check/signature_cases.py, whose
# signatures db trusts, is tried with those that verify it: firmware with Secure Boot on, shim 16, which
# GRUB and systemd-boot ask, sbverify and osslsigncode. They refuse what bzboot check says they do.
# shellcheck source=tests/secure.sh
. tests/secure.sh
need python3 sbverify osslsigncode objcopy

# Not signed: refused, although this is not the reason that bzboot check has
unsigned="signature-missing signature-no-directory signature-stale-directory"
# Signed by an issuer that is in no db
foreign="signature-microsoft-ca"
# The finding is about signing once more; that the file passes is tried below
passes="signature-table-alignment"

files=$boot/check-signature
rm -rf "$files"
mkdir -p "$files"
cat >"$work/sbat" <<-'END_OF_SBAT'
	sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
	example,1,Example,linux,6.12,https://example.org/linux
END_OF_SBAT
"$bzboot" pack "$testkernel" -o "$work/good" --sbat "$work/sbat" --fast \
	--key "$keys/db.key" --cert "$keys/db.pem" >"$work/log" 2>&1 || fail "$(<"$work/log")"
python3 tests/check/secure_cases.py "$work/good" "$keys/db.key" "$keys/db.der" "$files" ||
	fail "no broken files"
rm "$files/$foreign"
cp "$work/good" "$files/good"
for file in "$files"/*; do
	"$bzboot" check --json "$file" >"$work/${file##*/}.json" || true
done

# verdict FILE CONSUMER: ok or refuses
verdict() {
	jq -r --arg name "$2" '.consumers[] | select(.name == $name) | .verdict' "$work/$1.json"
}

# expected FILE CONSUMER
expected() {
	case " $unsigned " in
		*" $1 "*) echo refuses ;;
		*) verdict "$1" "$2" ;;
	esac
}

# judged CONSUMER: a line for each file, FILE VERDICT, on standard input: it is as expected
judged() {
	local file said count=0
	while read -r file said; do
		count=$((count + 1))
		same "$1 about $file" "$(expected "$file" "$1")" "$said"
	done
	same "answers" "$(find "$files" -type f | wc -l)" "$count"
}

# loaded: the answers of the program that loads files, from $log
loaded() {
	sed -n 's/^TRY file=\([^ ]*\) load=\(.*\)/\1 \2/p' "$log" |
		sed 's/ Success$/ ok/; t; s/ .*/ refuses/'
}

new_tree db
cp "$files"/* "$tree/try"
start --tree "$tree" --secure "$own" --timeout 300
judged firmware < <(loaded)
finish_boot "firmware"

printf 'sbat,1,SBAT Version,sbat,1,-\ntry,1,bzboot,try,1,-\n' >"$work/sbat"
objcopy --add-section .sbat="$work/sbat" --change-section-vma .sbat=0x100000 \
	--set-section-flags .sbat=alloc,load,readonly,data "$build/tests/secure/try.efi" "$work/try.efi"
sign try-sbat "$work/try.efi" db
sign shim "$(tools/unpacked.sh shim-signed/trixie)/usr/lib/shim/shimx64.efi.signed" db
cp "$boot/shim.efi" "$tree/EFI/BOOT/BOOTX64.EFI"
cp "$boot/try-sbat.efi" "$tree/EFI/BOOT/grubx64.efi"
start --tree "$tree" --secure "$own" --timeout 300
judged shim < <(loaded)
finish_boot "shim"

# by CONSUMER COMMAND...: what the program says about each file, which is its last argument
by() {
	local file
	for file in "$files"/*; do
		if "${@:2}" "$file" >"$work/log" 2>&1; then
			echo "${file##*/} ok"
		else
			echo "${file##*/} refuses"
		fi
	done
}

rm "$files/$passes"
judged sbsign < <(by sbsign sbverify --cert "$keys/db.pem")
finish "sbverify"
judged osslsigncode < <(by osslsigncode osslsigncode verify -CAfile "$keys/db.pem" -in)
finish "osslsigncode"
plan
