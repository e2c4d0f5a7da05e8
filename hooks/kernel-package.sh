#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /etc/kernel/postinst.d/zz-bzboot VERSION [KERNEL]
# /etc/kernel/postrm.d/zz-bzboot VERSION [KERNEL]
#
# The hook that kernel packages run after their installation, when hooks before it have made the
# initrd, and after their removal. installkernel(8), which is `make install` of a kernel tree, runs it
# as after an installation.
set -eu

# apt runs hooks without this folder in PATH.
PATH=$PATH:/usr/local/bin
command -v bzboot >/dev/null || exit 0

folder=$(cd "$(dirname "$0")" && pwd)
event=${folder##*/}
case $event:${DEB_MAINT_PARAMS-} in
postinst.d: | postinst.d:configure* | postrm.d: | postrm.d:remove*) ;;
*) exit 0 ;;
esac

# systemd-boot's hook runs kernel-install, and so 60-bzboot.install.
for hook in "$folder/zz-systemd-boot" "/usr/share/kernel/$event/zz-systemd-boot"; do
	[ -e "$hook" ] || continue
	[ ! -x "$hook" ] || ! bootctl is-installed --quiet 2>/dev/null || exit 0
	break	# run-parts runs none of this name in a later folder
done

[ "$event" = postinst.d ] || exec bzboot remove --hook "$event" "$1"

# The package of a kernel that cannot have an initrd
if [ "${INITRD-}" = No ]; then
	printf '%s\n' '[Contents]' NoInitrd=yes |
		bzboot install --hook "$event" --config /dev/stdin "$@"
	exit
fi
exec bzboot install --hook "$event" "$@"
