#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# packages.sh GROUP...: install the missing Debian packages of groups: for building, testing,
# booting, and so on. `make deps` and the targets that test run it; nothing else in this project
# installs packages. Silent if all are installed.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

# group -> packages: for building; for the stubs of arm64, riscv64 and loong64; for the units and the
# tests of the command line; for booting in QEMU; for booting in the QEMU of a root (tools/root.sh);
# for building Linux; for the boot loaders of the matrix; for making Debian packages; for coverage; for
# measuring; for the tests on other releases of Debian and other machines, and with gdb; for
# reading a crashed kernel. 32-bit code is
# built without gcc-multilib, which removes cross compilers.
declare -A groups=(
	[build]="gcc make binutils gnu-efi libzstd-dev liblzma-dev zlib1g-dev liblz4-dev
		libssl-dev libjansson-dev libzydis-dev"
	[test]="zstd xz-utils lz4 gzip file jq clang lld clang-19 lld-19 llvm-19 libclang-rt-dev perl pkgconf python3 python3-jsonschema
		libc6-dev-i386 qemu-user-static mandoc groff-base fdisk dosfstools mtools
		zsh fish
		openssl sbsigntool pesign osslsigncode libnss3-tools swtpm tpm2-openssl tpm2-tools"
	[stubs]="clang lld llvm clang-19 lld-19 llvm-19"
	[boot]="qemu-system-x86 ovmf ovmf-ia32 qemu-system-arm qemu-efi-aarch64 mtools dosfstools
		busybox-static cpio zstd xz-utils gzip jq openssl perl swtpm tpm2-tools"
	[machines]="qemu-system-arm qemu-system-misc"
	[linux]="flex bison bc libelf-dev libssl-dev kmod lld llvm xz-utils rsync
		clang-19 lld-19 llvm-19 gcc-aarch64-linux-gnu"
	[loaders]="grub-common grub-pc-bin grub-efi-amd64-bin grub-efi-amd64-signed shim-signed
		xorriso fdisk syslinux syslinux-common syslinux-efi isolinux ipxe
		systemd-boot-efi refind kexec-tools u-boot-qemu u-boot-tools"
	[package]="build-essential debhelper fakeroot lintian"
	[coverage]="llvm"
	[format]="clang-format-19"	# tests/format.mk
	[bench]="time"
	[images]="dracut-core initramfs-tools linux-image-cloud-amd64 systemd-boot-efi live-build
		e2fsprogs"
	[systems]="gdb debootstrap gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
	[debuggers]="crash python3-drgn makedumpfile linux-perf gdb kexec-tools"
)

# group, release -> packages that have a version in their name
declare -A versioned=(
	[test bookworm]="lib32gcc-12-dev systemd"
	[test trixie]="lib32gcc-14-dev systemd-cryptsetup"
	[loaders bookworm]="xen-hypervisor-4.17-amd64"
	[loaders trixie]="xen-hypervisor-4.20-amd64"
)

# group -> further packages if the machine is not amd64: a compiler for the target, and the target's
# libraries
declare -A foreign=(
	[build]="gcc-x86-64-linux-gnu gnu-efi:amd64 libzstd-dev:amd64 liblzma-dev:amd64
		zlib1g-dev:amd64 liblz4-dev:amd64"
)

# packages_of GROUP: one per line
packages_of() {
	local list="${groups[$1]} ${versioned[$1 $release]-}"
	if [ "$architecture" != amd64 ]; then
		list=${list/gnu-efi/}	# it can be installed for only one architecture
		list+=" ${foreign[$1]-}"
	fi
	tr -s ' \t' '\n' <<<"$list" | sed '/^$/d'
}

# missing PACKAGE...: print those that are not installed
missing() {
	local installed package
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Architecture}\n' "$@" \
		2>/dev/null) || true	# it fails for unknown packages
	installed=" $(awk -v native="$architecture" '$1 == "installed" {
		print $2 ":" $3
		if ($3 == native || $3 == "all")
			print $2
	}' <<<"$installed" | tr '\n' ' ')"
	for package; do
		[[ $installed == *" $package "* ]] || echo "$package"
	done | sort -u
}

# known PACKAGE...: true if apt has all of them in its lists
known() {
	apt-get install --print-uris -qq -y --no-install-recommends "$@" >/dev/null 2>&1
}

[ $# -gt 0 ] ||
	fail "usage: packages.sh build|stubs|test|boot|machines|linux|loaders|package|coverage|format|bench|images|systems|debuggers..."
command -v apt-get >/dev/null ||
	fail "this is not Debian: install the packages by other means, and set NO_PACKAGES=1"
architecture=$(dpkg --print-architecture)
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
wanted=()
for group; do
	[ -n "${groups[$group]-}" ] || fail "no such group of packages: $group"
	[ -z "${versioned[$group bookworm]-}" ] || [ -n "${versioned[$group $release]-}" ] ||
		fail "group '$group': known for bookworm and trixie, not for" \
			"'$release': install them by other means, and set NO_PACKAGES=1"
	mapfile -t -O ${#wanted[@]} wanted < <(packages_of "$group")
done

mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -gt 0 ] || exit 0

[[ ${absent[*]} != *:amd64* ]] || dpkg --print-foreign-architectures | grep -qx amd64 ||
	fail "the target needs packages of amd64: run 'dpkg --add-architecture amd64' first"

echo "packages.sh: installing ${absent[*]}" >&2
known "${absent[@]}" || apt_update
as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends "${absent[@]}" >&2 ||
	fail "could not install ${absent[*]}"
