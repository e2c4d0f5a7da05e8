# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The example loader of tests/embed, which uses the library: no code of the image runs. QEMU loads
# it by Multiboot, with the image and the initrd as modules.

loader embed library "the example loader" "cmdline=@" firmware=bios -- embed
alone embed "it reads nothing but images of ours"

embed() {
	put_kernel
	bios -kernel "$embed_loader" -initrd tree/kernel,tree/initrd -append "-- $cmdline"
}
