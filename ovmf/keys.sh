#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# keys.sh FOLDER [--owner NAME] [--passphrase] [--machine arm64]: make keys for Secure Boot, and enrol them in OVMF.
# The files in FOLDER are
#
#   PK.key KEK.key db.key	new RSA keys
#   .pem .der			their self-signed certificates, "NAME PK" and so on; db.der is
#				for mokutil --import
#   PK.auth KEK.auth db.auth	the variables with these certificates, signed by their owners
#   vars.fd			a store with these variables, for ovmf/run.sh --secure: the
#				firmware starts only images that db.key has signed
#
# NAME, in UTF-8, has up to 60 characters (default: USER@HOST). With --passphrase the keys are
# encrypted; the passphrase is read from the terminal, twice, or from the first line of standard
# input. Existing keys are not overwritten. --machine makes the store for AAVMF, the firmware of arm64;
# the .auth files are the same for all machines.
#
# The .auth files work with other firmware in setup mode, too. Here systemd-boot enrols them, under
# QEMU, in the empty store of Debian's ovmf or qemu-efi-aarch64.
set -euo pipefail

usage="usage: keys.sh FOLDER [--owner NAME] [--passphrase] [--machine arm64]"
here=${BASH_SOURCE[0]%/*}
loaders=/usr/lib/systemd/boot/efi
# MACHINE -> the loader and its name as a default; an empty store
declare -A loader_files=([x86-64]=systemd-bootx64.efi [arm64]=systemd-bootaa64.efi)
declare -A boot_files=([x86-64]=BOOTX64.EFI [arm64]=BOOTAA64.EFI)
declare -A stores=([x86-64]=/usr/share/OVMF/OVMF_VARS_4M.fd [arm64]=/usr/share/AAVMF/AAVMF_VARS.fd)
guid=$(</proc/sys/kernel/random/uuid)	# of the signatures: any GUID, to identify their owner
attributes=NON_VOLATILE,BOOTSERVICE_ACCESS,RUNTIME_ACCESS,TIME_BASED_AUTHENTICATED_WRITE_ACCESS
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
umask 077

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

# parse ARGUMENT...: sets folder, name, machine, passphrase (yes or empty)
parse() {
	folder="" passphrase="" machine=x86-64 name=$(id -un)@$(uname -n)
	while [ $# -gt 0 ]; do
		case $1 in
		--owner)
			[ -n "${2-}" ] || fail 2 "keys.sh: --owner wants a name" "$usage"
			name=$2
			shift
			;;
		--passphrase)
			passphrase=yes
			;;
		--machine)
			[ -n "${boot_files[${2-none}]-}" ] ||
				fail 2 "keys.sh: --machine wants one of ${!boot_files[*]}" "$usage"
			machine=$2
			shift
			;;
		--help)
			echo "$usage"
			exit
			;;
		-*)
			fail 2 "keys.sh: unknown option $1" "$usage"
			;;
		*)
			[ -z "$folder" ] || fail 2 "keys.sh: more than one folder" "$usage"
			folder=$1
			;;
		esac
		shift
	done
	[ -n "$folder" ] || fail 2 "$usage"
	# The limit of a certificate is 64 characters (RFC 5280, ub-common-name), with " KEK".
	[ ${#name} -le 60 ] ||
		fail 2 "keys.sh: '$name' has more than 60 characters: give a shorter --owner" "$usage"
}

# check_folder: fail if a file would be overwritten
check_folder() {
	local file
	for file in "$folder"/{PK,KEK,db}.{key,pem,der,auth} "$folder/vars.fd"; do
		if [ -e "$file" ] || [ -L "$file" ]; then
			fail 1 "keys.sh: $file is there already, and is not overwritten: name another folder"
		fi
	done
}

# read_passphrase: read it to $temporary/passphrase
read_passphrase() {
	local first again
	[ ! -t 0 ] || printf 'passphrase for the new keys: ' >&2
	IFS= read -rs first || true
	if [ -t 0 ]; then
		printf '\nthe same again: ' >&2
		IFS= read -rs again || true
		echo >&2
		[ "$first" = "$again" ] || fail 1 "keys.sh: these are two different passphrases"
	fi
	[ ${#first} -ge 4 ] || fail 1 "keys.sh: a passphrase has four characters or more"
	printf '%s\n' "$first" >"$temporary/passphrase"
}

# quietly COMMAND...: run it, and print its output only if it fails
quietly() {
	"$@" >"$temporary/log" 2>&1 || {
		echo "keys.sh: $1 failed: $(tail -n 5 "$temporary/log")" >&2
		exit 1
	}
}

# escaped TEXT: print it for openssl's -subj
escaped() {
	local text=${1//\\/\\\\}
	text=${text//\//\\/}
	echo "${text//+/\\+}"
}

# make_key VARIABLE: make a key, its certificate, and a list with only this certificate (UEFI 2.10,
# 32.4.1: EFI_SIGNATURE_LIST)
make_key() {
	quietly openssl req -x509 -utf8 -newkey rsa:2048 -nodes -keyout "$made/$1.key" \
		-out "$made/$1.pem" -days 3650 -subj "/CN=$(escaped "$name") $1"
	quietly openssl x509 -in "$made/$1.pem" -outform DER -out "$made/$1.der"
	quietly sbsiglist --owner "$guid" --type x509 --output "$temporary/$1.esl" "$made/$1.der"
}

# make_update VARIABLE KEY: make its new value, signed by KEY (8.2.2: EFI_VARIABLE_AUTHENTICATION_2)
make_update() {
	quietly sbvarsign --key "$made/$2.key" --cert "$made/$2.pem" --attr "$attributes" \
		--output "$made/$1.auth" "$1" "$temporary/$1.esl"
}

# encrypt VARIABLE: encrypt its key
encrypt() {
	quietly openssl pkey -in "$made/$1.key" -aes-256-cbc -passout "file:$temporary/passphrase" \
		-out "$temporary/key"
	mv "$temporary/key" "$made/$1.key"
}

# find_loader: set loader; that of another machine is unpacked, not installed
find_loader() {
	loader=$loaders/${loader_files[$machine]}
	[ ! -e "$loader" ] || return 0
	[ -x "$here/../tools/unpacked.sh" ] || fail 1 "keys.sh: $loader is missing"
	loader=$("$here/../tools/unpacked.sh" "systemd-boot-efi:$machine/trixie")$loader
}

# enrol: let systemd-boot set the variables; it sets PK last, which ends the firmware's setup mode
enrol() {
	local tree=$temporary/tree loader
	find_loader
	mkdir -p "$tree/EFI/BOOT" "$tree/loader/keys/auto"
	cp "$loader" "$tree/EFI/BOOT/${boot_files[$machine]}"
	cp "$made"/{PK,KEK,db}.auth "$tree/loader/keys/auto"
	printf '%s\n' "timeout 0" "secure-boot-enroll force" >"$tree/loader/loader.conf"
	quietly "$here/run.sh" --machine "$machine" --tree "$tree" --memory 256 \
		--secure "${stores[$machine]}" --variables "$made/vars.fd"
}

parse "$@"
check_folder
made=$temporary/made	# complete before files are copied to the folder
mkdir "$made"
[ -z "$passphrase" ] || read_passphrase
for variable in PK KEK db; do
	make_key "$variable"
done
make_update PK PK
make_update KEK PK
make_update db KEK
enrol
if [ -n "$passphrase" ]; then
	for variable in PK KEK db; do
		encrypt "$variable"
	done
fi
mkdir -p "$folder"
check_folder
cp -n "$made"/* "$folder"
