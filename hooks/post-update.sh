#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /etc/initramfs/post-update.d/bzboot VERSION INITRD
#
# A hook that update-initramfs(8), and dracut of Debian 13, run when they have made an initrd.
set -eu

# apt runs hooks without this folder in PATH.
PATH=$PATH:/usr/local/bin
command -v bzboot >/dev/null || exit 0

# The hooks of a kernel package make the initrd, and zz-bzboot comes after them.
[ -z "${DEB_MAINT_PARAMS-}" ] || exit 0

# systemd-boot's hook runs kernel-install, and so 60-bzboot.install.
[ ! -x "${0%/*}/systemd-boot" ] || ! bootctl is-installed --quiet 2>/dev/null || exit 0

# An initrd elsewhere is not that of a kernel which is installed.
kernel=${2%/*}/vmlinuz-$1
[ -e "$kernel" ] || exit 0
exec bzboot install --hook post-update.d "$1" "$kernel" "$2"
