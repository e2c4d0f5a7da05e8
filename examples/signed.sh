#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# signed.sh: boots a kernel under Secure Boot with your own keys. If the folder KEYS does not exist,
# the script makes keys, and enrols them in the variables of QEMU's firmware. Then it packs and signs
# the kernel, verifies the signature, and boots the image: the firmware starts only images that db.key
# has signed.
#
#   signed.sh /boot/vmlinuz keys signed.efi --initrd initrd.img --cmdline console=ttyS0
#
# The terminal shows the kernel's messages if its command line has console=ttyS0. The options are those
# of bzboot pack. BZBOOT= names the program (default: bzboot).
set -euo pipefail

usage="usage: signed.sh KERNEL KEYS IMAGE [OPTION-OF-BZBOOT-PACK]..."
bzboot=${BZBOOT:-bzboot}
ovmf=$(realpath "${BASH_SOURCE[0]%/*}/../ovmf")

# fail STATUS LINE...
fail() {
	printf '%s\n' "${@:2}" >&2
	exit "$1"
}

case ${1-} in
--help)
	echo "$usage"
	exit
	;;
-*)
	fail 2 "signed.sh: the first argument is the kernel" "$usage"
	;;
esac
[ $# -ge 3 ] || fail 2 "$usage"
kernel=$1
keys=$2
image=$3
shift 3
command -v "$bzboot" >/dev/null ||
	fail 1 "signed.sh: $bzboot is missing: BZBOOT= names the program"

if [ ! -e "$keys" ]; then
	echo "signed.sh: making keys in $keys, and enrolling them"
	"$ovmf/keys.sh" "$keys"
fi
"$bzboot" pack "$kernel" -o "$image" --key "$keys/db.key" --cert "$keys/db.pem" "$@"
"$bzboot" verify "$image" --cert "$keys/db.pem"
echo "signed.sh: booting $image with Secure Boot on"
"$ovmf/run.sh" --disk "$image" --secure "$keys/vars.fd"
