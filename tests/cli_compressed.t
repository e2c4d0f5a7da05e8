#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A kernel that is compressed as a whole (vmlinux.gz, Image.gz): pack, check, info and extract
# decompress it.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc objcopy gzip zstd xz lz4 jq cmp

mkdir "$out"
make_linked
kernel=$work/linked
run pack "$kernel" -o "$work/plain.efi" --level 1
[ "$status" -eq 0 ] || fail "pack: $(<"$work/stderr")"
check_kernel "$kernel"
checked=$(sed "s|^$kernel: ||" "$work/stdout")
file=$work/file

# compress WAY <PLAIN >COMPRESSED
compress() {
	case $1 in
	gzip) gzip -c ;;
	zstd) zstd -q -c ;;
	xz) xz -c ;;
	lzma) xz --format=lzma -c ;;
	lz4) lz4 -q -c ;;
	lz4-legacy) lz4 -q -l -c ;;
	esac
}
ways="gzip zstd xz lzma lz4 lz4-legacy"

# is_kernel: all four commands treat $file like the kernel in it
is_kernel() {
	check_kernel "$file"
	same "check" "$file: $checked" "$(<"$work/stdout")"
	run pack "$file" -o "$work/image" --level 1
	cmp -s "$work/plain.efi" "$work/image" || fault "pack makes another image: $(<"$work/stderr")"
	run extract "$file" -o "$work/extracted"
	same "messages of extract" "" "$(cat "$work/stdout" "$work/stderr")"
	cmp -s "$kernel" "$work/extracted" || fault "extract writes something else"
	run info "$file" --json
	same "kinds in info" ELF "$(jq -r '.kinds | join(",")' "$work/stdout")"
	same "size in info" "$(size_of "$kernel")" "$(jq .size "$work/stdout")"
	run info "$file" --relocs
	same "exit status of info --relocs" 0 "$status"
}

for way in $ways; do
	compress "$way" <"$kernel" >"$file"
	is_kernel
	run info "$file" --json
	same "codec in info" "${way%-legacy} $(size_of "$file")" \
		"$(jq -r '.compressed | "\(.codec) \(.size)"' "$work/stdout")"
	finish "a kernel compressed by $way"

	head -c 3000 "$kernel" | compress "$way" >"$file"
	head -c 3000 "$kernel" >"$work/part"
	for name in part file; do
		check_kernel "$work/$name"
		[ "$name" = part ] || same "check" \
			"$said" "$(sed "s|^bzboot: $work/$name: ||" "$work/reasons")"
		said=$(sed "s|^bzboot: $work/$name: ||" "$work/reasons")
	done
	finish "half of a kernel compressed by $way: the same error"

	compress "$way" <"$kernel" >"$work/whole"
	head -c "$(($(size_of "$work/whole") / 2))" "$work/whole" >"$file"
	for command in check info "extract -o $image" "pack -o $image"; do
		# shellcheck disable=SC2086 # a command and its options
		refused "$way, truncated: $command" 1 \
			"$file: ${way%-legacy}: the compressed data is truncated" $command "$file"
	done

	head -c 100000 /dev/zero | compress "$way" >"$file"
	check_kernel "$file"
	[[ $(<"$work/reasons") == *": is a file compressed with ${way%-legacy}, "* ]] ||
		fault "check prints: $(<"$work/reasons")"
	finish "$way of a file that is not a kernel"
done

# Bytes after the stream

for way in gzip zstd xz lz4 lz4-legacy; do
	{
		head -c 5000 "$kernel" | compress "$way"
		tail -c +5001 "$kernel" | compress "$way"
	} >"$file"
	is_kernel
	finish "one kernel in two streams of $way"
done
for way in gzip zstd xz lzma lz4 lz4-legacy; do
	make_payload <(compress "$way" <"$kernel") "$kernel" >"$file"
	is_kernel
	finish "$way, with the size that kernel builds append to the stream"
done

# Only one layer of compression is removed

gzip -c "$kernel" | gzip -c >"$file"
check_kernel "$file"
same "exit status" 1 "$status"
finish "a kernel compressed twice"

# Memory

{
	cat "$kernel"
	head -c 100M /dev/zero
} | gzip -1c >"$file"
# The sanitizers reserve more address space than any limit.
sanitized=$bzboot
bzboot=$(realpath "${BUILD:-build}/bzboot")
runner=(prlimit --as=60000000)
refused "more than --max-size" 1 "$file: gzip: more than 1048576 bytes when decompressed" \
	extract "$file" -o "$image" --max-size 1M
runner=()
bzboot=$sanitized
if [ "$(size_of "$file")" -gt 10000000 ]; then fault "the bomb is not small"; fi

# Other kernels

make_bzimage "$work/bzimage" "$kernel"
gzip -c "$work/bzimage" >"$file"
run pack "$file" -o "$work/image" --level 1
same "exit status of pack" 0 "$status"
run extract "$file" -o "$work/extracted"
cmp -s "$kernel" "$work/extracted" || fault "extract writes something else"
finish "a bzImage without PE headers, compressed"

gzip -c "$work/plain.efi" >"$file"
run info "$file" --json
same "what info finds" PE,bzImage,zboot,bzboot "$(jq -r '.kinds | join(",")' "$work/stdout")"
run pack "$file" -o "$work/image" --level 1
cmp -s "$work/plain.efi" "$work/image" || fault "pack makes another image: $(<"$work/stderr")"
finish "an image of ours, compressed"


# An "Image": PE, with the mark of arm64 at 0x38
truncate -s 4096 "$work/Image"
put "$work/Image" 0 2 0x5a4d
put "$work/Image" 0x38 4 0x644d5241
put "$work/Image" 0x3c 4 0x40
put "$work/Image" 0x40 4 0x4550
seq 1 9000 >>"$work/Image"
gzip -c "$work/Image" >"$file"
run extract "$file" -o "$work/extracted"
cmp -s "$work/Image" "$work/extracted" || fault "extract: $(<"$work/stderr")"
finish "Image.gz"
for name in Image file; do
	check_kernel "$work/$name"
	same "exit status" 1 "$status"
	[[ $(<"$work/reasons") == *"$work/$name: is a"*"arm64 Image"* ]] ||
		fault "check prints: $(<"$work/reasons")"
done
finish "Image.gz is not an x86-64 kernel"

plan
