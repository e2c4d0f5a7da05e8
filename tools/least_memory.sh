#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# least_memory.sh [NAME...]: the least memory in which Debian's kernels reach userspace, their own
# images and bzboot's, when SeaBIOS starts them; in MiB of QEMU's -m, found by bisection. NAMEs are
# those of tools/kernel.sh. Prints a table in Markdown, and its progress on standard error.
#
# BUILD= names the folder with bzboot, LEVEL= the level to pack with, which matters: the image is in
# memory beside the kernel.
set -euo pipefail

build=${BUILD:-build}
level=${LEVEL:-19}
lowest=16	# MiB in which no current kernel starts
highest=512	# MiB in which every one does
limit=60	# seconds for a boot
# Without randomness; and a kernel that panics ends QEMU.
cmdline="console=ttyS0 panic=-1 nokaslr"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

fail() {
	echo "least_memory.sh: $*" >&2
	exit 1
}

# boots IMAGE MIB: true if it reaches userspace with its initrd intact
boots() {
	local log=$temporary/log
	: >"$log"
	timeout --foreground --kill-after 10 "$limit" \
		qemu-system-x86_64 -machine pc -accel tcg,thread=single -cpu max -smp 1 -m "$2" \
		-nodefaults -nic none -vga std -display none -no-reboot -serial "file:$log" \
		-kernel "$1" -initrd "$temporary/initrd" -append "$cmdline" \
		</dev/null >/dev/null 2>&1 || true
	grep -q '^BZBOOT initrd=ok' "$log" && grep -q '^BZBOOT userspace=reached' "$log"
}

# least IMAGE: print the MiB. An image that boots in N MiB is assumed to boot in more.
least() {
	local fails=$lowest works=$highest middle
	boots "$1" "$works" || fail "$1 does not boot in $works MiB either"
	! boots "$1" "$fails" || fail "$1 boots in $fails MiB already"
	while [ $((works - fails)) -gt 1 ]; do
		middle=$(((works + fails) / 2))
		if boots "$1" "$middle"; then
			works=$middle
		else
			fails=$middle
		fi
		echo "least_memory.sh: ${1##*/}: more than $fails, at most $works" >&2
	done
	echo "$works"
}

[ $# -gt 0 ] || set -- 6.1 6.1-cloud 6.12 6.12-cloud latest
ovmf/initramfs.sh "$temporary/initrd" least
echo "| kernel | its own image, MiB | bzboot's, MiB |"
echo "|---|---:|---:|"
for name; do
	kernel=$(tools/kernel.sh "$name")
	ln -sfn "$kernel" "$temporary/$name.vmlinuz"
	"$build/bzboot" pack "$kernel" -o "$temporary/$name.efi" --level "$level" >/dev/null
	theirs=$(least "$temporary/$name.vmlinuz")
	ours=$(least "$temporary/$name.efi")
	echo "| $name | $theirs | $ours |"
done
