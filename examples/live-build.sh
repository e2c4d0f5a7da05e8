#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# live-build.sh: a hook of live-build, by which a live system of Debian boots images of bzboot: it packs
# each kernel in live/ or boot/ again, under its name, so that the boot menus stay as they are.
#
#   cp live-build.sh config/hooks/normal/9900-bzboot.hook.binary
#   lb build
#
# If config/bzboot/db.key and db.pem are there, it signs the images: GRUB starts them under Secure Boot,
# when the machine has the certificate in db or as a machine owner key.
# BZBOOT= names the program (default: bzboot).
set -euo pipefail
shopt -s nullglob	# live-build runs hooks in the folder binary/

bzboot=${BZBOOT:-bzboot}
config=../config/bzboot
options=()	# more options of bzboot pack
[ ! -e "$config/db.key" ] || options+=(--key "$config/db.key" --cert "$config/db.pem")

kernels=(live/vmlinuz* boot/vmlinuz*)
[ ${#kernels[@]} -gt 0 ] || {
	echo "live-build.sh: no kernel in live/ or boot/: copy this file to config/hooks/normal" >&2
	exit 1
}
for kernel in "${kernels[@]}"; do
	[ -L "$kernel" ] ||
		"$bzboot" pack "$kernel" -o "$kernel" ${options[@]+"${options[@]}"}
done
