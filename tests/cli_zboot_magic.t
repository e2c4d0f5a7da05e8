#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A zboot image is marked "zimg", or "zelf" where its payload is an ELF: both are read, and written.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq

mkdir -p "$out"
make_kernel
kernel=$work/kernel.elf
image=$out/image

# magic_of FILE: its four characters
magic_of() {
	dd if="$1" bs=1 skip=4 count=4 status=none
}

# pack_as NAME [ARGUMENT...]: $out/NAME
pack_as() {
	run pack "$kernel" -o "$out/$1" --compress none "${@:2}"
	same "exit status of pack ${*:2}" 0 "$status"
}

pack_as default
pack_as zimg --zboot-magic zimg
pack_as zelf --zboot-magic zelf
same "the magic number by default" zimg "$(magic_of "$out/default")"
same "that of --zboot-magic zimg" zimg "$(magic_of "$out/zimg")"
same "that of --zboot-magic zelf" zelf "$(magic_of "$out/zelf")"
finish "the magic number is zimg by default"

cp "$out/zelf" "$work/marked"
printf 'zimg' | dd of="$work/marked" bs=1 seek=4 conv=notrunc status=none
cmp -s "$work/marked" "$out/zimg" || fault "the images differ elsewhere, too"
finish "the rest of the image does not depend on it"

for magic in zimg zelf; do
	run info --json "$out/$magic"
	same "the formats of $magic" '["PE","bzImage","zboot","bzboot"]' "$(jq -c .kinds "$work/stdout")"
	same "the magic number of $magic" "\"$magic\"" "$(jq .zboot.magic "$work/stdout")"
	run extract "$out/$magic" -o "$out/$magic.elf"
	same "exit status of extract $magic" 0 "$status"
	run pack "$out/$magic" -o "$out/$magic.again" --compress none
	same "exit status of pack $magic" 0 "$status"
	cmp -s "$out/$magic.again" "$out/default" || fault "$magic is packed to another image"
done
cmp -s "$out/zimg.elf" "$out/zelf.elf" || fault "the ELFs differ"
finish "both are read by info, extract and pack"

# The first 64 bytes and the payload alone, without the formats that such an image is as well.
offset=$(($(get "$out/zelf" 8 4)))
head -c 64 "$out/zelf" >"$work/alone"
truncate -s "$offset" "$work/alone"
tail -c +$((offset + 1)) "$out/zelf" >>"$work/alone"
put "$work/alone" 0x3c 4 0x40
put "$work/alone" 0x40 4 0x4550
put "$work/alone" 0x44 2 0x8664
run extract "$work/alone" -o "$out/alone.elf"
same "exit status of extract" 0 "$status"
cmp -s "$out/alone.elf" "$out/zelf.elf" || fault "the ELF differs"
finish "a zelf image of another maker is read"

for magic in ZIMG zima zim zimgz; do
	refused "--zboot-magic $magic is refused" 2 "pack: --zboot-magic '$magic' is neither zimg nor zelf" \
		pack "$kernel" -o "$image" --zboot-magic "$magic"
done

plan
