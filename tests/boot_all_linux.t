#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A kernel built here, with tools/bzimage.mk instead of `make bzImage`: the files that it makes and
# leaves alone, the places that KASLR chooses over many boots, and modules that find the kernel
# there.
. tests/boot.sh
. tests/kaslr.sh

need make gcc readelf jq
unset MAKEFLAGS MFLAGS MAKELEVEL	# set by the make that runs this
objects=$(tools/linux.sh smp)
theirs=$objects/result/bzImage
image=$objects/arch/x86/boot/bzImage
vmlinux=$objects/vmlinux
output=$boot/log/boot_all_linux.make

# Only one test may use a tree at a time.
exec {tree}>"$objects/.test.lock"
flock "$tree"

# tree_make ARGUMENT...: make in the tree itself; a fault if it fails
tree_make() {
	make -C "$objects" -j2 "$@" >"$output" 2>&1 ||
		fault "make $*: $(tail -n 10 "$output")"
}

# bzimage_mk ARGUMENT...: run the file under test
# shellcheck disable=SC2120 # installs calls it with arguments
bzimage_mk() {
	make -f tools/bzimage.mk KERNEL_SRC="$objects/source" O="$objects" \
		BZBOOT="$(realpath "$bzboot")" BZBOOT_FLAGS="--level 3" -j2 "$@" \
		>"$output" 2>&1 || fault "bzimage.mk $*: $(tail -n 10 "$output")"
}

# installs NAME COMMAND...: a test: COMMAND install copies our image, and leaves it in its place
installs() {
	rm -rf "$boot/installed"
	# Without a distribution's script, the tree's own script installs.
	"${@:2}" install INSTALL_PATH="$(realpath "$boot")/installed" INSTALLKERNEL=none
	cmp -s "$boot/linux.efi" "$boot/installed/vmlinuz" || fault "installed: not our image"
	cmp -s "$boot/linux.efi" "$image" || fault "bzImage: not our image"
	finish "$1"
}

# build_module
build_module() {
	rm -rf "$boot/module"
	cp -r tests/linux/module "$boot"
	make -C "$objects" M="$(realpath "$boot/module")" modules
}

# package: a test: bindeb-pkg makes a package with our image, which installs like any kernel
package() {
	local out
	rm -f "$objects"/../linux-{headers,image,libc,upstream}[-_]*
	bzimage_mk bindeb-pkg DPKG_FLAGS=-d	# no check of packages that the tree may use
	rm -rf "$objects/debian"
	out=$(mktemp -d)
	mv "$objects"/../linux-image-*.deb "$out/linux.deb" || fault "no package"
	rm -f "$objects"/../linux-{headers,image,libc,upstream}[-_]*
	# shellcheck disable=SC2016 # expanded inside
	tools/root.sh trixie "$out" sh -euc '
		printf "%s\n" "#!/bin/sh" "echo \"\$*\" >/out/hook" >/etc/kernel/postinst.d/zz-hook
		chmod 755 /etc/kernel/postinst.d/zz-hook
		dpkg -i /out/linux.deb
		cp "$(cut -d " " -f 2 /out/hook)" /out/vmlinuz
		chmod -R a+rX /out' >"$output" 2>&1 || fault "$(tail -n 10 "$output")"
	cmp -s "$image" "$out/vmlinuz" || fault "packaged: not our image"
	[[ $(cat "$out/hook") == "6.12."*" /boot/vmlinuz-6.12."* ]] ||
		fault "the hook is given '$(cat "$out/hook")'"
	tools/root.sh trixie "$out" sh -c 'rm -rf /out/*'
	rmdir "$out"
	finish "bzimage.mk bindeb-pkg: a package with our image, and hooks that find it"
}

rm -rf "$objects/.bzboot" "$image"
tree_make vmlinux
bzimage_mk
cp "$image" "$boot/linux.efi"
"$bzboot" info --json "$image" | jq -e '.kinds | index("bzboot")' >/dev/null ||
	fault "bzImage: not by bzboot"
! readelf -SW "$vmlinux" | grep '\.rela\.text' >/dev/null ||
	fault "vmlinux: still has relocations, which the tree strips"
finish "a vmlinux stripped by the tree: linked again, and packed"

before=$(stat -c %y "$vmlinux" "$image")
bzimage_mk
same "times of vmlinux and bzImage" "$before" "$(stat -c %y "$vmlinux" "$image")"
! grep -q BZBOOT "$output" || fault "packed"
finish "again: nothing to do"

cp "$theirs" "$image"
bzimage_mk
cmp -s "$boot/linux.efi" "$image" || fault "bzImage: not our image"
finish "the tree's own bzImage in its place: replaced"

installs "make install, in the tree" tree_make
installs "bzimage.mk install" bzimage_mk

module=$boot/module/bzboot_module.ko
initrd=$boot/module.cpio.gz
made "$module" tests/linux/module/* "$objects/result/complete" -- build_module
made "$initrd" "$module" ovmf/initramfs.sh -- ovmf/initramfs.sh "$initrd" module "$module"
[ "${1-}" != --all ] || package
exec {tree}>&-

by_loader=(--initrd "$initrd" --cmdline "$from_loader")
expected=(userspace=reached initrd=ok module=ok)
boot_ok "the control: the tree's own bzImage" --kernel "$theirs" "${by_loader[@]}" \
	-- "${expected[@]}"

# With about 500 places, 4 random ones are fewer than 3 different ones once in 35,000 times, and 8 are
# fewer than 6 once in 30,000 times.
boots=4
[ "${1-}" != --all ] || boots=8
for ((i = 1; i <= boots; i++)); do
	boot_somewhere "boot $i" --kernel "$boot/linux.efi" "${by_loader[@]}" -- "${expected[@]}"
done
places_differ "$boots boots, $((boots / 2 + boots / 4)) addresses" $((boots / 2 + boots / 4))

boot_ok "nokaslr" --kernel "$boot/linux.efi" --initrd "$initrd" --cmdline "$from_loader nokaslr" \
	-- "${expected[@]}" "virtual=$link_address"
boot_ok "2 CPUs" --kernel "$boot/linux.efi" "${by_loader[@]}" --cpus 2 \
	-- "${expected[@]}" cpus=2

# A kernel whose per-CPU variables have addresses like all others, by LLD, twice, because one boot of
# hundreds leaves it where it was linked; with --all, one by GNU ld, an older kernel linked by LLD, and
# one whose per-CPU variables are ordinary data
initramfs loader
configs=(7.2/cfi 7.2/cfi)
[ "${1-}" != --all ] || configs+=(7.2/smp up lld)
for config in "${configs[@]}"; do
	name=linux-${config/\//-}
	pack "$name" "$(tools/linux.sh "$config")/result/vmlinux"
	boot_somewhere "$config" --kernel "$boot/$name.efi" \
		--initrd "$boot/loader.cpio.gz" --cmdline "$from_loader" \
		-- userspace=reached initrd=ok
done
differ $((${#configs[@]} / 2 + 1)) "virtual addresses" "$link_address" \
	"${virtuals[@]: -${#configs[@]}}"
finish "${configs[*]}: moved"
plan
