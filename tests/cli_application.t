#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Kernels of other machines than x86-64: from each form of an Image bzboot packs one and the same
# payload, all commands read the image, and what cannot be packed is refused with its reason. Stub
# and kernels are stand-ins (tests/application.sh): what a boot does is in tests/boot_*.t.
# shellcheck source=tests/cli.sh
. tests/cli.sh
# shellcheck source=tests/application.sh
. tests/application.sh
need gcc objcopy gzip zstd xz cmp jq openssl

machines=(arm64 riscv64 loong64)
kernel=$work/Image
stub=$work/stub
got=$work/got

mkdir "$out"
for machine in "${machines[@]}"; do
	make_application "$kernel.$machine" "$machine"
	pad_application "$kernel.$machine" "$kernel.$machine.padded"
	make_stand_in "$stub.$machine" "$machine" zstd
done

# packs MACHINE IMAGE KERNEL [OPTION]...: without a message
packs() {
	run pack "$3" -o "$2" --stub "$stub.$1" "${@:4}"
	same "exit status of pack $3" 0 "$status"
	same "messages of pack $3" "" "$(cat "$work/stderr")"
}

# holds IMAGE BYTES: what extract finds
holds() {
	run extract "$1" -o "$got"
	same "exit status of extract" 0 "$status"
	cmp -s "$2" "$got" || fault "the payload of $1 is not $2"
}

# --- one payload ----------------------------------------------------------------------

for machine in "${machines[@]}"; do
	packs "$machine" "$work/$machine.efi" "$kernel.$machine"
	holds "$work/$machine.efi" "$kernel.$machine.padded"
	same Machine "${pe_number[$machine]}" "$(get "$work/$machine.efi" 0x44 2)"
	finish "the payload is the Image as firmware loads it: $machine"
done

# lowest_address IMAGE: of its memory
lowest_address() {
	run info --json "$1"
	jq -r .manifest.lowest_address "$work/stdout"
}
while read -r machine image_at elf_at; do
	same "of the Image" "$image_at" "$(lowest_address "$work/$machine.efi")"
	make_flat_elf "$work/elf" "$kernel.$machine" "$machine"
	packs "$machine" "$image" "$work/elf" --payload elf
	same "of the ELF" "$elf_at" "$(lowest_address "$image")"
	finish "the place that the kernel copies itself to stays free: $machine"
done <<-'END'
	arm64 0x0 0x0
	riscv64 0x0 0x0
	loong64 0x400000 0x400000
END
make_application "$work/other" loong64
put "$work/other" 0x38 4 0
packs loong64 "$image" "$work/other"
same "lowest address" 0x0 "$(lowest_address "$image")"
finish "only Linux's stub for loong64 copies the kernel"

for codec in none gzip lzma xz lz4 zstd; do
	make_stand_in "$stub.codec" arm64 "$codec"
	packs codec "$image" "$kernel.arm64" --compress "$codec"
	holds "$image" "$kernel.arm64.padded"
	same "type of the compression" "$codec" "$(dd if="$image" bs=1 skip=24 count=4 status=none | tr -d '\0')"
	finish "by each codec: $codec"
done

# liblzma has a filter for arm64 since 5.4, as xz.
while read -r machine filters; do
	make_stand_in "$stub.codec" "$machine" xz
	packs codec "$image" "$kernel.$machine" --compress xz
	run extract "$image" --raw -o "$work/stream.xz"
	[ "$machine" != arm64 ] || xz --long-help | grep -q -e --arm64 || filters=
	[[ $(xz -lvv "$work/stream.xz") == *"  ${filters:+$filters }--lzma2=dict="* ]] || fault "$(xz -lvv "$work/stream.xz")"
	finish "the filter of xz: $machine"
done <<-'END'
	arm64 --arm64
	riscv64
	loong64
END

# foreign FILE: that image of ours, of another program's making
foreign() {
	cp "$work/arm64.efi" "$1"
	put "$1" 0x2000 1 0x42
}
gzip -c "$kernel.arm64" >"$work/Image.gz"
zstd -q -c "$kernel.arm64" >"$work/Image.zst"
foreign "$work/zboot"
make_flat_elf "$work/vmlinux" "$kernel.arm64" arm64
make_wrapper "$work/uki" arm64 "$kernel.arm64"
make_wrapper "$work/uki-of-zboot" arm64 "$work/zboot"
make_wrapper "$work/uki-of-ours" arm64 "$work/arm64.efi"
for input in Image.gz Image.zst zboot vmlinux uki uki-of-zboot uki-of-ours arm64.efi; do
	run pack "$work/$input" -o "$image" --stub "$stub.arm64"
	same "exit status" 0 "$status"
	cmp -s "$work/arm64.efi" "$image" || fault "not the image that is made of the Image"
	finish "the same image from $input"
done

cp "$kernel.arm64" "$work/signed"
put "$work/signed" 0x98 4 0x12345678
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -subj /CN=test 2>/dev/null
run sign "$work/signed" -o "$work/signed" --key "$work/key" --cert "$work/cert"
same "exit status of sign" 0 "$status"
run pack "$work/signed" -o "$image" --stub "$stub.arm64"
cmp -s "$work/arm64.efi" "$image" || fault "not the image that is made of the unsigned one"
[[ $(<"$work/stderr") == *"its signature is left out"* ]] || fault "no message about the signature"
finish "the signature and the checksum of the Image are not in the payload"

# --- an ELF as the payload --------------------------------------------------------------

packs arm64 "$work/elf.efi" "$work/vmlinux" --payload elf
run extract "$work/elf.efi" -o "$work/payload.elf"
same "entry, load address" "0x201010 0x200000" \
	"$(run info --json "$work/elf.efi"; jq -r '.elf | .entry + " " + .load_address' "$work/stdout")"
run info --json "$work/elf.efi"
same "memory, up to SizeOfImage" $((0x200000 + 0x14000)) "$(jq .manifest.memory_size "$work/stdout")"
cmp -s <(tail -c +$((0x200001)) "$work/payload.elf") <(head -c $((0x12000)) "$kernel.arm64") ||
	fault "the Image is not at the first segment"
finish "--payload elf keeps the ELF"

for input in payload.elf elf.efi; do
	packs arm64 "$image" "$work/$input" --payload elf
	cmp -s "$work/elf.efi" "$image" || fault "another image"
	packs arm64 "$image" "$work/$input"
	cmp -s "$work/arm64.efi" "$image" || fault "not the image that is made of the Image"
	finish "packed again, as it is and as an image: $input"
done

packs arm64 "$work/named.efi" "$work/vmlinux" --payload elf --version-text "6.12-mine (me@here)"
packs arm64 "$image" "$work/named.efi" --payload elf
cmp -s "$work/named.efi" "$image" || fault "another image"
finish "packed again with the version that it was given"

packs arm64 "$image" "$work/vmlinux" --payload elf --zboot-magic zelf
same "the magic number" zelf "$(dd if="$image" bs=1 skip=4 count=4 status=none)"
finish "only an ELF has the mark of one"
refused "an Image with the mark of an ELF" 1 "$kernel.arm64: its payload is an Image, not an ELF" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" --zboot-magic zelf
refused "an Image as an ELF" 1 "$kernel.arm64: it is no ELF" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" --payload elf --symbols
refused "symbols in an Image" 1 "$work/vmlinux: an Image has no symbols and debug data" \
	pack "$work/vmlinux" -o "$image" --stub "$stub.arm64" --symbols
make_kernel
refused "an x86-64 kernel as an Image" 1 \
	"$work/kernel.elf: the payload of an x86-64 kernel is its ELF, not an Image" \
	pack "$work/kernel.elf" -o "$image" --payload image
refused "another payload" 2 "pack: --payload 'pe' is neither elf nor image" \
	pack "$work/kernel.elf" -o "$image" --payload pe

# --- the other commands -----------------------------------------------------------------

uki=(--uki --os-release 'ID=me
PRETTY_NAME=Me' --cmdline)
packs arm64 "$work/ours.uki" "$kernel.arm64" "${uki[@]}" "console=ttyAMA0"
holds "$work/ours.uki" "$kernel.arm64.padded"
same sections ".text .data .osrel .cmdline .uname .linux .sbat .sdmagic" \
	"$(run info --json "$work/ours.uki"; jq -r '[.pe.sections[].name] | join(" ")' "$work/stdout")"
run extract "$work/ours.uki" --section .uname -o "$got"
same release 6.12.0-test "$(<"$got")"
packs arm64 "$image" "$work/ours.uki" "${uki[@]}" "console=ttyAMA0"
cmp -s "$work/ours.uki" "$image" || fault "packed again, it is another image"
finish "a unified kernel image"

for machine in arm64:aa64 riscv64:riscv64 loong64:loongarch64; do
	run addon -o "$work/addon" --efi-arch "${machine#*:}" --cmdline debug
	same "exit status" 0 "$status"
	same Machine "${pe_number[${machine%:*}]}" "$(get "$work/addon" 0x44 2)"
	refused "an addon for ${machine%:*} is no kernel" 1 "$work/addon: is " pack "$work/addon" -o "$image"
done

run edit "$work/arm64.efi" -o "$image" --cmdline "a word"
same "exit status" 0 "$status"
packs arm64 "$got" "$kernel.arm64" --cmdline "a word"
cmp -s "$image" "$got" || fault "not as pack makes it"
run edit "$work/ours.uki" -o "$image" --cmdline "a word"
packs arm64 "$got" "$kernel.arm64" "${uki[@]}" "a word"
cmp -s "$image" "$got" || fault "the unified kernel image is not as pack makes it"
finish "edit makes what pack makes"

latin1=$'caf\351=1'
echo "$latin1" >"$work/latin1"
not_utf8="the command line is not UTF-8"
refused "a command line in Latin-1" 1 "$image: $not_utf8" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" --cmdline "$latin1"
refused "one in a file, for a unified kernel image" 1 "$image: $not_utf8" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" "${uki[@]}" "@$work/latin1"
cp "$work/ours.uki" "$work/inherited"
put "$work/inherited" "$(($(run info --json "$work/ours.uki"; jq '.pe.sections[] |
	select(.name == ".cmdline").raw_offset' "$work/stdout")))" 1 0xff
refused "one that is kept" 1 "$image: $not_utf8" \
	pack "$work/inherited" -o "$image" --stub "$stub.arm64" --uki
refused "one of edit" 1 "$work/ours.uki: $not_utf8" \
	edit "$work/ours.uki" -o "$image" --append "$latin1"
packs arm64 "$image" "$kernel.arm64" --cmdline "café=𝄞"
finish "one with all of Unicode is packed"

long=$(printf '%1024s' x)
too_long="bzboot: $image: warning: its command line has 1024 bytes, and this kernel takes 1023: shorten it"
for machine in "${machines[@]}"; do
	[ "$machine" = riscv64 ] && expected=$too_long || expected=
	run pack "$kernel.$machine" -o "$image" --stub "$stub.$machine" --cmdline "$long"
	same "warnings of pack: $machine" "$expected" "$(<"$work/stderr")"
	run edit "$work/$machine.efi" -o "$image" --cmdline "$long"
	same "warnings of edit: $machine" "$expected" "$(<"$work/stderr")"
done
packs riscv64 "$image" "$kernel.riscv64" --cmdline "${long:1}"
run pack "$kernel.riscv64" -o "$image" --stub "$stub.riscv64" "${uki[@]}" "$long"
run check "$image"
[[ $(<"$work/stdout") == *" uki-cmdline-length: .cmdline has 1024 bytes, and the kernel takes 1023"* ]] ||
	fault "check: $(<"$work/stdout")"
finish "a warning of a command line that is cut"

run info --json "$work/arm64.efi"
same facts "arm64 PE,zboot,bzboot 8 0x0 78336 PE" "$(jq -r '[.pe.machine_name, (.kinds | join(",")),
	.manifest.flags, .manifest.lowest_address, .manifest.elf_size, (.payload.kinds | join(","))] |
	map(tostring) | join(" ")' "$work/stdout")"
run info --map "$work/arm64.efi"
[[ $(<"$work/stdout") == *"size of the kernel"* ]] || fault "no map: $(<"$work/stdout")"
finish "info shows what the image is"

run check "$work/arm64.efi"
same "exit status" 0 "$status"
same "findings" "note payload-image;note sbat-missing;note signature-missing" \
	"$(sed -n 's/^[^ ]*: \(note\|warning\|error\): \([a-z-]*\): .*/\1 \2/p' "$work/stdout" | sort | paste -sd';')"
run check --for bzboot "$kernel.arm64"
same "exit status of an Image" 0 "$status"
run check "$kernel.arm64"
[[ $(<"$work/stdout") == *"
bzboot            ok
"* && $(<"$work/stdout") != *kernel-kaslr* ]] || fault "$(<"$work/stdout")"
finish "check says what such kernels are"

# asked IMAGE VERDICT CONSUMER...: the verdict about that file of all these
asked() {
	local consumer
	run check --json "$1"
	for consumer in "${@:3}"; do
		same "$1: $consumer" "$2" "$(jq -r --arg name "$consumer" \
			'.consumers[] | select(.name == $name).verdict' "$work/stdout")"
	done
}

make_stand_in "$stub.codec" arm64 xz
packs codec "$work/xz.efi" "$kernel.arm64" --compress xz
make_stand_in "$stub.codec" arm64 gzip
packs codec "$work/gzip.efi" "$kernel.arm64" --compress gzip
make_flat_elf "$work/vmlinux.arm64" "$kernel.arm64.padded" arm64

# The kernels that the tests boot, for each machine
asked "$work/arm64.efi" ok firmware firmware-nx sd-boot grub-efi u-boot qemu
asked "$work/riscv64.efi" ok u-boot
asked "$work/loong64.efi" ok firmware qemu
asked "$work/riscv64.efi" untested firmware grub-efi qemu kexec-load
asked "$work/arm64.efi" untested refind
asked "$work/riscv64.efi" refuses refind
asked "$work/loong64.efi" refuses refind
asked "$work/loong64.efi" untested u-boot grub-efi kexec-load
finish "check: ok is what the tests boot on the machine"

# Consumers of zboot images, of an Image only, and of neither
for machine in "${machines[@]}"; do
	asked "$work/$machine.efi" untested shim kexec-file
	asked "$work/$machine.efi" refuses grub-bios syslinux limine seabios coreboot xen-dom0 \
		firecracker crosvm rust-vmm cloud-hypervisor
	asked "$kernel.$machine" refuses grub-bios coreboot
done
asked "$work/arm64.efi" untested u-root kexec-load
asked "$work/gzip.efi" refuses u-root
asked "$work/gzip.efi" untested kexec-load kexec-file
asked "$work/xz.efi" refuses u-root kexec-load kexec-file ukify
asked "$kernel.arm64" untested u-root xen-dom0 firecracker cloud-hypervisor crosvm rust-vmm
asked "$kernel.riscv64" untested u-root cloud-hypervisor rust-vmm kexec-file
asked "$kernel.riscv64" refuses xen-dom0 firecracker crosvm
asked "$kernel.loong64" untested kexec-file
asked "$kernel.loong64" refuses u-root xen-dom0 rust-vmm
asked "$work/vmlinux.arm64" untested kexec-load
asked "$work/vmlinux.arm64" refuses kexec-file grub-efi firecracker
run check --for syslinux "$work/arm64.efi"
[[ $(<"$work/stdout") == *": error: wrong-kind: syslinux reads no files for this machine" ]] ||
	fault "$(<"$work/stdout")"
run check --for grub-efi "$work/vmlinux.arm64"
[[ $(<"$work/stdout") == *": error: wrong-kind: grub-efi reads a PE image for arm64, which this is\
 not" ]] || fault "$(<"$work/stdout")"
finish "check: what reads which kernels, by machine"

cp "$kernel.arm64" "$work/old"
put "$work/old" 0x84 2 1
put "$work/old" 0x9e 2 0
packs arm64 "$work/old.efi" "$work/old"
make_flat_elf "$work/old.elf" "$work/old" arm64
packs arm64 "$got" "$work/old.elf" --payload elf
run edit "$work/old.efi" -o "$image" --cmdline x
for new in "$work/old.efi" "$got" "$image"; do
	same "MajorImageVersion, DllCharacteristics" "0x1 0x0" "$(get "$new" 0x84 2) $(get "$new" 0x9e 2)"
done
same "those of a newer kernel" "0x3 0x100" "$(get "$work/arm64.efi" 0x84 2) $(get "$work/arm64.efi" 0x9e 2)"
finish "the PE headers promise what the kernel's own do"

run sign "$work/arm64.efi" -o "$image" --key "$work/key" --cert "$work/cert"
run verify "$image" --cert "$work/cert"
same "exit status of verify" 0 "$status"
run pack "$image" -o "$got" --stub "$stub.arm64" -q
cmp -s "$work/arm64.efi" "$got" || fault "packed again, it is another image"
run measure "$work/ours.uki"
same "exit status of measure" 0 "$status"
finish "an image is signed, verified and measured"

# --- device trees -----------------------------------------------------------------------

# make_tree FILE SIZE: a device tree of 256 bytes that states this size
make_tree() {
	lay_out "$1" <<-END
		.byte 0xd0, 0x0d, 0xfe, 0xed, 0, 0, $2 >> 8, $2 & 0xff
		.org 0x100, 0x5a
	END
}

make_tree "$work/tree" 256
make_tree "$work/other-tree" 40
treed=("${uki[@]}" quiet --devicetree "$work/tree")

# has_tree IMAGE FILE
has_tree() {
	run extract "$1" --section .dtb -o "$got"
	same "exit status of extract" 0 "$status"
	cmp -s "$2" "$got" || fault "$1 has another device tree"
}

for machine in "${machines[@]}"; do
	packs "$machine" "$work/treed.$machine" "$kernel.$machine" "${treed[@]}"
	has_tree "$work/treed.$machine" "$work/tree"
	same sections ".text .data .osrel .cmdline .dtb .uname .linux .sbat .sdmagic" \
		"$(run info --json "$work/treed.$machine"; jq -r '[.pe.sections[].name] | join(" ")' "$work/stdout")"
	run check "$work/treed.$machine"
	[[ $(<"$work/stdout") != *uki-d* ]] || fault "$(<"$work/stdout")"
	run measure "$work/treed.$machine" --phase ""
	same PCRs "$(tests/uki/measure.py "$work/treed.$machine" | grep -v rtmr)" "$(grep -v '^#' "$work/stdout")"
	finish "--devicetree gives the section .dtb: $machine"
done

packs arm64 "$image" "$work/treed.arm64" --uki
cmp -s "$work/treed.arm64" "$image" || fault "packed again, it is another image"
run edit "$work/ours.uki" -o "$image" --devicetree "$work/tree" --cmdline quiet
cmp -s "$work/treed.arm64" "$image" || fault "edit makes another image"
run extract "$work/ours.uki" --section .osrel -o "$work/osrel"
printf '[UKI]\nDeviceTree=%s\nOSRelease=%s\nCmdline=quiet\n' "$work/tree" "@$work/osrel" >"$work/uki.conf"
run pack "$kernel.arm64" --config "$work/uki.conf" -o "$image" --stub "$stub.arm64"
cmp -s "$work/treed.arm64" "$image" || fault "DeviceTree= makes another image: $(<"$work/stderr")"
finish "packed again, by edit, and by DeviceTree=, it is the same image"

run edit "$work/uki" -o "$work/treed.uki" --devicetree "$work/tree"
packs arm64 "$image" "$work/treed.uki" "${uki[@]}" quiet
cmp -s "$work/treed.arm64" "$image" || fault "it is not kept"
packs arm64 "$image" "$work/treed.uki" "${uki[@]}" quiet --devicetree "$work/other-tree"
has_tree "$image" "$work/other-tree"
run pack "$work/treed.uki" -o "$image" --stub "$stub.arm64"
[[ $(<"$work/stderr") == *"warning: not in the image: .osrel, .dtb"* ]] || fault "$(<"$work/stderr")"
finish "that of another program's image is kept in a unified kernel image"

run addon -o "$work/profile" --efi-arch aa64 --profile ID=other --devicetree "$work/other-tree"
same "exit status" 0 "$status"
packs arm64 "$work/profiles" "$kernel.arm64" "${treed[@]}" --profile ID=main --join-profile "$work/profile"
run measure "$work/profiles" --phase "" --profile 1
same PCRs "$(tests/uki/measure.py "$work/profiles" 1 | grep -v rtmr)" "$(grep -v '^#' "$work/stdout")"
run addon -o "$work/test.addon.efi" --efi-arch aa64 --devicetree "$work/tree"
same "exit status" 0 "$status"
has_tree "$work/test.addon.efi" "$work/tree"
run check "$work/test.addon.efi"
same "exit status of check" 0 "$status"
finish "a profile and an addon have device trees of their own"

make_tree "$work/long-tree" 257
make_tree "$work/short-tree" 39
refused "a file that is no device tree" 1 "$work/osrel: is a file of unknown format, not a device tree (DTB)" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" "${uki[@]}" "" --devicetree "$work/osrel"
refused "a truncated device tree" 1 "$work/long-tree: device tree: " \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" "${uki[@]}" "" --devicetree "$work/long-tree"
refused "one that is less than its header" 1 "$work/short-tree: device tree: " \
	edit "$work/ours.uki" -o "$image" --devicetree "$work/short-tree"
x86=(pack "$work/kernel.elf" -o "$image" "${uki[@]}" "")
refused "one for x86-64" 1 "--devicetree: kernels for x86-64 take no device tree from a loader" \
	"${x86[@]}" --devicetree "$work/tree"
refused "a profile with one for x86-64" 1 "--join-profile: kernels for x86-64 take no device tree" \
	"${x86[@]}" --profile ID=main --join-profile "$work/profile"
run pack "$work/kernel.elf" -o "$work/x86.efi" "${uki[@]}" ""
refused "one for an image for x86-64" 1 "--devicetree: kernels for x86-64 take no device tree" \
	edit "$work/x86.efi" -o "$image" --devicetree "$work/tree"
refused "an addon with one for x64" 2 "addon: --devicetree needs --efi-arch aa64, riscv64 or loongarch64" \
	addon -o "$image" --devicetree "$work/tree"
refused "one of an image that is not unified" 2 "pack: --os-release, " \
	pack "$kernel.arm64" -o "$image" --stub "$stub.arm64" --devicetree "$work/tree"

# --- what is refused --------------------------------------------------------------------

# spoiled NAME REASON OFFSET WIDTH VALUE...: one test
spoiled() {
	local name=$1 reason=$2
	cp "$kernel.arm64" "$work/spoiled"
	shift 2
	while [ $# -gt 0 ]; do
		put "$work/spoiled" "$1" "$2" "$3"
		shift 3
	done
	refused "$name" 1 "$work/spoiled: $reason" pack "$work/spoiled" -o "$image" --stub "$stub.arm64"
}
spoiled "a section that is elsewhere in memory" \
	"PE: section .data is at offset 0x11000, but is loaded to 0x12000" 0x12c 4 0x12000
spoiled "a section beyond SizeOfImage" "PE: section .data goes beyond SizeOfImage" 0x90 4 0x12000
spoiled "a driver" "PE: not an EFI application (subsystem 11)" 0x9c 2 11
spoiled "no entry point" "PE: its entry point (0x0) is in no section with code" 0x68 4 0
spoiled "an entry point in the headers" "PE: its entry point (0x10) is in no" 0x68 4 0x10
spoiled "an entry point in the data" "PE: its entry point (0x11010) is in no" 0x68 4 0x11010
spoiled "code that is not in memory" "PE: section .text has a VirtualSize of 0" 0x100 4 0
spoiled "headers beyond SizeOfImage" "PE: its headers (0x20000 bytes) go beyond" 0x94 4 0x20000
spoiled "base relocations" "PE: it has base relocations" 0xf4 4 0x100
spoiled "a machine that bzboot does not know" \
	"is a PE image for another machine (i386), not a kernel that bzboot packs" 0x38 4 0 0x44 2 0x14c

head -c $((0x11800)) "$kernel.arm64" >"$work/cut"
refused "a truncated Image" 1 "$work/cut: is a truncated arm64 Image" pack "$work/cut" -o "$image" \
	--stub "$stub.arm64"
cp "$work/zboot" "$work/riscv64-outside"
put "$work/riscv64-outside" 0x44 2 0x5064
refused "an Image of another machine inside" 1 \
	"$work/riscv64-outside: payload: is an arm64 Image, not a riscv64 kernel" \
	pack "$work/riscv64-outside" -o "$image" --stub "$stub.riscv64"
make_flat_elf "$work/no-pe" "$kernel.arm64" arm64
put "$work/no-pe" 0x10000 2 0
refused "an ELF that is no EFI application" 1 \
	"$work/no-pe: ELF: no PE header for arm64 at its load address" \
	pack "$work/no-pe" -o "$image" --stub "$stub.arm64"
refused "a stub for another machine" 1 "$stub.riscv64: is for riscv64, not for arm64" \
	pack "$kernel.arm64" -o "$image" --stub "$stub.riscv64"

plan
