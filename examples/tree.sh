#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tree.sh: boots the sources of Linux. If OBJECTS has no .config, the script configures the tree
# (x86_64_defconfig). It builds the kernel, packs it with bzboot by bzimage.mk, and boots the image
# under QEMU and OVMF, with the initrd if there is one. The tree's sources do not change.
#
#   tree.sh linux linux-build initrd.img
#
# Without an initrd the kernel panics, because it has no root. BZBOOT= names the program (default:
# bzboot), BZBOOT_FLAGS= its options, JOBS= the number of jobs of make (default: one per processor).
set -euo pipefail

usage="usage: tree.sh TREE OBJECTS [INITRD]"
here=$(realpath "${BASH_SOURCE[0]%/*}")
makefile=$here/../tools/bzimage.mk		# in a clone
[ -e "$makefile" ] || makefile=$here/../bzimage.mk	# installed

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
	fail 2 "tree.sh: the first argument is the tree" "$usage"
	;;
esac
[ $# -eq 2 ] || [ $# -eq 3 ] || fail 2 "$usage"
tree=$1
objects=$2
boot=(--cmdline "console=ttyS0 panic=-1")
[ -z "${3-}" ] || boot+=(--initrd "$3")

# build GOAL
build() {
	make -f "$makefile" -j "${JOBS:-$(nproc)}" KERNEL_SRC="$tree" O="$objects" "$1"
}

mkdir -p "$objects"
[ -e "$objects/.config" ] || build x86_64_defconfig
build bzImage
"$(realpath "$here/../ovmf")/run.sh" --kernel "$objects/arch/x86/boot/bzImage" "${boot[@]}"
