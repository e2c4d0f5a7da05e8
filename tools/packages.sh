#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# packages.sh build|test|linux|loaders|bench...: install those Debian packages that are missing of
# what building, testing, building Linux, the boot matrix or measuring needs. Nothing else in this
# project installs anything. Silent when all are there.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

# For 32 bits not gcc-multilib, which puts cross compilers out.
declare -A groups=(
	[build]="gcc make binutils gnu-efi libzstd-dev liblzma-dev zlib1g-dev liblz4-dev
		libssl-dev libjansson-dev"
	[test]="qemu-system-x86 ovmf ovmf-ia32 mtools dosfstools busybox-static cpio zstd xz-utils lz4
		gzip file jq clang lld libclang-rt-14-dev perl pkgconf python3
		libc6-dev-i386 lib32gcc-12-dev
		openssl sbsigntool pesign osslsigncode libnss3-tools swtpm tpm2-openssl tpm2-tools"
	[linux]="flex bison bc libelf-dev libssl-dev kmod lld llvm xz-utils"
	[loaders]="grub-common grub-pc-bin grub-efi-amd64-bin grub-efi-amd64-signed shim-signed
		xorriso fdisk syslinux syslinux-common syslinux-efi isolinux ipxe
		systemd-boot-efi refind kexec-tools u-boot-qemu u-boot-tools
		xen-hypervisor-4.17-amd64"
	[bench]="time"
)

# missing PACKAGE...: those that are not installed
missing() {
	local installed
	installed=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)"
	for package; do
		[[ $installed == *" $package=installed "* ]] || echo "$package"
	done
}

# known PACKAGE...: does apt know them all, and has it lists to install them from?
known() {
	apt-get install --print-uris -qq -y --no-install-recommends "$@" >/dev/null 2>&1
}

[ $# -gt 0 ] || fail "usage: packages.sh build|test|linux|loaders|bench..."
wanted=()
for group; do
	[ -n "${groups[$group]-}" ] || fail "no group of packages is called '$group'"
	read -r -d '' -a packages <<<"${groups[$group]}" || true
	wanted+=("${packages[@]}")
done

mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -gt 0 ] || exit 0

echo "packages.sh: installing ${absent[*]}" >&2
known "${absent[@]}" || apt_update
as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends "${absent[@]}" >&2 ||
	fail "could not install ${absent[*]}"
