# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# iPXE enters the 16-bit code under BIOS. It loads the kernel from the TFTP server inside QEMU, the
# only server on that network.

loader ipxe 16-bit "iPXE, BIOS" "cmdline=@" firmware=bios -- ipxe_lkrn

# ipxe_lkrn: QEMU starts iPXE like a kernel, with a script as its initrd
ipxe_lkrn() {
	local server=tftp://10.0.2.2
	put_kernel
	printf '%s\n' "#!ipxe" "dhcp" "kernel $server/kernel $cmdline" "initrd $server/initrd" \
		boot >"$work/script"
	bios -kernel /usr/lib/ipxe/ipxe.lkrn -initrd "$work/script" \
		-netdev "user,id=tftp,restrict=on,tftp=$work/tree" \
		-device virtio-net-pci,netdev=tftp
}
