#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# More features of Linux's own stub: with another kernel, and by words of the command line.
# shellcheck source=tests/parity.sh
. tests/parity.sh

name=6.12
kernel "$name"
initramfs loader
pack "$name" "$boot/$name.vmlinuz"
with_both "$name" "$name"

# An initrd that the firmware needs long to hash: the archive, and zeros after it.
long=$sockets/long.cpio.gz
cp "$boot/loader.cpio.gz" "$long"
truncate -s 64M "$long"
long_boot=(--kernel "$boot/$name.efi" --initrd "$long" --cmdline)
start_with_tpm "${long_boot[@]}" "$from_loader" -- -device tpm-tis,tpmdev=tpm
expect userspace=reached initrd=ok
line_of "bzboot: loading the initrd" >/dev/null || fault "bzboot prints nothing"
! line_of "bzboot: *us: *" >/dev/null || fault "phases without bzboot.debug"
finish_boot "$name: prints the phases that take long"
start_with_tpm "${long_boot[@]}" "$from_loader quiet" -- -device tpm-tis,tpmdev=tpm
expect userspace=reached initrd=ok
! line_of "bzboot: *" >/dev/null || fault "not quiet"
finish_boot "$name: quiet"

prefix=TESTKERNEL
pack testkernel "$testkernel"
image=(--kernel "$boot/testkernel.efi" --initrd "$boot/loader.cpio.gz")

start "${image[@]}" --cmdline "video=efifb:list"
expect failures=0 screen_width=1280
line_of "bzboot: press a key*" >/dev/null || fault "it does not wait"
number=$(sed -n 's/^bzboot: video=efifb:mode=\([0-9]*\), 1024 x 768, 32 bits$/\1/p' "$log")
[ -n "$number" ] || fault "no mode of 1024 x 768 in the list"
finish_boot "the list of modes"
boot_ok "a mode by its number" "${image[@]}" --cmdline "video=efifb:mode=$number" \
	-- failures=0 screen_width=1024 screen_height=768
boot_ok "a mode by its size and order" "${image[@]}" --cmdline "video=efifb:800x600-bgr" \
	-- failures=0 screen_width=800 screen_height=600
boot_ok "a mode that does not exist" "${image[@]}" --cmdline "video=efifb:1024x768-16" \
	-- failures=0 screen_width=1280 screen_height=800
# With 16 MiB of video memory, the mode with the most pixels.
boot_ok "the largest mode" "${image[@]}" --cmdline "video=efifb:auto" \
	-- failures=0 screen_width=2048 screen_height=2048

bridge=(-device pcie-root-port,id=bridge,addr=0x10 -device virtio-rng-pci,bus=bridge)
boot_ok "DMA through bridges" "${image[@]}" --cmdline "efi=debug" -- "${bridge[@]}" \
	-- failures=0 pci_bridges=1 pci_bridge_masters=1
boot_ok "efi=disable_early_pci_dma" "${image[@]}" \
	--cmdline "efi=disable_early_pci_dma" -- "${bridge[@]}" \
	-- failures=0 pci_bridges=1 pci_bridge_masters=0 screen=ok
boot_ok "noinitrd" "${image[@]}" --cmdline "noinitrd" -- failures=0 initrd_size=0

start "${image[@]}" --cmdline "bzboot.debug"
expect failures=0
for phase in "choosing memory" "decompressing the kernel" "leaving the firmware"; do
	line_of "bzboot: [1-9]* us: $phase" >/dev/null || fault "no message: $phase"
done
finish_boot "bzboot.debug"

# From the UEFI shell: files, and variables as a boot loader sets them.
tree=$sockets/tree
mkdir "$tree"
cp "$boot/testkernel.efi" "$tree/kernel.efi"
cp "$boot/loader.cpio.gz" "$tree/initrd"
shell="@echo -off
setvar LoaderTimeInitUSec -guid 4a67b082-0a4c-41cf-b6c7-440b29bb8c4f -bs -rt =3400320031000000
fs0:kernel.efi initrd=\\initrd efi=nochunk"
boot_ok "a boot loader's times are kept; initrd= in one go" --cpu max,-hypervisor \
	--tree "$tree" --startup "${shell//$'\n'/$'\r\n'}" \
	-- failures=0 LoaderTimeInitUSec=421 'LoaderTimeExecUSec=[1-9]*' initrd_table=ok \
	"initrd_size=$(stat -c %s "$boot/loader.cpio.gz")"

# Files are measured as by Linux 6.14 and later; the second does not begin at a multiple of 4.
prefix=BZBOOT
name=7.2-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
printf '\0\0\0\0\0' >"$tree/second"
[ $(($(stat -c %s "$tree/initrd") % 4)) -ne 0 ] || printf '\0' >>"$tree/initrd"
consoles=()
for image in vmlinuz efi; do
	cp --remove-destination "$boot/$name.$image" "$tree/kernel.efi"
	start_with_tpm --tree "$tree" --startup "fs0:kernel.efi $from_loader bzboot.handoff \
initrd=\\initrd initrd=\\second"$'\r\n' -- -device tpm-tis,tpmdev=tpm
	expect userspace=reached initrd=ok
	consoles+=("$log")
	finish_boot "$name, initrd= of two files: $image"
done
same_params "${consoles[1]}" "${consoles[0]}"
same_lines PCRs "${consoles[1]}" "${consoles[0]}" pcrs_of
replayed "${consoles[1]}"
finish "$name, initrd= of two files: boot_params, and measurements"
plan
