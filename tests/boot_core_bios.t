#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The 16-bit entry: it finds the same facts about the machine as Debian's own image; all ways to
# enter it; and its messages when it cannot continue.
#
#   tests/boot_core_bios.t		some screens and entries of each kind
#   tests/boot_core_bios.t --all	all of them
# shellcheck disable=SC2016 # in assembler, $ is not a variable
. tests/boot.sh
. tests/bios.sh

need nm as ld cpio

# This kernel has drivers for every frame buffer and for EDD.
name=6.12
kernel "$name"
pack "$name" "$boot/$name.vmlinuz"
control=$boot/$name.vmlinuz
image=$boot/$name.efi
params_initramfs
initrd=$boot/params.cpio.gz

# --- boot_params --------------------------------------------------------------

# "quiet", because Debian's decompressor moves the cursor; "no_timer_check", because the timer of a
# busy host is late
text="console=ttyS0 quiet no_timer_check rdinit=/params"

# compare NAME VGA MIB OFFSET=BYTE... [-- QEMU-ARGUMENT...]
compare() {
	local known=()
	local line="vga=$2 $text" memory=$3
	local name=$1
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		known+=("$1")
		shift
	done
	same_params "$name: $line, $memory MiB" ${known[@]+"${known[@]}"} -- --initrd "$initrd" \
		--cmdline "$line" --memory "$memory" "$@"
}

# Two disks; the first has an MBR with the signature 0xdeadbeef.
truncate -s 20M "$temporary/disk1" "$temporary/disk2"
printf '\xef\xbe\xad\xde' | dd of="$temporary/disk1" bs=1 seek=440 conv=notrunc status=none
printf '\x55\xaa' | dd of="$temporary/disk1" bs=1 seek=510 conv=notrunc status=none
disk=(-drive "file=$temporary/disk1,format=raw")
disks=("${disk[@]}" -drive "file=$temporary/disk2,format=raw")

# 007: columns, 00e: rows, 00f: VGA or frame buffer; 016: bits per pixel; 1e9: disks with EDD
# information, 1ea: with an MBR, 290: its signature
compare "text" normal 512 006=03 007=50 00e=19 00f=01 1e9=00
compare "frame buffer, disks" 0x317 300 00f=23 013=04 016=10 1e9=02 1ea=01 290=ef 293=de \
	-- "${disks[@]}"
compare "no screen" normal 512 00f=00 -- -vga none
if [ "${1-}" = --all ]; then
	compare "above 4 GiB" 791 4608 00f=23 016=10
	compare "palette, Cirrus" 0x301 512 00f=23 016=08 -- -vga cirrus
	compare "80x50" ext 512 00e=32 010=08
	compare "80x34" 0xf06 512 00e=22 010=0e
	compare "mode as found, q35" 0xf04 512 00e=19 -- -machine q35
	compare "qboot" normal 512 00f=00 -- -bios qboot.rom
fi
text+=" edd=skipmbr"
compare "disks" normal 512 1e9=01 1ea=00 -- "${disk[@]}"
text+=" edd=off"
compare "disks" normal 512 1e9=00 1ea=00 -- "${disk[@]}"

# --- entries ------------------------------------------------------------------

cmdline="$from_loader quiet no_timer_check"
passes=(userspace=reached initrd=ok initrd_id=loader firmware=bios)
initramfs loader

# entered NAME CODE KEY=VALUE...: a test
entered() {
	local out=bios-${1//[^[:alnum:]]/_}
	enter_by "$out" "$2"
	boot_ok "$1" --kernel "$boot/$out.efi" --initrd "$boot/loader.cpio.gz" \
		--cmdline "$cmdline" -- "${passes[@]}" "${@:3}"
}

# to_segment SEGMENT: copy all of the image that has been loaded to that segment
to_segment() {
	printf 'cld; movw $%s, %%ax; movw %%ax, %%es; xorw %%si, %%si; xorw %%di, %%di;' "$1"
	printf 'movw $0x2000, %%cx; rep movsb; movw %%ax, %%ds;'
}

# A stack at this address would overwrite the setup header in boot_params.
low=$(nm "$build/stub/setup16.elf" | sed -n 's/ b zero_page$//p')
[ -n "$low" ] || fail "$build/stub/setup16.elf has no zero_page"
low=$((16#$low + 0x300))

go='ljmp $0x1020, $setup - 0x200'
same_cmdline="cmdline=$cmdline"
entered "CS = DS, SP = 0x8000 (kvmtool)" 'movw $0x8000, %sp; ljmp $0x1000, $setup' "$same_cmdline"
entered "DS = ES = 0, direction backwards" 'xorw %ax, %ax; movw %ax, %ds; movw %ax, %es; std
	ljmp $0x1020, $setup - 0x200' "$same_cmdline"
entered "SP is too low" "movw \$$low, %sp; $go" "$same_cmdline"
entered "the command line of protocol 2.00" "movl \$0, 0x228; movl \$0xf000a33f, 0x20
	movw \$0xffff, 0x212; cld; movw \$1f, %si; movw \$0xf000, %di; movw \$2f - 1f, %cx
	rep movsb; $go; 1: .asciz \"console=ttyS0 no_timer_check\"; 2:" \
	"cmdline=console=ttyS0 no_timer_check"
# The hook preserves only the registers that it must.
entered "a real-mode switch hook" "movw \$1f, 0x208; movw %ds, 0x20a; $go
	1: cli; movw \$0x3f8, %dx; movw \$2f, %bx; 3: movb (%bx), %al; outb %al, %dx; incw %bx
	cmpw \$4f, %bx; jb 3b; movl \$-1, %eax; movl %eax, %ebx; movl %eax, %ecx; lretw
	2: .ascii \"\\nBZBOOT hook=ran\\n\"; 4:" "$same_cmdline" hook=ran

if [ "${1-}" = --all ]; then
	entered "SS is not DS" "xorw %ax, %ax; movw %ax, %ss; movw \$0x7c00, %sp; $go" "$same_cmdline"
	entered "SS is not DS, no heap" "andb \$0x7f, 0x211; xorw %ax, %ax; movw %ax, %ss
		movw \$0x7c00, %sp; $go" "$same_cmdline"
	entered "SP = 0" "xorw %sp, %sp; $go" "$same_cmdline"
	entered "heap up to 64 KiB" "movw \$$low, %sp; movw \$0xfffc, 0x224; $go" "$same_cmdline"
	entered "an odd segment" "$(to_segment 0x3001) movw %ax, %ss; movw \$0x9000, %sp
		ljmp \$0x3021, \$setup - 0x200" "$same_cmdline"
fi

# --- messages -----------------------------------------------------------------

boot_stops "a processor without 64-bit mode, console=ttyS0" '*bzboot:*64-bit*' \
	--kernel "$image" --cmdline "console=ttyS0,115200" --cpu qemu32
boot_stops "a processor without CPUID leaf 0x80000001, console=ttyS1" '*bzboot:*64-bit*' \
	--kernel "$image" --cmdline "console=tty0 console=ttyS1" --cpu 486 \
	-- -serial null -serial "file:$boot/log/boot_core_bios.$((tests + 1)).raw"
boot_stops "a processor without 64-bit mode, earlyprintk=serial" '*bzboot:*64-bit*' \
	--kernel "$image" --cmdline "earlyprintk=serial,ttyS0" --cpu max,-lm

start --kernel "$image" --initrd "$boot/loader.cpio.gz" --cmdline "$cmdline vga=0x2ff"
line_of '*bzboot:*video mode*' >/dev/null || fault "no message about the mode"
expect "${passes[@]}"
finish_boot "a video mode that does not exist"

# The last bytes of the 16-bit code are wrong; on a screen that the BIOS sends to the serial line
end=$(LC_ALL=C grep -obUaP '\x42\x7a\x62\x5a' "$image" | head -n 1 | cut -d : -f 1)
[ "${end:-0x2000}" -lt $((0x1f00)) ] || fail "$image: no signature of the 16-bit code"
cp "$image" "$temporary/incomplete"
printf 'x' | dd of="$temporary/incomplete" bs=1 seek="$end" conv=notrunc status=none
boot_stops "a part of the setup code is missing" '*bzboot:*only a part*' \
	--kernel "$temporary/incomplete" -- -machine pc,graphics=off -vga none
plan
