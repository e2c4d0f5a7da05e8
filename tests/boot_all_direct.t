#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The 32-bit and the 64-bit entry with Debian's kernels, with their own images as the control where
# possible; large initrds, long command lines, and KASLR without firmware.
#
#   tests/boot_all_direct.t		the control with a large initrd and a long command line
#   tests/boot_all_direct.t --all	and under each condition
. tests/boot.sh
. tests/direct.sh
. tests/kaslr.sh

mode=${1-}
probing_initramfs probing 0
small=$boot/probing.cpio

# reaches NAME IMAGE INITRD CMDLINE LOADER-WORDS ARGUMENT... -- KEY=VALUE...: a test: Debian's
# kernel runs userspace to its end, with that initrd and that command line
reaches() {
	boot_ok "$1: $5" --image "$2" --initrd "$3" --cmdline "$4" --timeout 60 --loader "${@:5}" \
		userspace=reached initrd=ok firmware=bios "levels=[45]" "cmdline=$4"
}

words="$from_loader rdinit=/probe panic=-1"

# under NAME LOADER-WORDS ARGUMENT... -- KEY=VALUE...: a test of our image, with --all of the control, too
under() {
	[ "$mode" != --all ] || reaches "$1, the control" "$boot/$1.vmlinuz" "$small" "$words" "${@:2}"
	reaches "$1" "$boot/$1.efi" "$small" "$words" "${@:2}"
}

# --- an old kernel and the newest ------------------------------------------------

for name in 6.1-cloud latest-cloud; do
	kernel "$name"
	pack_both "$name" "$boot/$name.vmlinuz"
	for entry in 32 64; do
		under "$name" "entry=$entry at=0x1000000" -- "release=$(release "$name")"
		# Linux's own image overwrites the initrd there if the loader ignores init_size.
		reaches "$name" "$boot/$name.efi" "$small" "$words" \
			"entry=$entry at=0x200000 initrd=after" -- "release=$(release "$name")"
		boot_ok "$name, all in the image: entry=$entry" --image "$boot/$name-full.efi" \
			--loader "entry=$entry at=0x123400" \
			-- userspace=reached initrd=ok initrd_id=image "cmdline=$from_image"
	done
done

# --- one kernel, under all conditions -------------------------------------------

name=6.12-cloud
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
for entry in 32 64; do
	for at in 0x100000 0x123400 0x7fffe00; do
		under "$name" "entry=$entry at=$at junk=1" --
	done
	under "$name" "entry=$entry selectors=shifted junk=1" --
done
under "$name" "entry=32 at=0x3000000 e820=300 holes=split" --
under "$name" "entry=64 at=0x3000000 e820=300 holes=overlap" --
under "$name" "entry=64 at=0x1000000 style=coreboot" --
under "$name" "entry=32 at=0x1000000 style=copy" --
under "$name" "entry=32 at=0x1000000" --cpus 2 -- cpus=2
under "$name" "entry=64 at=0x1000000" --cpu qemu64 --
under "$name" "entry=64 at=0x140000000 initrd=0x150000000" --memory 6144 --
under "$name" "entry=64 map=1g selectors=shifted initrd=0x150000000" --memory 6144 --
under "$name" "entry=64 at=0x1000000 la57=1" -- levels=5
under "$name" "entry=64 at=0x140000000 la57=1" --memory 6144 -- levels=5

# --- a large initrd --------------------------------------------------------------

probing_initramfs large 200000000
large=$boot/large.cpio
mapfile -t same_initrd < <(initrd_lines "$large")
pack testkernel "$testkernel"
for words_of in "entry=32 at=0x100000 initrd=after" "entry=64 at=0x1000000 initrd=high"; do
	prefix=TESTKERNEL
	boot_ok "test kernel, 200 MB: $words_of" --image "$boot/testkernel.efi" --initrd "$large" \
		--cmdline "$words" --loader "$words_of" \
		-- failures=0 given=ok places=ok "${same_initrd[@]}"
	prefix=BZBOOT
	reaches "$name, 200 MB" "$boot/$name.efi" "$large" "$words" "$words_of" --
done
reaches "$name, 200 MB, the control" "$boot/$name.vmlinuz" "$large" "$words" \
	"entry=64 at=0x1000000 initrd=high" --

# --- a long command line -----------------------------------------------------------

# Linux takes 2,047 bytes at most.
long="$words long="
long+=$(head -c $((2045 - ${#long})) /dev/zero | tr '\0' x)" Z"
[ ${#long} -eq 2047 ] || fail "a command line of ${#long} bytes"
prefix=TESTKERNEL
boot_ok "test kernel, 2,047 bytes" --image "$boot/testkernel.efi" --loader "entry=32" \
	--cmdline "$long" -- failures=0 given=ok "cmdline=$long"
prefix=BZBOOT
for image in "$name.vmlinuz" "$name.efi"; do
	reaches "$image, 2,047 bytes" "$boot/$image" "$small" "$long" "entry=64 at=0x1000000" --
done

# --- where the kernel goes -----------------------------------------------------------

# within FIRST END: a fault unless the kernel of the last boot begins in this range
within() {
	local physical
	physical=$((16#$(said physical))) || physical=-1
	if [ "$physical" -lt $(($1)) ] || [ "$physical" -ge $(($2)) ]; then
		fault "the kernel is at $(printf %#x "$physical"), not in $1 to $2"
	fi
}

# goes NAME IMAGE WORD FIRST END: a test: with WORD, the kernel is in that range
goes() {
	start --image "$boot/$2" --initrd "$small" --cmdline "$words $3" \
		--loader "entry=64 at=0x100000"
	expect userspace=reached initrd=ok "cmdline=$words $3"
	within "$4" "$5"
	finish_boot "$1: $3"
}

for image in "$name.vmlinuz" "$name.efi"; do
	goes "$image" "$image" mem=256M 0x1000000 0x10000000
	goes "$image" "$image" "memmap=64M\$0x1000000" 0x5000000 0x40000000
	boot_ok "$image: nokaslr" --image "$boot/$image" --initrd "$small" \
		--cmdline "$words nokaslr" --loader "entry=32 at=0x100000" \
		-- userspace=reached initrd=ok "virtual=$link_address"
done

# With about 500 places, three are equal once in 250,000 times.
for entry in 32 64; do
	forget_places
	for i in 1 2 3; do
		boot_somewhere "entry $entry, boot $i" --image "$boot/$name.efi" \
			--initrd "$small" --cmdline "$words" --loader "entry=$entry" \
			-- userspace=reached initrd=ok
	done
	places_differ "entry $entry: at different places" 2
done

# After a kexec that hands memory over, only the scratch area is free. By chance, three kernels
# would be in it once in a thousand times.
for i in 1 2 3; do
	start --image "$boot/$name.efi" --initrd "$small" --cmdline "$words" \
		--loader "entry=64 at=0x100000 kho=0x20000000"
	expect userspace=reached initrd=ok
	within 0x20000000 0x26000000
	finish_boot "a kexec handover, boot $i: in the scratch area"
done

# --- damaged images ---------------------------------------------------------------------

damage "$name" "$name-damaged"
for words_of in "entry=32 at=0x123400" "entry=64 at=0x100000 junk=1"; do
	boot_halts "a damaged payload: $words_of" '*bzboot:*payload*' \
		--image "$boot/$name-damaged.efi" --loader "$words_of" --cmdline "console=ttyS0"
	boot_halts "a damaged payload, five levels on offer: $words_of" '*bzboot:*payload*' \
		--image "$boot/$name-damaged.efi" --loader "$words_of" --cmdline "$words" \
		--initrd "$small" --memory 6144
done
boot_halts "a 486" '*bzboot:*64-bit*' --image "$boot/testkernel.efi" \
	--loader "entry=32 junk=1" --cmdline "console=ttyS0,115200 quiet" --cpu 486
plan
