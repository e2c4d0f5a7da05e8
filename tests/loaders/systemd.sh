# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# systemd-boot and systemd-stub: both start the PE image.

systemd=/usr/lib/systemd/boot/efi

loader sd-boot PE "systemd-boot" "cmdline=initrd=\\\\initrd @" firmware=efi -- sd_boot
loader sd-stub PE "systemd-stub, a unified kernel image" "cmdline=@" firmware=efi -- sd_stub

sd_boot() {
	put_kernel
	put "$systemd/systemd-bootx64.efi" EFI/BOOT/BOOTX64.EFI
	put_text loader/loader.conf "timeout 0"
	put_text loader/entries/kernel.conf "title kernel" "linux /kernel" "initrd /initrd" \
		"options $cmdline"
	fat_disk
	efi "${from_disk[@]}"
}

# uki OUT: the stub, with kernel, initrd and command line as sections, each on the next page
uki() {
	local stub=$systemd/linuxx64.efi.stub arguments=() end=0 name file size address
	printf %s "$cmdline" >"$work/cmdline"
	while read -r size address; do
		end=$((0x$address + 0x$size))
	done < <(objdump -h "$stub" | awk '$1 ~ /^[0-9]+$/ { print $3, $4 }')
	while read -r name file; do
		end=$(((end + 4095) & ~4095))
		arguments+=(--add-section "$name=$file"
			--change-section-vma "$name=$(printf '%#x' "$end")")
		end=$((end + $(stat -L -c %s "$file")))
	done <<-END
		.osrel /etc/os-release
		.cmdline $work/cmdline
		.initrd $initrd
		.linux $kernel
	END
	objcopy "${arguments[@]}" "$stub" "$1"
}

sd_stub() {
	mkdir -p "$work/tree/EFI/BOOT"
	uki "$work/tree/EFI/BOOT/BOOTX64.EFI"
	fat_disk
	efi "${from_disk[@]}"
}
