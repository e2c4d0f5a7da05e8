# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# Boot loaders of the matrix as judges: see tests/judges.sh. U-Boot, rEFInd and systemd-boot are asked
# about all files in one boot. SYSLINUX and iPXE start what they accept, so they get copies whose code
# says that it was entered and resets the machine; Xen has one boot per file, which ends when Xen has
# made a domain of it, or not.
# shellcheck source=tests/judges.sh
. tests/judges.sh
# shellcheck source=tests/loaders/syslinux.sh
. tests/loaders/syslinux.sh
# shellcheck source=tests/loaders/systemd.sh
. tests/loaders/systemd.sh
need as objcopy python3 mkimage mcopy

# --- Copies that say so when they are entered

# judge_entered: $judged/setup and $judged/entry, the code of tests/check/entered.S
judge_entered() {
	made "$judged/entry" tests/check/entered.S -- judge_assemble
}

judge_assemble() {
	as --32 -o "$judged/entered.o" tests/check/entered.S
	objcopy -O binary -j .setup "$judged/entered.o" "$judged/setup"
	objcopy -O binary -j .entry "$judged/entered.o" "$judged/entry"
}

# overwrite FILE OFFSET CODE: FILE stays as long as it is
overwrite() {
	[ $(($2 + $(stat -c %s "$3"))) -gt "$(stat -c %s "$1")" ] ||
		dd if="$3" of="$1" bs=4096 seek=$(($2)) oflag=seek_bytes conv=notrunc status=none
}

# enter_copies FROM TO: a copy of each bzImage, with other code at its 16-bit and its 32-bit entry
# (boot.rst: setup_sects, jump; the header of version 2.15 ends at 0x26c)
enter_copies() {
	local file out setup sectors
	judge_entered
	mkdir -p "$2"
	for file in "$1"/*; do
		out=$2/${file##*/}
		cp -L "$file" "$out"
		setup=$((0x202 + $(number "$file" 0x201 1)))
		[ "$(number "$file" 0x206 2)" -lt $((0x20f)) ] || [ $setup -ge $((0x26c)) ] || setup=0x26c
		sectors=$(number "$file" 0x1f1 1)
		overwrite "$out" "$setup" "$judged/setup"
		overwrite "$out" $(((${sectors/#0/4} + 1) * 512)) "$judged/entry"
	done
}

# ask PROMPT QEMU-ARGUMENT...: answers to the questions on standard input, "FILE COMMAND"
ask() {
	python3 tests/ask_prompt.py "$log.raw" "$1" 30 qemu-system-x86_64 -accel tcg,thread=single \
		-cpu max -m 512 -nodefaults -nic none -vga none -display none -serial stdio "${@:2}" \
		2>"$work/output" | sort
	judge_end
}

# judge_syslinux FOLDER: with an initrd
judge_syslinux() {
	local file count=0
	judge_begin syslinux
	enter_copies "$1" "$work/tree/try"
	put_text initrd initrd
	put_text syslinux.cfg "SERIAL 0 115200" "PROMPT 1" "DEFAULT none"
	for file in "$1"/*; do
		count=$((count + 1))
		printf '%s\n' "LABEL $count" "LINUX /try/${file##*/}" "INITRD /initrd" \
			>>"$work/tree/syslinux.cfg"
		echo "${file##*/} $count" >>"$work/questions"
	done
	syslinux_install
	ask "boot: " -machine pc -drive "if=virtio,format=raw,file=$work/disk" <"$work/questions"
}

# judge_ipxe FOLDER: under BIOS, from TFTP, with an initrd. What is typed must fit into the keyboard
# buffer of SeaBIOS, which is on the serial line, too.
judge_ipxe() {
	local file count=0 server=tftp://10.0.2.2
	judge_begin ipxe
	enter_copies "$1" "$work/tree/try"
	put_text initrd initrd
	put_text shell "#!ipxe" shell
	printf '%s\n' "#!ipxe" "set net0/ip 10.0.2.15" "set net0/netmask 255.255.255.0" \
		"ifopen net0" "chain $server/shell" >"$work/script"
	for file in "$1"/*; do
		count=$((count + 1))
		put_text $count "#!ipxe" \
			"kernel -n kernel try/${file##*/} && initrd -n initrd initrd && boot ||" \
			"imgfree kernel ||" "imgfree initrd ||"
		echo "${file##*/} chain $count" >>"$work/questions"
	done
	ask "iPXE> " -machine pc,graphics=off -kernel /usr/lib/ipxe/ipxe.lkrn -initrd "$work/script" \
		-netdev "user,id=tftp,restrict=on,tftp=$work/tree" \
		-device rtl8139,netdev=tftp,romfile= <"$work/questions"
}

# --- U-Boot

# judge_u_boot FIRMWARE LINE...: a U-Boot runs these, with $work/tree
judge_u_boot() {
	printf '%s\n' "${@:2}" >"$work/script"
	mkimage -A x86 -T script -C none -d "$work/script" "$work/tree/boot.scr.uimg" >"$work/output"
	(cd "$work" && fat_disk && bios -bios "$1" "${from_disk[@]}") >"$work/output" 2>&1 ||
		fail "U-Boot: $(<"$work/output")"
	judge_end
}

# judge_zboot FOLDER: by zboot, all but its last step, the jump
judge_zboot() {
	local name lines=()
	judge_begin zboot
	mkdir "$work/tree/try"
	for name in "$1"/*; do
		cp -L "$name" "$work/tree/try"
		name=${name##*/}
		# shellcheck disable=SC2016 # variables of U-Boot
		lines+=("echo JUDGE $name begin" "load virtio 0 0x4000000 try/$name"
			'zboot start 0x4000000 ${filesize}'
			"if zboot load && zboot setup; then setenv status 0; else setenv status 1; fi"
			"echo JUDGE $name status=\${status}")
	done
	judge_u_boot /usr/lib/u-boot/qemu-x86/u-boot.rom "${lines[@]}" reset
	judge_lines
}

# judge_bootefi FOLDER: LoadImage() of U-Boot 2025.01; that of Debian 12 crashes
judge_bootefi() {
	judge_begin bootefi
	mkdir "$work/tree/try"
	cp -L "$1"/* "$work/tree/try"
	cp "$try_program" "$work/tree/try.efi"
	judge_u_boot "$(tools/unpacked.sh u-boot-qemu/trixie)/usr/lib/u-boot/qemu-x86_64/u-boot.rom" \
		"load virtio 0 0x4000000 try.efi" "bootefi 0x4000000" reset
	judge_loaded
}

# --- Programs under EFI, which start $try_program: it says what LoadImage() does with each file

# loaded_from NAMES: the files that LoadImage() takes and that are among the NAMES of the loader's own
# list; the others are refused
loaded_from() {
	judge_loaded | awk 'NR == FNR { listed[$1]; next }
		!sub(/\.efi /, " ") { next }
		$2 == "accepts" && !($1 in listed) { $2 = "refuses"; $3 = "is not in the list" }
		{ print }' "$1" -
}

# efi_copies FROM TO: copies, under names that end in .efi
efi_copies() {
	local file
	mkdir -p "$2"
	for file in "$1"/*; do
		cp -L "$file" "$2/${file##*/}.efi"
	done
}

# judge_refind FOLDER: rEFInd's log says what it takes for a loader
judge_refind() {
	judge_begin refind
	efi_copies "$1" "$work/tree/try"
	put "$try_program" try/judge-end.efi
	put /usr/share/refind/refind/refind_x64.efi EFI/BOOT/BOOTX64.EFI
	put_text EFI/BOOT/refind.conf "timeout -1" "textonly true" "log_level 4" "also_scan_dirs /try" \
		"scanfor internal,external" "default_selection judge-end"
	judge_disk
	mcopy -i "$work/disk@@$((partition * 512))" ::/EFI/BOOT/refind.log "$work/refind.log"
	judge_end
	iconv -f UTF-16 -t UTF-8 "$work/refind.log" |
		sed -n "s/.*'try.\(.*\)\.efi' is a valid loader.*/\1/p" >"$work/names"
	loaded_from "$work/names" | grep -v '^judge-end '
}

# judge_sd_boot FOLDER: unified kernel images in its folder; other files it starts by their names alone
judge_sd_boot() {
	judge_begin sd-boot
	efi_copies "$1" "$work/tree/EFI/Linux"
	put "$try_program" try.efi
	put /usr/lib/systemd/boot/efi/systemd-bootx64.efi EFI/BOOT/BOOTX64.EFI
	put_text loader/loader.conf "timeout 0" "default judge.conf"
	put_text loader/entries/judge.conf "title judge" "efi /try.efi"
	judge_disk
	judge_end
	sed -n 's/^TRY entry=\(.*\)\.efi$/\1/p' "$log" >"$work/names"
	loaded_from "$work/names"
}

# judge_sd_stub FOLDER SUITE: each file as the .linux of a unified kernel image. The copies that are
# started return EFI_ALREADY_STARTED.
judge_sd_stub() {
	local file kernel cmdline=quiet initrd systemd
	judge_begin "sd-stub-$2"
	systemd=$(tools/unpacked.sh "systemd-boot-efi/$2")/usr/lib/systemd/boot/efi
	initrd=$work/initrd
	echo initrd >"$initrd"
	put "$try_program" EFI/BOOT/BOOTX64.EFI
	mkdir "$work/tree/start"
	kernel=$work/kernel
	printf '\xb8\x14\0\0\0\x48\x0f\xba\xe8\x3f\xc3' >"$work/return"	# mov bts ret
	for file in "$1"/*; do
		cp -L "$file" "$kernel"
		overwrite "$kernel" "$(pe_entry "$file")" "$work/return"
		uki "$work/tree/start/${file##*/}"
	done
	judge_disk
	judge_end
	sed -n -e 's/^TRY file=\([^ ]*\) start=Already started$/\1 accepts -/p; t' \
		-e 's/^TRY file=\([^ ]*\) start=/\1 refuses /p' "$log" | sort
}

# pe_entry FILE: the offset of its entry, in an image whose addresses are offsets
pe_entry() {
	number "$1" $(($(number "$1" 0x3c 4) + 40)) 4
}

# judge_disk: OVMF starts what is in $work/tree
judge_disk() {
	(cd "$work" && fat_disk && efi "${from_disk[@]}") >"$work/output" 2>&1 ||
		fail "OVMF: $(<"$work/output")"
}

# --- Xen

# judge_xen FOLDER: as dom0; QEMU starts Xen by Multiboot. It takes the file if it starts the domain;
# else it would wait.
judge_xen() {
	local file
	judge_begin xen
	gzip -dc /boot/xen-4.17-amd64.gz >"$work/tree/xen"
	echo initrd >"$work/tree/initrd"
	for file in "$1"/*; do
		judge_xen_one "$file"
	done
	rm -r "$work/tree"
}

xen_ends='Manual reset required|Serial input to DOM0'

judge_xen_one() {
	local log=$work/${1##*/}.log machine end=$((SECONDS + 60))
	: >"$log.raw"
	# Xen 4.17 does not support the newer features of -cpu max.
	timeout 60 qemu-system-x86_64 -machine pc -accel tcg,thread=single -cpu qemu64 -m 512 -nodefaults \
		-nic none -vga none -display none -serial "file:$log.raw" -kernel "$work/tree/xen" \
		-append "com1=115200,8n1 console=com1 noreboot" \
		-initrd "$(realpath "$1") console=hvc0,$work/tree/initrd" </dev/null 2>"$work/output" &
	machine=$!
	until grep -qaE "$xen_ends" "$log.raw" || [ $SECONDS -ge $end ]; do
		sleep 0.05
	done
	kill "$machine" 2>/dev/null
	wait "$machine" || true
	readable_log
	if grep -q 'Serial input to DOM0' "$log"; then
		echo "${1##*/} accepts -"
	elif grep -q 'Manual reset required' "$log"; then
		echo "${1##*/} refuses $(grep -E '^\(XEN\) [^*]' "$log" | tail -n 3 | head -n 1)"
	fi
}
