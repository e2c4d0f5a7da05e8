#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A secret that is sealed to the signed policy of a unified kernel image, as systemd-cryptenroll seals
# that of a disk: the booted system opens it with the signature that the stub has handed over. After
# one byte of the image was changed, it does not.
# shellcheck source=tests/parity.sh
. tests/parity.sh
need openssl jq cpio ldd swtpm tpm2_create

name=6.12-cloud
kernel "$name"
secret="opened by PCR 11"
handle=0x81000042
guest=$sockets/guest
mkdir "$guest"

# guest_initrd: $sockets/initrd, whose init opens the secret with $1, a file of the stub, and reports
# it
guest_initrd() {
	local tcti
	tcti=$(ldconfig -p | sed -n 's/.*libtss2-tcti-device\.so\.0.* => //p' | head -n 1)
	install -D -m 755 "$tcti" "$guest/$tcti"
	put_libraries "$guest" "$tcti"
	cp "$sockets/pcr.pub" "$guest/pcr.pub"
	initramfs_of "$guest" "$sockets/initrd" tpm2 <<-END
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		export PATH=/bin TPM2TOOLS_TCTI=device:/dev/tpmrm0
		mkdir /proc /sys /tmp
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs devtmpfs /dev
		dmesg -n 1
		exec </dev/console >/dev/console 2>&1
		cd /tmp
		open() {
			sed -n 's/.*"sig": *"\([^"]*\)".*/\1/p' /.extra/tpm2-pcr-signature.json |
				base64 -d >sig
			tpm2 startauthsession -Q --policy-session -S session &&
			tpm2 policypcr -Q -S session -l sha256:11 -L policy &&
			tpm2 loadexternal -Q -C o -G rsa -u /pcr.pub -c key -n key.name &&
			tpm2 verifysignature -Q -c key -g sha256 -m policy -s sig -f rsassa -t ticket &&
			tpm2 policyauthorize -Q -S session -i policy -n key.name -t ticket &&
			tpm2 unseal -c $handle -p session:session
		}
		cmp /pcr.pub /.extra/tpm2-pcr-public-key.pem && echo BZBOOT key=same
		echo "BZBOOT secret=\$(open 2>&1 | tr "\n" " ")"
		stty -echo
		poweroff -f
	END
}

# seal STATE: seal the secret in a TPM with this state, to any policy that the key signs
seal() {
	start_tpm_server "$1"
	{
		cd "$1" &&
			tpm2_loadexternal -Q -C o -G rsa -u "$sockets/pcr.pub" -c key -n key.name &&
			tpm2_startauthsession -Q -S session &&
			tpm2_policyauthorize -Q -S session -n key.name -L policy &&
			tpm2_flushcontext session && tpm2_flushcontext --transient-object &&
			tpm2_createprimary -Q -C o -c primary &&
			tpm2_create -Q -C primary -L policy -i - -u sealed.pub -r sealed.priv <<<"$secret" &&
			tpm2_flushcontext --transient-object &&
			tpm2_load -Q -C primary -u sealed.pub -r sealed.priv -c sealed &&
			tpm2_evictcontrol -Q -C o -c sealed "$handle" &&
			tpm2_shutdown -c
	} >"$sockets/seal.err" 2>&1 || fault "the secret is not sealed: $(<"$sockets/seal.err")"
	cd "$OLDPWD" || fail "cannot return"
	stop_tpm
	rm -f "$1"/socket*
}

# opens IMAGE: boot it on a machine whose TPM has the secret
opens() {
	seal "$sockets/$tests"
	start_with_tpm --kernel "$1" -- -device tpm-tis,tpmdev=tpm
}

openssl genrsa -out "$sockets/pcr.key" 2048 2>"$sockets/err"
openssl pkey -in "$sockets/pcr.key" -pubout -out "$sockets/pcr.pub"
guest_initrd
"$bzboot" pack "$boot/$name.vmlinuz" -o "$sockets/plain.efi" --level 1 --uki \
	--os-release $'ID=test\nPRETTY_NAME="Test OS"' --cmdline "$from_image" \
	--initrd "$sockets/initrd" --pcrpkey "$sockets/pcr.pub"
"$bzboot" measure "$sockets/plain.efi" --sign --key "$sockets/pcr.key" --phase "" --bank sha256 \
	-o "$sockets/signed.json"
"$bzboot" edit "$sockets/plain.efi" -o "$sockets/signed.efi" --pcrsig "@$sockets/signed.json"
sed 's/bzboot\.from=image/bzboot.from=imagf/' "$sockets/signed.efi" >"$sockets/changed.efi"
same "bytes that changed" 1 "$(cmp -l "$sockets/signed.efi" "$sockets/changed.efi" | wc -l)"
finish "policies of an image are signed and become a section"

opens "$sockets/signed.efi"
expect key=same "secret=$secret*"
finish_boot "the secret opens in the booted system"

opens "$sockets/changed.efi"
expect key=same "secret=*"
[[ $(said "$log" secret) == *verifysignature* ]] || fault "no error: $(said "$log" secret)"
finish_boot "with another byte in its command line, it does not"
plan
