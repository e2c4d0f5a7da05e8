# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Boots by the loader of tests/embed, which runs no code of an image: the stub in it is all zeros.
# Sourced by tests/boot_*_embed.t after tests/boot.sh, whose start it replaces: boot_ok and the
# functions that use it take these arguments:
#
#   --image FILE [--initrd FILE] [--cmdline TEXT] [--by WAY] [--memory MIB] [--cpu MODEL]
#
# WAY is how the loader is loaded: multiboot, by QEMU's -kernel; grub, by GRUB's multiboot2 from a
# CD; pvh, by QEMU's -kernel; qboot, by PVH, too, but that firmware makes another start_info.
# shellcheck disable=SC2154 # of boot.sh
embed_multiboot=$build/tests/embed/multiboot.elf
embed_pvh=$build/tests/embed/pvh.elf
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# wiped NAME: $boot/NAME-wiped.efi: $boot/NAME.efi with .text, the stub, zeroed
wiped() {
	made "$boot/$1-wiped.efi" "$boot/$1.efi" -- wipe_text "$boot/$1.efi" "$boot/$1-wiped.efi"
}

wipe_text() {
	local offset size
	read -r size offset < <(objdump -h -w "$1" | awk '$2 == ".text" { print "0x" $3, "0x" $6 }')
	[ $((size)) -ge 4096 ] || fail "$1 has no .text"
	cp "$1" "$2.tmp"
	dd if=/dev/zero of="$2.tmp" bs=4096 seek=$((offset / 4096)) count=$((size / 4096)) \
		conv=notrunc status=none
	! cmp -s "$1" "$2.tmp" || fail "$1 was wiped already"
	mv "$2.tmp" "$2"
}

# sign IN OUT: with a new key
sign() {
	need openssl
	openssl req -x509 -nodes -keyout "$temporary/key" -out "$temporary/cert" -days 2 \
		-subj "/CN=embed" 2>/dev/null || fail "openssl req"
	"$bzboot" sign "$1" --key "$temporary/key" --cert "$temporary/cert" -o "$2"
}

# by_multiboot: set how. The modules have short names, because QEMU ends a name at a comma or a
# blank.
by_multiboot() {
	local modules=$temporary/image
	ln -sfn "$(realpath "${option[image]}")" "$temporary/image"
	if [ -n "${option[initrd]}" ]; then
		ln -sfn "$(realpath "${option[initrd]}")" "$temporary/initrd"
		modules+=,$temporary/initrd
	fi
	how=(-kernel "$embed_multiboot" -initrd "$modules" -append "-- ${option[cmdline]}")
}

# by_pvh: set how. There is one module: see embed.h.
by_pvh() {
	cat "${option[image]}" ${option[initrd]:+"${option[initrd]}"} >"$temporary/module"
	how=(-kernel "$embed_pvh" -initrd "$temporary/module" -append "-- ${option[cmdline]}")
}

# by_qboot: set how
by_qboot() {
	by_pvh
	how+=(-bios qboot.rom)
}

# by_grub: set how
by_grub() {
	local tree=$temporary/tree lines=("serial --unit=0 --speed=115200" "terminal_output serial")
	need grub-mkimage xorriso
	rm -rf "$tree"
	mkdir "$tree"
	cp "$embed_multiboot" "$tree/loader"
	cp "${option[image]}" "$tree/image"
	lines+=("multiboot2 /loader -- ${option[cmdline]}" "module2 /image")
	if [ -n "${option[initrd]}" ]; then
		cp "${option[initrd]}" "$tree/initrd"
		lines+=("module2 /initrd")
	fi
	printf '%s\n' "${lines[@]}" boot >"$temporary/grub.cfg"
	grub-mkimage -O i386-pc-eltorito -p / -c "$temporary/grub.cfg" -o "$tree/grub.img" \
		serial terminal boot biosdisk iso9660 multiboot2
	xorriso -report_about FAILURE -as mkisofs -graft-points -b grub.img -no-emul-boot \
		-boot-load-size 4 -boot-info-table --grub2-boot-info -R -o "$temporary/cd.iso" "$tree" \
		2>"$log.err"
	how=(-cdrom "$temporary/cd.iso")
}

# start ARGUMENT...: like start in boot.sh
start() {
	local -A option=([initrd]="" [cmdline]="" [by]=multiboot [memory]=512 [cpu]=max
		[image]="")
	local how=() status=0 begin=$SECONDS
	while [ $# -gt 0 ]; do
		[ $# -ge 2 ] || fail "$1 needs a value"
		option[${1#--}]=$2
		shift 2
	done
	local file
	for file in "$embed_multiboot" "$embed_pvh" "${option[image]}" \
		${option[initrd]:+"${option[initrd]}"}; do
		[ -r "$file" ] || fail "cannot read $file"
	done
	open_log
	"by_${option[by]}"
	timeout --kill-after 10 120 qemu-system-x86_64 -machine pc -accel tcg,thread=single \
		-cpu "${option[cpu]}" -m "${option[memory]}" -nodefaults -nic none -vga std \
		-display none -no-reboot -serial "file:$log.raw" \
		-device isa-debug-exit,iobase=0xf4,iosize=0x04 "${how[@]}" \
		</dev/null >"$log.err" 2>&1 &
	wait_for_end $! || status=$?
	# 3: from the test kernel
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fault "QEMU ended with $status: $(tr "\n" " " <"$log.err")"
	readable_log
	echo "# $((SECONDS - begin)) s"
}

# wait_for_end PID: until QEMU ends, or the loader has refused and stopped
wait_for_end() {
	while kill -0 "$1" 2>/dev/null; do
		if grep -aq '^EMBED refused=.*' "$log.raw"; then
			sleep 0.5
			kill "$1" 2>/dev/null || true
			wait "$1" 2>/dev/null || true
			return 0
		fi
		sleep 0.2
	done
	wait "$1"
}

# boot_embedded NAME ARGUMENT... -- KEY=VALUE...: boot_ok, and the kernel is where the loader says,
# which is noted: see tests/kaslr.sh; and it gets the RSDP, if that is known
boot_embedded() {
	boot_ok "$@" "${anywhere[@]}"
	same "physical address" "$(kernel_address physical)" "$(loader_address physical)"
	same "virtual address" "$(kernel_address virtual)" "$(loader_address virtual)"
	same "RSDP" "$(kernel_address rsdp)" "$(loader_address rsdp)"
	finish "$1: at the loader's addresses"
	virtuals+=("$(said virtual)")
	physicals+=("$(said physical)")
}

kernel_address() {
	local address
	address=$(said "$1")
	[ -z "$address" ] || printf '%016x\n' "0x$address"
}

loader_address() {
	sed -n "s/^EMBED $1=0x//p" "$log"
}

# boot_refused_as NAME ERROR ARGUMENT...: one test: the loader prints ERROR and stops
boot_refused_as() {
	start "${@:3}"
	line_of "EMBED refused=$2" >/dev/null || fault "no line: EMBED refused=$2"
	! line_of "EMBED entry=*" >/dev/null || fault "the kernel was entered"
	finish_boot "$1"
}
