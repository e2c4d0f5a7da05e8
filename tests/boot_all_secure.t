#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Secure Boot, the remaining cases: every kernel, codec and kind of key; shim and GRUB; and
# kexec_file_load(), for which Linux itself verifies the signature.
#
#   tests/boot_all_secure.t		the newest kernel, and one codec
#   tests/boot_all_secure.t --all	an old kernel, and every codec, which the firmware only loads in
#					tests/boot_core_secure.t
# shellcheck source=tests/secure.sh
. tests/secure.sh
need kexec cpio sbsign

names=(latest) codecs=(zstd)
[ "${1-}" != --all ] || names=(6.1-cloud latest) codecs=(zstd xz lzma gzip lz4 none)

for name in "${names[@]}"; do
	kernel "$name"
	pack_both "$name" "$boot/$name.vmlinuz"
	sign "$name-db" "$boot/$name-full.efi" db
	secure_ok "$name" --disk "$boot/$name-db.efi" --secure "$own" \
		-- userspace=reached initrd=ok firmware=efi "release=$(release "$name")" \
		"cmdline=$from_image" initrd_id=image
done

name=6.12-cloud
image=$boot/$name-full.efi
kernel "$name"
initramfs loader
pack_both "$name" "$boot/$name.vmlinuz"
expected=(userspace=reached initrd=ok "release=$(release "$name")")

# Several signatures

sign "$name-db" "$image" db
sign "$name-stranger" "$image" stranger
sign "$name-db-stranger" "$boot/$name-db.efi" stranger
sign "$name-stranger-db" "$boot/$name-stranger.efi" db
for order in db-stranger stranger-db; do
	secure_ok "two signatures, $order" --disk "$boot/$name-$order.efi" --secure "$own" \
		-- "${expected[@]}"
done

# Images that the firmware refuses

damage "$name-db" "$name-db-damaged"
refused_ok "changed since it was signed" "$own" db "$boot/$name-db-damaged.efi"
refused_ok "signed with our key, on firmware with the snakeoil key" "$snakeoil" snakeoil \
	"$boot/$name-db.efi"

# Codecs

prefix=TESTKERNEL
for codec in "${codecs[@]}"; do
	pack_small "$codec"
	sign "testkernel-$codec-db" "$boot/testkernel-$codec.efi" db
	boot_ok "$codec" --disk "$boot/testkernel-$codec-db.efi" --secure "$own" \
		-- secure_boot=3 failures=0
done
prefix=BZBOOT

# Keys with certificates issued by the one in db, directly or through another

# new_issued NAME ISSUER TYPE: $keys/NAME.pem
new_issued() {
	new_key "$keys/$1" "${@:3}"
	mv "$keys/$1.pem" "$keys/$1.csr"
	openssl x509 -req -in "$keys/$1.csr" -CA "$keys/$2.pem" -CAkey "$keys/$2.key" \
		-set_serial 1 -days 3650 -extfile <(echo basicConstraints=critical,CA:TRUE) \
		-out "$keys/$1.pem" 2>"$boot/log/openssl" || fail "openssl: $(<"$boot/log/openssl")"
}

# to_load_issued NAME STATUS OPTION...
to_load_issued() {
	sign "testkernel-$1" "$boot/testkernel-zstd.efi" "$1" "${@:3}"
	to_load "$1" "$2" "$boot/testkernel-$1.efi"
}

# issued NAME ISSUER OPTION...: make the key unless it exists
issued() {
	made "$keys/$1.pem" "$keys/$2.pem" -- new_issued "$@"
}

issued rsa2048 db -newkey rsa:2048
issued rsa3072 db -newkey rsa:3072
issued rsa4096 db -newkey rsa:4096
issued ec256 db -newkey ec -pkeyopt ec_paramgen_curve:P-256
issued leaf rsa2048 -newkey rsa:2048
issued lonely rsa2048 -newkey rsa:2048
new_tree db
to_load_issued rsa2048 Success
to_load_issued rsa3072 Success
to_load_issued rsa4096 Success --digest sha512
to_load_issued ec256 "Access Denied"
to_load_issued leaf Success --chain "$keys/rsa2048.pem"
to_load_issued lonely "Access Denied"
try_ok "keys with certificates issued by ours" "$own"

# shim and GRUB: Debian's GRUB lets shim verify images, which trusts db, too.

new_tree db
mkdir -p "$tree/EFI/debian"
grub=/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
sign shim-db /usr/lib/shim/shimx64.efi.signed db
cp "$boot/shim-db.efi" "$tree/EFI/BOOT/BOOTX64.EFI"
cp "$grub" "$tree/EFI/BOOT/grubx64.efi"
cp "$image" "$tree/unsigned"
cp "$boot/$name-stranger.efi" "$tree/stranger"
cp "$boot/$name-db-damaged.efi" "$tree/changed"
cp "$boot/$name-stranger-db.efi" "$tree/signed"
cp "$boot/loader.cpio.gz" "$tree/initrd"
cat >"$tree/EFI/debian/grub.cfg" <<-END
	serial --unit=0
	terminal_output serial
	for file in unsigned stranger changed signed; do
		echo "GRUB file=\$file"
		linux /\$file $from_loader
	done
	initrd /initrd
	boot
	halt
END
start --tree "$tree" --secure "$own" --timeout 300
same "images that shim refuses" 3 "$(grep -c 'bad shim signature' "$log")"
expect_lines "$enabled" "$locked"
expect_lines "*bzboot: Secure Boot: the image's command line counts, the loader's is ignored*" \
	"*bzboot: Secure Boot: the image's initrd counts, any other is ignored*"
expect "${expected[@]}" "cmdline=$from_image" initrd_id=image
finish_boot "shim and GRUB: only the signed image, with its own command line and initrd"

# kexec_file_load() of Debian's kernel. The certificates in db are in its .platform keyring, so it
# accepts images signed by our key; of several signatures it checks only the first. The control is
# Debian's image with our signature by sbsign; Debian's own signature is by a key that is in shim,
# but neither in db nor in the kernel.

# make_first: $work/first, an initramfs that tries to load each file in $tree/kernels, and then
# starts the one that bzboot.next= on the command line names
make_first() {
	mkdir -p "$tree"/{proc,sys}
	cp "$boot/loader.cpio.gz" "$tree/initrd"
	initramfs_of "$tree" "$work/first" kexec <<-'END'
		#!/bin/busybox sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/busybox dmesg -n 1
		next=$(/bin/busybox sed -n 's/.*bzboot.next=\([^ ]*\).*/\1/p' /proc/cmdline)
		for file in /kernels/* "/kernels/$next"; do
			/bin/kexec --kexec-file-syscall --load "$file" --initrd=/initrd \
				--command-line="console=ttyS0 bzboot.from=${file##*/}"
			echo "FIRST file=${file##*/} status=$?"
		done
		/bin/busybox dmesg | /bin/busybox grep -i -e kexec -e 'cert'
		/bin/kexec --exec
	END
}

# to_kexec NAME STATUS IMAGE
to_kexec() {
	cp "$3" "$tree/kernels/$1"
	answers+=("file=$1 status=$2")
}

vmlinuz=$boot/$name.vmlinuz
control=$boot/$name-control
made "$control.unsigned.efi" "$vmlinuz" -- "$bzboot" unsign "$vmlinuz" \
	-o "$control.unsigned.efi"
made "$control.efi" "$control.unsigned.efi" "$keys/db.pem" -- sbsign --key "$keys/db.key" \
	--cert "$keys/db.pem" --output "$control.efi" "$control.unsigned.efi"
rm -rf "$tree"
mkdir -p "$tree/kernels"
to_kexec debian 255 "$vmlinuz"
to_kexec control 0 "$control.efi"
to_kexec control-unsigned 255 "$control.unsigned.efi"
to_kexec signed 0 "$boot/$name-db.efi"
to_kexec unsigned 255 "$image"
to_kexec stranger 255 "$boot/$name-stranger.efi"
to_kexec changed 255 "$boot/$name-db-damaged.efi"
to_kexec db-stranger 0 "$boot/$name-db-stranger.efi"
to_kexec stranger-db 255 "$boot/$name-stranger-db.efi"
make_first
for next in control signed; do
	start --kernel "$control.efi" --initrd "$work/first" --secure "$own" --timeout 300 \
		--cmdline "console=ttyS0 panic=-1 bzboot.next=$next"
	expect_lines "$enabled" "$locked"
	difference=$(diff <(printf '%s\n' "${answers[@]}" "file=$next status=0" | sort) \
		<(sed -n 's/^FIRST //p' "$log" | sort)) ||
		fault "kexec's results (>) are not as expected (<): $difference"
	expect "${expected[@]}" "cmdline=console=ttyS0 bzboot.from=$next" initrd_id=loader
	finish_boot "kexec_file_load: $next (${#answers[@]} answers)"
done
plan
