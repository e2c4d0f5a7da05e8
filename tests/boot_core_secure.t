#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Secure Boot, enforced: an image signed by bzboot sign is started, up to userspace, and no other
# image is, not even one in which a single bit differs.
# shellcheck source=tests/secure.sh
. tests/secure.sh
need iconv

name=6.12-cloud
image=$boot/$name-full.efi
kernel "$name"
pack_both "$name" "$boot/$name.vmlinuz"
sign "$name-db" "$image" db
sign "$name-stranger" "$image" stranger
sign "$name-snakeoil" "$image" snakeoil
expected=(userspace=reached initrd=ok firmware=efi "release=$(release "$name")"
	"cmdline=$from_image" initrd_id=image)

secure_ok "signed, our keys" --disk "$boot/$name-db.efi" --secure "$own" -- "${expected[@]}"
secure_ok "signed, the snakeoil key" --disk "$boot/$name-snakeoil.efi" --secure "$snakeoil" \
	-- "${expected[@]}"
refused_ok "not signed" "$own" db "$image"
refused_ok "signed by a stranger" "$own" db "$boot/$name-stranger.efi"

# One bit changes at each of 50 places, and the firmware is asked to load each result. All of the
# file is signed but three places, which are not tested: CheckSum, which firmware ignores; the
# certificate table's entry in the PE header's data directory; and the table. With a wrong entry
# there is no signature, which is not tested here; and some bytes of the table have no meaning, such
# as those that pad it to a multiple of eight.

# field PATH: one number that bzboot info prints of the image
field() {
	"$bzboot" info --json "$image" | jq -e "$1"
}

# end_of SECTION
end_of() {
	field ".pe.sections[] | select(.name == \"$1\") | .raw_offset + .raw_size"
}

checksum=0x98
directory=0xe8	# of the certificate table's entry, eight bytes
headers_end=0x1ef	# of the PE headers: the setup header's sentinel

# list_places: see docs/format.md
list_places() {
	local payload stream_end setup_size
	payload=$(field .manifest.payload_offset)
	stream_end=$((payload + $(field .manifest.payload_size)))
	setup_size=$(field .bzimage.setup_size)
	# PE headers
	spread 3 0 $((checksum))
	spread 3 $((checksum + 4)) $((directory))
	spread 4 $((directory + 8)) $((headers_end))
	# the setup header, boot.rst; the 16-bit code
	spread 8 $((0x1f1)) $((0x26c))
	spread 6 $((0x26c)) "$setup_size"
	# the stub
	spread 8 "$setup_size" "$(end_of .text)"
	spread 4 "$(end_of .text)" "$(end_of .data)"
	# the stream, its size, the padding of its section
	spread 6 "$payload" "$stream_end"
	spread 4 $((stream_end + 4)) "$(end_of .payload)"
	spread 2 "$(end_of .payload)" "$(end_of .bzcmd)"
	spread 2 "$(end_of .bzcmd)" "$(end_of .bzinit)"
}

mapfile -t places < <(list_places)
same "places" 50 "$(printf '%s\n' "${places[@]}" | sort -u | wc -l)"
new_tree db
cp "$boot/$name-db.efi" "$tree/image.efi"
to_change "Access Denied" "${places[@]}"
to_change Success $((checksum))
try_ok "one bit changed" "$own" "${expected[@]}"

# Several signatures, digests and codecs: what is loaded here is small, and only what the firmware
# would start.
pack testkernel "$testkernel"
small=$boot/testkernel.efi
sign testkernel-db "$small" db
sign testkernel-stranger "$small" stranger
sign testkernel-db-stranger "$boot/testkernel-db.efi" stranger
sign testkernel-stranger-db "$boot/testkernel-stranger.efi" db
sign testkernel-strangers "$boot/testkernel-stranger.efi" snakeoil
sign testkernel-sha384 "$small" db --digest sha384
sign testkernel-sha512 "$small" db --digest sha512
sign testkernel-no-time "$small" db --no-signing-time
new_tree db
to_load unsigned "Access Denied" "$small"
to_load db Success "$boot/testkernel-db.efi"
to_load stranger "Access Denied" "$boot/testkernel-stranger.efi"
to_load db-stranger Success "$boot/testkernel-db-stranger.efi"
to_load stranger-db Success "$boot/testkernel-stranger-db.efi"
to_load strangers "Access Denied" "$boot/testkernel-strangers.efi"
to_load sha384 Success "$boot/testkernel-sha384.efi"
to_load sha512 Success "$boot/testkernel-sha512.efi"
to_load no-time Success "$boot/testkernel-no-time.efi"
for codec in xz lzma gzip lz4 none; do
	pack_small "$codec"
	sign "testkernel-$codec-db" "$boot/testkernel-$codec.efi" db
	to_load "$codec" Success "$boot/testkernel-$codec-db.efi"
	to_load "$codec-unsigned" "Access Denied" "$boot/testkernel-$codec.efi"
done
cp "$boot/testkernel-stranger-db.efi" "$tree/image.efi"
prefix=TESTKERNEL
try_ok "signers and algorithms" "$own" secure_boot=3 failures=0

# The choice of the command line and the initrd. The test kernel prints those it got.

printf "%s" "the initrd in the image " >"$work/packed.initrd"
pack kind-decided "$testkernel" --cmdline packed --initrd "$work/packed.initrd"
pack kind-initrd "$testkernel" --initrd "$work/packed.initrd"
pack kind-default "$testkernel" --default-cmdline packed --default-initrd "$work/packed.initrd"
for kind in decided initrd default; do
	sign "kind-$kind-db" "$boot/kind-$kind.efi" db
done
echo "from the disk" >"$work/evil"
echo "the boot loader's" >"$work/offer"
mapfile -t packed < <(initrd_lines "$work/packed.initrd")
mapfile -t evil < <(initrd_lines "$work/evil")
mapfile -t offer < <(initrd_lines "$work/offer")
options='loader initrd=\evil'

# decides NAME IGNORED EXPECTED...: one test of the last boot: bzboot says that it ignores IGNORED
# (cmdline, initrd, both or none), and the kernel prints EXPECTED
decides() {
	expect secure_boot=3 failures=0 "${@:3}"
	same "ignored" "$2" "$(sed -n "s/.*Secure Boot: the image's \(.*\) counts.*/\1/p" \
		"$log" | tr '\n' ' ')"
	finish_boot "$1"
}

# start_kind KIND [FILE]: with LoadOptions that name a file on the disk; FILE by LoadFile2
start_kind() {
	new_tree db
	cp "$boot/kind-$1-db.efi" "$tree/image.efi"
	cp "$work/evil" "$tree/evil"
	printf '%s\0' "$options" | iconv -t UTF-16LE >"$tree/options"
	[ $# -lt 2 ] || cp "$2" "$tree/offer"
	start --tree "$tree" --secure "$own"
}

start_kind decided "$work/offer"
decides "decided: LoadOptions and LoadFile2 are ignored" "command line initrd " \
	cmdline=packed "${packed[@]}"
start_kind initrd
decides "only the initrd is decided: initrd= in LoadOptions is ignored" "initrd " \
	"cmdline=${options//\\/\\\\}" "${packed[@]}"
start_kind default "$work/offer"
decides "defaults: LoadOptions and LoadFile2 count" "" \
	"cmdline=${options//\\/\\\\}" "${offer[@]}"
start_kind default
decides "defaults: LoadOptions and initrd= count" "" "cmdline=${options//\\/\\\\}" "${evil[@]}"

# OVMF uses the handover entry for an image that QEMU has changed.
start --kernel "$boot/kind-decided-db.efi" --cmdline loader --initrd "$work/evil" --secure "$own"
decides "decided: the command line and the initrd of boot_params are ignored" \
	"command line initrd " cmdline=packed "${packed[@]}" type_of_loader=0xb0
plan
