# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Memory at boot under EFI, from the firmware's own map at ExitBootServices()

memory_kernels=("6.12-cloud zstd" "6.12 zstd" "latest zstd" "6.1-cloud lz4" "6.1 xz")

# efi_pages IMAGE: KiB of the loader's types in the firmware's map at ExitBootServices(), when most
# is allocated: the image, the kernel, and everything that stub and firmware have allocated for it
efi_pages() {
	ovmf/run.sh --kernel "$1" --initrd "$work/initrd" --cmdline "console=ttyS0 efi=debug" \
		--timeout 600 --log "$work/log" || fail "$1 does not boot"
	tr -d '\r' <"$work/log" | perl -ne '
		next unless /efi: mem\d+: \[(Loader Code|Loader Data)[ |].*range=\[0x(\w+)-0x(\w+)\]/;
		$sum += hex($3) + 1 - hex($2);
		END { $sum or exit 1; print $sum / 1024, "\n" }' ||
		fail "the kernel of $1 does not print the firmware's map"
}

# row NAME CODEC: the images as packed by default
memory_row() {
	local image theirs pages their_pages
	image=$(packed "$1" "$2")
	theirs=$(vmlinuz "$1")
	say "memory under EFI: $1"
	pages=$(efi_pages "$image")
	their_pages=$(efi_pages "$theirs")
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$pages" "$their_pages" \
		"$(($(field .pe.size_of_image "$image") / 1024))" \
		"$(($(field .manifest.memory_size "$image") / 1024))" \
		"$(($(field .pe.size_of_image "$theirs") / 1024))"
}

# bench_memory: the section
bench_memory() {
	local line
	see_to_boots
	for line in "${memory_kernels[@]}"; do
		# shellcheck disable=SC2086 # words
		memory_row $line
	done >"$(figures memory)"
	cat <<-END
	## Memory at boot

	Under EFI, in KiB: all pages of types EfiLoaderCode and EfiLoaderData in the firmware's memory map
	at ExitBootServices(), as the kernel prints it (\`efi=debug\`). Nothing is freed before, so this is
	the peak: the image as the firmware loaded it (SizeOfImage), the kernel with the gap before it
	(memory_size; for Linux's own image only the kernel), as much of the decoder's workspace (100 KiB
	for zstd; the dictionary for xz) as does not fit in what becomes the kernel's bss, boot_params, the
	command line, maps, and an initrd of
	$(($(size_of "$work/initrd") / 1024)) KiB, the same for both.

	| kernel | bzboot | distribution | ratio | image, bzboot | memory_size | image, distribution |
	|---|---:|---:|---:|---:|---:|---:|
	END
	awk -F'\t' '{ printf "| %s | %d | %d | %.3f | %d | %d | %d |\n", $1, $2, $3, $2 / $3, $4, $5, $6 }' \
		"$(figures memory)"
}
