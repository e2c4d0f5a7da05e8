# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# Boot images that others made, from Debian's packages, and unified kernel images that tools of others
# make of them. Sourced by tests after tests/boot.sh.
#
#   corpus_names        the array of their names
#   corpus_file NAME    print the path of one, and download or make it first
#   corpus_into FOLDER [NAME...]   a link to each, or to all, under its name
# shellcheck source=tests/systemd.sh
. tests/systemd.sh

corpus_names=()
declare -A corpus_from=()	# by name: SOURCE PATH

# The kernels of the matrix, and those of other machines; what tools/kernel.sh takes
for corpus_name in {5.10,6.1,6.12,6.19,7.0,7.1,7.2}{,-cloud} 6.17-cloud latest-rt \
	6.12-cloud:arm64/trixie latest:riscv64/forky latest:loong64/forky; do
	corpus_names+=("vmlinuz-${corpus_name//[:\/]/-}")
	corpus_from[${corpus_names[-1]}]="kernel $corpus_name"
done

# NAME SOURCE PATH: a file of a package, what tools/unpacked.sh takes; or the word "made", and
# the function that makes it, with its arguments
while read -r corpus_name corpus_source; do
	corpus_names+=("$corpus_name")
	corpus_from[$corpus_name]=$corpus_source
done <<'END'
shim-15.8 shim-unsigned/bullseye usr/lib/shim/shimx64.efi
shim-15.8.signed shim-signed/bullseye usr/lib/shim/shimx64.efi.signed
shim-16.1-bookworm shim-unsigned/bookworm usr/lib/shim/shimx64.efi
shim-16.1-bookworm.signed shim-signed/bookworm usr/lib/shim/shimx64.efi.signed
shim-16.1-trixie shim-unsigned/trixie usr/lib/shim/shimx64.efi
shim-16.1-trixie.signed shim-signed/trixie usr/lib/shim/shimx64.efi.signed
shim-16.1-forky.signed shim-signed/forky usr/lib/shim/shimx64.efi.signed
shim-16.1-arm64.signed shim-signed:arm64/trixie usr/lib/shim/shimaa64.efi.signed
shim-16.1-i386.signed shim-signed:i386/bookworm usr/lib/shim/shimia32.efi.signed
fallback-15.8 shim-unsigned/bullseye usr/lib/shim/fbx64.efi
fallback-16.1 shim-unsigned/trixie usr/lib/shim/fbx64.efi
fallback-16.1.signed shim-helpers-amd64-signed/bookworm usr/lib/shim/fbx64.efi.signed
mokmanager-15.8 shim-unsigned/bullseye usr/lib/shim/mmx64.efi
mokmanager-16.1 shim-unsigned/trixie usr/lib/shim/mmx64.efi
mokmanager-16.1.signed shim-helpers-amd64-signed/bookworm usr/lib/shim/mmx64.efi.signed
grub-2.06 grub-efi-amd64-bin/bookworm usr/lib/grub/x86_64-efi/monolithic/grubx64.efi
grub-2.06.signed grub-efi-amd64-signed/bookworm usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
grub-2.12 grub-efi-amd64-unsigned/trixie usr/lib/grub/x86_64-efi/monolithic/grubx64.efi
grub-2.12.signed grub-efi-amd64-signed/trixie usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
grub-2.14 grub-efi-amd64-unsigned/forky usr/lib/grub/x86_64-efi/monolithic/grubx64.efi
grub-2.14.signed grub-efi-amd64-signed/forky usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
grub-2.06-ia32 grub-efi-ia32-bin/bookworm usr/lib/grub/i386-efi/monolithic/grubia32.efi
grub-2.06-lnxboot grub-pc-bin/bookworm usr/lib/grub/i386-pc/lnxboot.img
systemd-boot-252 systemd-boot-efi/bookworm usr/lib/systemd/boot/efi/systemd-bootx64.efi
systemd-boot-257 systemd-boot-efi/trixie usr/lib/systemd/boot/efi/systemd-bootx64.efi
systemd-boot-257.signed systemd-boot-efi-amd64-signed/trixie usr/lib/systemd/boot/efi/systemd-bootx64.efi.signed
systemd-boot-262 systemd-boot-efi/forky usr/lib/systemd/boot/efi/systemd-bootx64.efi
systemd-boot-262.signed systemd-boot-efi-amd64-signed/forky usr/lib/systemd/boot/efi/systemd-bootx64.efi.signed
systemd-boot-257-arm64 systemd-boot-efi:arm64/trixie usr/lib/systemd/boot/efi/systemd-bootaa64.efi
systemd-stub-252 systemd-boot-efi/bookworm usr/lib/systemd/boot/efi/linuxx64.efi.stub
systemd-stub-257 systemd-boot-efi/trixie usr/lib/systemd/boot/efi/linuxx64.efi.stub
systemd-stub-262 systemd-boot-efi/forky usr/lib/systemd/boot/efi/linuxx64.efi.stub
systemd-addon-257 systemd-boot-efi/trixie usr/lib/systemd/boot/efi/addonx64.efi.stub
systemd-addon-262 systemd-boot-efi/forky usr/lib/systemd/boot/efi/addonx64.efi.stub
fwupd-1.4 fwupd-unsigned/bookworm usr/libexec/fwupd/efi/fwupdx64.efi
fwupd-1.4.signed fwupd-amd64-signed/bookworm usr/libexec/fwupd/efi/fwupdx64.efi.signed
fwupd-1.7 fwupd-unsigned/trixie usr/libexec/fwupd/efi/fwupdx64.efi
fwupd-1.7.signed fwupd-amd64-signed/trixie usr/libexec/fwupd/efi/fwupdx64.efi.signed
memtest86+-5.bin memtest86+/bullseye boot/memtest86+.bin
memtest86+-6.bin memtest86+/bookworm boot/memtest86+x64.bin
memtest86+-6.efi memtest86+/bookworm boot/memtest86+x64.efi
memtest86+-6-ia32.bin memtest86+/bookworm boot/memtest86+ia32.bin
memtest86+-7.bin memtest86+/trixie boot/memtest86+x64.bin
memtest86+-7.efi memtest86+/trixie boot/memtest86+x64.efi
memtest86+-8 memtest86+/forky boot/mt86+x64
ipxe-1.0.lkrn ipxe/bookworm boot/ipxe.lkrn
ipxe-1.0.efi ipxe/bookworm boot/ipxe.efi
ipxe-1.21.lkrn ipxe/trixie usr/lib/ipxe/ipxe.lkrn
ipxe-1.21.efi ipxe/trixie usr/lib/ipxe/ipxe-amd64.efi
ipxe-2.0.efi ipxe/forky usr/lib/ipxe/ipxe-amd64.efi
refind-0.13 refind/bookworm usr/share/refind/refind/refind_x64.efi
refind-0.14 refind/trixie usr/share/refind/refind/refind_x64.efi
syslinux-6.04 syslinux-efi/bookworm usr/lib/SYSLINUX.EFI/efi64/syslinux.efi
xen-4.17.efi xen-hypervisor-4.17-amd64/bookworm boot/xen-4.17-amd64.efi
uki-objcopy-252.efi made corpus_objcopy bookworm
uki-ukify-252.efi made corpus_ukify bookworm
uki-ukify-257.efi made corpus_ukify trixie
uki-ukify-262.efi made corpus_ukify forky
addon-ukify-257.addon.efi made corpus_addon trixie
END

# corpus_file NAME
corpus_file() {
	local source path package out=$boot/corpus/$1
	read -r source path <<<"${corpus_from[$1]}"
	mkdir -p "$boot/corpus"
	case $source in
	kernel)
		made "$out" -- link_kernel "$path" "$out"
		echo "$out"
		;;
	made)
		# shellcheck disable=SC2086 # a function and its arguments
		made "$out" tests/corpus.sh -- $path "$out"
		echo "$out"
		;;
	*)
		package=$(tools/unpacked.sh "$source") || return
		[ -s "$package/$path" ] || fail "$source has no $path"
		echo "$package/$path"
		;;
	esac
}

# corpus_into FOLDER [NAME...]
corpus_into() {
	local folder=$1 name path
	shift
	[ $# -gt 0 ] || set -- "${corpus_names[@]}"
	mkdir -p "$folder"
	for name; do
		path=$(corpus_file "$name") || fail "cannot get $name"
		ln -sfn "$(realpath "$path")" "$folder/$name"
	done
}

corpus_os_release=$'ID=test\nVERSION_ID=1\nPRETTY_NAME="Test OS"\n'

# corpus_kernel: the kernel in the unified kernel images
corpus_kernel() {
	corpus_file vmlinuz-6.12-cloud
}

# corpus_stub SUITE: its systemd-stub
corpus_stub() {
	echo "$(tools/unpacked.sh "systemd-boot-efi/$1")/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
}

# corpus_objcopy SUITE OUT: the recipe of the time before ukify: sections at fixed addresses
corpus_objcopy() {
	local stub work
	stub=$(corpus_stub "$1")
	work=$(mktemp -d)
	initramfs image
	printf %s "$corpus_os_release" >"$work/osrel"
	printf %s "$from_image" >"$work/cmdline"
	objcopy \
		--add-section .osrel="$work/osrel" --change-section-vma .osrel=0x20000 \
		--add-section .cmdline="$work/cmdline" --change-section-vma .cmdline=0x30000 \
		--add-section .linux="$(corpus_kernel)" --change-section-vma .linux=0x2000000 \
		--add-section .initrd="$boot/image.cpio.gz" --change-section-vma .initrd=0x3000000 \
		"$stub" "$2.new"
	rm -r "$work"
	mv "$2.new" "$2"
}

# corpus_ukify SUITE OUT: ukify 257, with the stub of that suite
corpus_ukify() {
	initramfs image
	ukify257 build --linux="$(corpus_kernel)" --initrd="$boot/image.cpio.gz" \
		--stub="$(corpus_stub "$1")" --cmdline="$from_image" \
		--os-release="$corpus_os_release" --output="$2.new"
	mv "$2.new" "$2"
}

# corpus_addon SUITE OUT
corpus_addon() {
	local stub
	stub=$(corpus_stub "$1")
	ukify257 build --stub="${stub%/*}/addonx64.efi.stub" --cmdline=quiet --output="$2.new"
	mv "$2.new" "$2"
}
