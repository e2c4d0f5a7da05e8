#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tools/bzimage.mk, with trees that have the parts of kbuild it uses: where relocations are kept,
# and which files are linked again. (tests/boot_all_linux.t has a real tree.)
# shellcheck source=tests/cli.sh
. tests/cli.sh
# shellcheck source=tests/tree.sh
. tests/tree.sh
need readelf jq

# about FILTER: a fact about the image
about() {
	"$bzboot" info --json "$image" 2>/dev/null | jq -r "$1"
}

# made_image: the last run succeeded, and bzImage is our image
made_image() {
	same "exit status" 0 "$status"
	[[ $(about '.kinds[]') == *bzboot* ]] ||
		fault "bzImage: not by bzboot: $(<"$work/stderr")"
}

# movable: the kernel in the image has relocations
movable() {
	[ -n "$("$bzboot" info --relocs "$image")" ] || fault "no relocations"
}

# packed YES-OR-NO: whether the last run made an image
packed() {
	local packed=no
	! grep -q '^  BZBOOT ' "$work/stdout" || packed=yes
	same "packed" "$1" "$packed"
}

# stripped: the tree's vmlinux has no relocations
stripped() {
	! readelf -SW "$objects/vmlinux" | grep '\.rela\.' >/dev/null || fault "vmlinux has relocations"
}

# the tests that each KIND of tree gets

test_first() {
	bzimage_mk
	made_image
	movable
	packed yes
	[[ $1 == *keeps ]] || stripped
	finish "$1: the image"
}

test_again() {
	local before
	before=$(state "$objects")
	bzimage_mk
	packed no
	same "the object directory" "$before" "$(state "$objects")"
	finish "$1, again: nothing changes"
}

test_changed() {
	touch "$objects/linked"
	bzimage_mk
	made_image
	movable
	packed yes
	finish "$1, another vmlinux: packed"
}

test_linked_by_tree() {
	touch "$objects/linked"
	make -C "$tree" O="$objects" vmlinux >/dev/null || fault "the tree does not build"
	bzimage_mk
	made_image
	movable
	packed yes
	finish "$1, vmlinux linked by the tree alone: packed with its relocations"
}

test_overwritten() {
	echo "the tree's own" >"$image"
	bzimage_mk
	made_image
	packed no
	finish "$1, bzImage overwritten: replaced"
}

test_lost() {
	rm -rf "$objects/.bzboot"
	bzimage_mk
	made_image
	movable
	packed yes
	finish "$1, .bzboot removed: linked again"
}

test_install() {
	bzimage_mk install INSTALL_PATH="$objects"
	made_image
	packed no
	cmp -s "$image" "$objects/vmlinuz" || fault "installed: not our image"
	finish "$1: make install"
}

# For a package, kbuild increments the build number, and so links the kernel again.
test_package() {
	sed -i s/nowhere/noplace/ "$objects/linked"
	bzimage_mk bindeb-pkg
	made_image
	packed yes
	cmp -s "$image" "$objects/package" || fault "packaged: not our image"
	[[ $(about .bzimage.version_string) == *nowhere* ]] || fault "not the kernel linked for the package"
	finish "$1: make bindeb-pkg"
}

make_linked
for kind in strips splits keeps; do
	make_tree "$kind"
	test_first "a tree that $kind"
	test_again "a tree that $kind"
	test_changed "a tree that $kind"
	test_linked_by_tree "a tree that $kind"
	test_overwritten "a tree that $kind"
	test_lost "a tree that $kind"
	test_install "a tree that $kind"
	test_package "a tree that $kind"
done

make_tree strips
bzimage_mk BZBOOT_FLAGS="--level 1"
bzimage_mk BZBOOT_FLAGS="--level 1"
packed no
bzimage_mk BZBOOT_FLAGS="--level 1 --cmdline \"it's quoted\""
made_image
packed yes
same "command line" "it's quoted" "$(about .manifest.cmdline)"
finish "BZBOOT_FLAGS"

# File names are relative to the caller's folder, even if the tree runs pack.
from=$work/from
mkdir "$from"
echo one >"$from/initrd"
mk=$PWD/tools/bzimage.mk
# bzimage_from FLAGS: like bzimage_mk, in $from
bzimage_from() {
	status=0
	(cd "$from" && make -f "$mk" KERNEL_SRC="$tree" O="$objects" BZBOOT="$bzboot" \
		BZBOOT_FLAGS="--level 1 $1") </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}

make_tree strips
for flags in "--initrd initrd" "--initrd=./initrd" "--initrd ../from/initrd"; do
	touch "$objects/linked"
	bzimage_from "$flags"
	made_image
	packed yes
	! grep "^bzboot: .*initrd" "$work/stderr" || fault "not found from the tree's folder"
	same "the initrd, $flags" 4 "$(about .manifest.initrd_size)"
	bzimage_from "$flags"
	packed no
	echo "one more" >>"$from/initrd"
	bzimage_from "$flags"
	made_image
	packed yes
	same "the initrd after a change, $flags" 16 "$(about .manifest.initrd_size)"
	touch "$from/initrd"
	bzimage_from "$flags"
	packed no
	echo one >"$from/initrd"
done
finish "a file in BZBOOT_FLAGS: relative to the caller's folder, and packed again when its content changes"

cp "$bzboot" "$from/program"
status=0
(cd "$from" && make -f "$mk" KERNEL_SRC="$tree" O="$objects" BZBOOT=./program) \
	>"$work/stdout" 2>"$work/stderr" || status=$?
made_image
finish "BZBOOT relative to the caller's folder"

# passes NAME GOAL LINE...: a test: GOAL makes the tree print LINE...
passes() {
	bzimage_mk "$2"
	same "exit status" 0 "$status"
	same "goals passed to the tree" "$(printf '%s\n' "${@:3}")" "$(grep '^tree: ' "$work/stdout")"
	finish "$1"
}

make_tree splits
for goal in modules modules_install olddefconfig clean; do
	passes "$goal: passed on to the tree" "$goal" "tree: $goal postlink=bzimage.mk"
done
passes "all, of a tree without modules" all ""
made_image
echo CONFIG_MODULES=y >>"$objects/.config"
passes "all, of a tree with modules" all "tree: modules postlink=bzimage.mk"

make_tree splits
rm "$objects/.config"
bzimage_mk
same "exit status" 2 "$status"
same "lines" 1 "$(wc -l <"$work/stderr")"
grep -qF "$objects/.config is missing: configure the tree first" "$work/stderr" ||
	fault "stderr: $(<"$work/stderr")"
finish "a missing .config: reported in one line"
bzimage_mk -j2 bzImage defconfig
made_image
same codec xz "$(about .payload.codec)"
finish "defconfig with another goal: configured first"

make_tree strips
for pair in XZ:xz GZIP:gzip LZ4:lz4 LZMA:lzma UNCOMPRESSED:none; do
	sed -i "s/KERNEL_.*=y/KERNEL_${pair%:*}=y/" "$objects/.config"
	bzimage_mk
	made_image
	packed yes
	same "codec for ${pair%:*}" "${pair#*:}" "$(about .payload.codec)"
done
finish "the codec that the tree's configuration chooses"

sed -i "s/KERNEL_.*=y/KERNEL_LZO=y/" "$objects/.config"
bzimage_mk
made_image
packed yes
grep -q 'no codec for CONFIG_KERNEL_LZO' "$work/stderr" || fault "no warning"
same codec zstd "$(about .payload.codec)"
finish "a codec that bzboot lacks: a warning, and zstd"

make_tree strips
objcopy --remove-section='.rela.*' "$objects/linked"
bzimage_mk
made_image
grep -q 'no relocations' "$work/stderr" || fault "no warning"
finish "a kernel without relocations: packed, with a warning"

# refuses NAME WHAT ARGUMENT...
refuses() {
	make_tree strips
	bzimage_mk "${@:3}"
	same "exit status" 2 "$status"
	grep -qF "$2" "$work/stderr" || fault "stderr: $(<"$work/stderr")"
	[ ! -e "$image" ] || fault "the image was made"
	finish "$1"
}

refuses "no tree" "$work/out is not a Linux tree" KERNEL_SRC="$work/out"
refuses "no program" "$work/nothing is not a program" BZBOOT="$work/nothing"
refuses "bzboot fails" "level '99'" BZBOOT_FLAGS="--level 99"
plan
