#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel that the stub has shuffled is saved to a disk, and comes back, with its order, by a boot that
# had another order: Linux brings back a kernel by any other one. Debian's own image of the kernel, and
# bzboot's without --shuffle, are the controls.
. tests/boot.sh
need gcc cpio ldd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -static tests/shuffle/bad_pointers.c -o "$work/bad_pointers"

kernel=$(tools/kernel.sh 6.1-cloud-dbg)
release=${kernel%-dbg_*}
release=${release##*/linux-image-}
package=$(tools/unpacked.sh "linux-image-$release/bookworm-security" ||
	tools/unpacked.sh "linux-image-$release/bookworm")
root=$work/root
mkdir -p "$root/modules"
for module in virtio_ring virtio virtio_pci_{legacy,modern}_dev virtio_pci virtio_blk; do
	find "$package" -name "$module.ko" -exec cp {} "$root/modules" \;
	echo "$module"
done >"$root/modules/order"
initramfs_of "$root" "$work/initramfs" "$work/bad_pointers" < <(cat tests/shuffle/{start,hibernate}.sh)

# start_with IMAGE WORD...: on the same disk each time
start_with() {
	start --kernel "$1" --initrd "$work/initramfs" --memory 512 --timeout 300 \
		--cmdline "console=ttyS0 no_timer_check oops=panic panic=-1 ${*:2}" \
		-- -drive "if=virtio,format=raw,file=$work/swap"
}

# comes_back NAME IMAGE WORD OTHER: one test: the kernel that was started with WORD is saved, and that with
# OTHER brings it back as it was
comes_back() {
	local saved
	rm -f "$work/swap"
	truncate -s 1G "$work/swap"
	start_with "$2" "$3"
	saved=$(sed -n "s/^$prefix saved=//p" "$log")
	[ -n "$saved" ] || fault "nothing was saved: $(tail -n 5 "$log")"
	cp "$log" "$log.saved"
	start_with "$2" "$4" bzboot.resume
	expect "resumed=${saved:-none}" efault=340 \
		"stack_self=*ksys_read+0x* do_syscall_64+0x* entry_SYSCALL_64_after_hwframe+0x*" end=reached
	finish_boot "$1"
}

name=6.1-cloud
pack hibernate-$name "$kernel"
pack hibernate-$name-boot "$kernel" --shuffle
comes_back "$name, the control: Debian's own image" "$package/boot/vmlinuz-$release" "" ""
comes_back "$name, the control: not shuffled" "$boot/hibernate-$name.efi" "" ""
comes_back "$name, shuffled: another order brings it back" "$boot/hibernate-$name-boot.efi" \
	bzboot.seed=1 bzboot.seed=2
comes_back "$name, shuffled: a kernel that is not shuffled brings it back" \
	"$boot/hibernate-$name-boot.efi" "" noshuffle
plan
