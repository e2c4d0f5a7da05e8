#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /etc/kernel/postrm.d/zz-bzboot VERSION [KERNEL]
#
# A hook that kernel packages run after their removal.
set -eu

# apt runs hooks without this folder in PATH.
PATH=$PATH:/usr/local/bin
command -v bzboot >/dev/null || exit 0
case ${DEB_MAINT_PARAMS:-remove} in
remove*) ;;
*) exit 0 ;;
esac

# systemd-boot's hook runs kernel-install, and so 60-bzboot.install.
for hook in "${0%/*}/zz-systemd-boot" /usr/share/kernel/postrm.d/zz-systemd-boot; do
	[ -e "$hook" ] || continue
	[ ! -x "$hook" ] || ! bootctl is-installed --quiet 2>/dev/null || exit 0
	break	# run-parts runs none of this name in a later folder
done

exec bzboot remove --hook postrm.d "$1"
