#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# keys.sh FOLDER: keys for Secure Boot, and OVMF with them. Left in FOLDER are
#
#   PK.key KEK.key db.key, .pem	new RSA keys, and certificates that they signed themselves
#   PK.auth KEK.auth db.auth	the variables with these certificates, signed by their owners
#   vars.fd			a store with these variables, for ovmf/run.sh --secure: the
#				firmware starts what db.key has signed, and nothing else
#
# The .auth files are for other firmware in setup mode, too. Here systemd-boot enrols them, under
# QEMU, in the empty store of Debian's ovmf.
set -euo pipefail

folder=${1:?usage: keys.sh FOLDER}
loader=/usr/lib/systemd/boot/efi/systemd-bootx64.efi
owner=$(</proc/sys/kernel/random/uuid)	# of the signatures: any GUID that says who it was
attributes=NON_VOLATILE,BOOTSERVICE_ACCESS,RUNTIME_ACCESS,TIME_BASED_AUTHENTICATED_WRITE_ACCESS
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
umask 077

# quietly COMMAND...: what it says matters only if it fails
quietly() {
	"$@" >"$temporary/log" 2>&1 || {
		echo "keys.sh: $1 failed: $(tail -n 5 "$temporary/log")" >&2
		exit 1
	}
}

# make_key VARIABLE: key, certificate, and a list with just this one (UEFI 2.10, 32.4.1:
# EFI_SIGNATURE_LIST)
make_key() {
	quietly openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/$1.key" \
		-out "$folder/$1.pem" -days 3650 -subj "/CN=bzboot test $1"
	quietly openssl x509 -in "$folder/$1.pem" -outform DER -out "$temporary/$1.der"
	quietly sbsiglist --owner "$owner" --type x509 --output "$temporary/$1.esl" \
		"$temporary/$1.der"
}

# make_update VARIABLE KEY: its new value, signed by KEY (8.2.2: EFI_VARIABLE_AUTHENTICATION_2)
make_update() {
	quietly sbvarsign --key "$folder/$2.key" --cert "$folder/$2.pem" --attr "$attributes" \
		--output "$folder/$1.auth" "$1" "$temporary/$1.esl"
}

# enrol: the firmware is in setup mode until systemd-boot, which does that last, has set PK
enrol() {
	local tree=$temporary/tree
	mkdir -p "$tree/EFI/BOOT" "$tree/loader/keys/auto"
	cp "$loader" "$tree/EFI/BOOT/BOOTX64.EFI"
	cp "$folder"/{PK,KEK,db}.auth "$tree/loader/keys/auto"
	printf '%s\n' "timeout 0" "secure-boot-enroll force" >"$tree/loader/loader.conf"
	quietly "${BASH_SOURCE[0]%/*}/run.sh" --tree "$tree" --memory 256 \
		--secure /usr/share/OVMF/OVMF_VARS_4M.fd --variables "$folder/vars.fd"
}

mkdir -p "$folder"
for variable in PK KEK db; do
	make_key "$variable"
done
make_update PK PK
make_update KEK PK
make_update db KEK
enrol
