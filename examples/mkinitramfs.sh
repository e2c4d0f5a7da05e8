#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# mkinitramfs.sh: packs the kernel of a Debian package that is not installed, with an initrd that
# initramfs-tools makes for it. Nothing on this machine changes: mkinitramfs sees the package's modules
# in place of those in /lib/modules, and its configuration in /boot.
#
#   apt-get download linux-image-6.12.0-1-amd64
#   mkinitramfs.sh linux-image-6.12.0-1-amd64_*.deb linux.efi --uki --cmdline "root=/dev/sda2"
#
# The options are those of bzboot pack. BZBOOT= names the program (default: bzboot).
set -euo pipefail

usage="usage: mkinitramfs.sh PACKAGE IMAGE [OPTION-OF-BZBOOT-PACK]..."
bzboot=${BZBOOT:-bzboot}
PATH=$PATH:/usr/sbin:/sbin	# mkinitramfs, depmod

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

# in_package COMMAND...: run it with the package's folders in place of this machine's, in name spaces of
# its own, which needs no root
in_package() {
	local user=(--map-root-user)
	[ "$(id -u)" -ne 0 ] || user=()
	# shellcheck disable=SC2016 # expanded inside
	unshare --mount "${user[@]}" bash -euc '
		mount --bind "$1/boot" /boot
		mount --bind "$1/modules" /lib/modules
		exec "${@:2}"
	' bash "$temporary" "$@"
}

case ${1-} in
--help)
	echo "$usage"
	exit
	;;
-*)
	fail 2 "mkinitramfs.sh: the first argument is the package" "$usage"
	;;
esac
[ $# -ge 2 ] || fail 2 "$usage"
package=$1
image=$2
shift 2
for command in "$bzboot" dpkg-deb depmod mkinitramfs unshare; do
	command -v "$command" >/dev/null || fail 1 "mkinitramfs.sh: $command is missing (depmod is in \
Debian's kmod, mkinitramfs in initramfs-tools-core; BZBOOT= names bzboot)"
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
dpkg-deb -x "$package" "$temporary"
modules=$temporary/usr/lib/modules
[ -e "$modules" ] || modules=$temporary/lib/modules	# before Debian 13
version=$(cd "$modules" && echo *)
kernel=$temporary/boot/vmlinuz-$version
[ -e "$kernel" ] || kernel=$modules/$version/vmlinuz
depmod -b "${modules%/lib/modules}" "$version"
ln -s "$modules" "$temporary/modules"
mkdir -p "$temporary/boot"
in_package mkinitramfs -o "$temporary/initrd" "$version"
"$bzboot" pack "$kernel" -o "$image" --initrd "$temporary/initrd" "$@"
