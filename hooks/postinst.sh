#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /etc/kernel/postinst.d/zz-bzboot VERSION [KERNEL]
#
# A hook that kernel packages run after their installation, and that installkernel(8) runs, which is
# `make install` of a kernel tree. Hooks before it have made the initrd.
set -eu

# apt runs hooks without this folder in PATH.
PATH=$PATH:/usr/local/bin
command -v bzboot >/dev/null || exit 0
case ${DEB_MAINT_PARAMS:-configure} in
configure*) ;;
*) exit 0 ;;
esac

# systemd-boot's hook runs kernel-install, and so 60-bzboot.install.
for hook in "${0%/*}/zz-systemd-boot" /usr/share/kernel/postinst.d/zz-systemd-boot; do
	[ -e "$hook" ] || continue
	[ ! -x "$hook" ] || ! bootctl is-installed --quiet 2>/dev/null || exit 0
	break	# run-parts runs none of this name in a later folder
done

# The package of a kernel that cannot have an initrd
if [ "${INITRD-}" = No ]; then
	printf '%s\n' '[Contents]' NoInitrd=yes |
		bzboot install --hook postinst.d --config /dev/stdin "$@"
	exit
fi
exec bzboot install --hook postinst.d "$@"
