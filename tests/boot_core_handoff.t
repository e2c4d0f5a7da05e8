#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The hand-off to a kernel, as the test kernel sees it
. tests/boot.sh

prefix=TESTKERNEL
cmdline="handoff one=1 two=\"a b\""
initrd=$boot/loader.cpio.gz
initramfs loader
pack testkernel "$testkernel"
pack testkernel-full "$testkernel" --cmdline "$cmdline" --initrd "$initrd"

# The packer pads an initrd to a multiple of 4 bytes, where the next one may begin.
padded=$boot/handoff.padded
cp "$initrd" "$padded"
truncate -s %4 "$padded"
mapfile -t loader_initrd < <(initrd_lines "$initrd")
mapfile -t image_initrd < <(initrd_lines "$padded")

expected=(
	failures=0 bss=ok segments=ok registers=ok flags=ok header=ok load=ok e820=ok
	command_line=ok efi=ok efi_map=ok places=ok acpi=ok
)
by_loader=(--kernel "$boot/testkernel.efi" --initrd "$initrd" --cmdline "$cmdline")
from_disk=(--disk "$boot/testkernel-full.efi")

# Linux's own stub makes a table only of an initrd that it loaded itself.
expect_by_loader=("${expected[@]}" "${loader_initrd[@]}" "cmdline=$cmdline initrd=initrd"
	initrd_table=ok)
expect_from_disk=("${expected[@]}" "${image_initrd[@]}" "cmdline=$cmdline" initrd_table=absent)

boot_ok "OVMF -kernel" "${by_loader[@]}" \
	-- "${expect_by_loader[@]}" screen=ok secure_boot=2
boot_ok "from disk" "${from_disk[@]}" \
	-- "${expect_from_disk[@]}" screen=ok mem_encryption=off
pack testkernel-encrypt "$testkernel" --cmdline "mem_encrypt=off mem_encrypt=on"
boot_ok "from disk, mem_encrypt=on" --disk "$boot/testkernel-encrypt.efi" \
	-- "${expected[@]}" mem_encryption=on
boot_ok "OVMF -kernel, 256 MiB" "${by_loader[@]}" --memory 256 \
	-- "${expect_by_loader[@]}" ram_above_4g_mib=0
boot_ok "OVMF -kernel, 6 GiB" "${by_loader[@]}" --memory 6144 \
	-- "${expect_by_loader[@]}" ram_above_4g_mib=4096
boot_ok "from disk, 6 GiB, 2 CPUs" "${from_disk[@]}" --memory 6144 --cpus 2 \
	-- "${expect_from_disk[@]}" ram_above_4g_mib=4096
boot_ok "from disk, a CPU without RDRAND" "${from_disk[@]}" --cpu qemu64 \
	-- "${expect_from_disk[@]}"
# Memory with random content, which shows whether the bss is cleared. The file is not written to.
head -c 256M /dev/zero | tr '\0' '\252' >"$boot/handoff.memory"
for cpus in 1 2; do
	boot_ok "from disk, memory full of garbage, $cpus CPUs" "${from_disk[@]}" \
		--memory 256 --cpus $cpus -- -machine memory-backend=memory -object \
		"memory-backend-file,id=memory,size=256M,share=off,mem-path=$boot/handoff.memory" \
		-- "${expect_from_disk[@]}"
done
rm "$boot/handoff.memory"
kernel 6.1-cloud
pack 6.1-cloud "$boot/6.1-cloud.vmlinuz"
damage 6.1-cloud 6.1-cloud-damaged
boot_ok "from disk, after a damaged image" \
	"${from_disk[@]}" --kernel "$boot/6.1-cloud-damaged.efi" \
	-- "${expect_from_disk[@]}"
boot_ok "from disk, no screen" "${from_disk[@]}" -- -vga none \
	-- "${expect_from_disk[@]}" screen=absent
plan
