# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Xen's first domain, paravirtual: Xen decompresses the payload itself, or gets the ELF; no code of
# the image runs.

loader xen ELF "Xen 4.17, dom0" "cmdline=@ console=hvc0" firmware=bios -- xen_dom0
loader xen-elf ELF "Xen 4.17, dom0, the ELF inside" "cmdline=@ console=hvc0" firmware=bios -- xen_elf

no_dom0="(XEN) Kernel does not support Dom0 operation"
without_control "xen*" "@(5.10|6.1)-cloud" "(XEN) Hardware Dom0 halted: *" "Debian sets no CONFIG_XEN_DOM0"
without_control "xen*" "!(5.10|6.1)-cloud" "$no_dom0" "Debian sets no CONFIG_XEN_DOM0"
without_control "xen*" smp "$no_dom0" "tests/linux sets no CONFIG_XEN_DOM0"

xen_elf() {
	take_elf
	xen_dom0
}

xen_dom0() {
	put_kernel
	put /boot/xen-4.17-amd64.gz xen
	grub_cd "multiboot2 /xen com1=115200,8n1 console=com1" \
		"module2 /kernel $cmdline console=hvc0" "module2 /initrd"
	# Xen 4.17 does not support the newer features of -cpu max.
	bios "${from_cd[@]}" -cpu qemu64
}
