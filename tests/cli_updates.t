#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Updates of kernels by the hooks, with bzboot itself: what is on the EFI system partition then. In a
# copy of this system (tests/system.sh); tests/cli_hooks.t has the hooks alone.
if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP only root can change a copy of this system"
	exit
fi
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/sign.sh
. tests/sign.sh
# shellcheck source=tests/system.sh
. tests/system.sh
# shellcheck source=tests/tree.sh
. tests/tree.sh

make_linked
make_key rsa -newkey rsa:2048
cp "$work/linked" "$kernel"
ln -s "$bzboot" "$work/bin/bzboot"
mkdir -p /etc/bzboot
name=$token-$version

# configure LINE...: of [Install]
configure() {
	printf '%s\n' "[Compression]" Level=1 "[Signing]" "Key=$work/rsa.key" "Cert=$work/rsa.pem" \
		"[Install]" "ESP=$esp" "EntryToken=$token" "$@" >/etc/bzboot/bzboot.conf
}

# made COUNT: the last event made that many images
made() {
	same "exit status" 0 "$status"
	same "images made" "$1" "$(cat "$work/stdout" "$work/stderr" | grep -c 'bytes, signed$')"
	[ "$status" -eq 0 ] || fault "$(<"$work/stderr")"
}

# there FILE...: on the ESP, and no others
there() {
	same "files" "$(printf '%s\n' "$@" | LC_ALL=C sort)" \
		"$(cd "$esp" && find . -type f -printf '%P\n' | LC_ALL=C sort)"
}

signed() {
	run verify --cert "$work/rsa.pem" "$1"
	same "exit status of verify" 0 "$status"
}

event package
same "exit status" 0 "$status"
there
finish "not configured: nothing"

configure
event package
made 1
there "EFI/Linux/$name.efi"
signed "$esp/EFI/Linux/$name.efi"
finish "a kernel package: a signed image"

echo other >"$esp/other"
kernel_install add "$version" "$kernel"
made 0
there "EFI/Linux/$name.efi" other
finish "kernel-install: it is up to date, and other plugins make nothing"
rm "$esp/other"

rm "$initrd"
export INITRD=No
event package
made 1
unset INITRD
finish "the package of a kernel that cannot have an initrd: an image without"
event removal

echo initrd >"$initrd"
event package
made 1
event update-initramfs
made 0
echo "more" >>/etc/kernel/cmdline
event update-initramfs
made 1
there "EFI/Linux/$name.efi" "EFI/Linux/$name~previous.efi"
finish "update-initramfs -u: an image only if something is new"

systemd_boot /etc/kernel/postinst.d
echo 3 >/etc/kernel/tries
echo "and more" >>/etc/kernel/cmdline
event package
made 1
there "EFI/Linux/$name+3.efi" "EFI/Linux/$name~previous.efi"
finish "a kernel package, with systemd-boot and tries: one image"

event removal "upgrade 2"
same "exit status" 0 "$status"
there "EFI/Linux/$name+3.efi" "EFI/Linux/$name~previous.efi"
finish "before an upgrade the image stays"
event removal
same "exit status" 0 "$status"
there
finish "a removal"
rm /etc/kernel/tries "$work/systemd-boot"

# make install of a kernel tree: the input is an image of bzboot
rm "$kernel"
make_tree keeps
arguments="$version \$(KBUILD_IMAGE) \$(O)/.config \$(INSTALL_PATH)"
sed -i "s|cp \$(KBUILD_IMAGE) .*|installkernel $arguments|" "$tree/Makefile"
bzimage_mk install INSTALL_PATH=/boot
made 1
there "EFI/Linux/$name.efi"
cmp -s "$objects/arch/x86/boot/bzImage" "$kernel" || fault "/boot: not the image of the tree"
signed "$esp/EFI/Linux/$name.efi"
run extract "$kernel" -o "$work/one"
run extract "$esp/EFI/Linux/$name.efi" -o "$work/two"
cmp "$work/one" "$work/two" || fault "another kernel is in it"
finish "bzimage.mk install: a signed image with the same kernel"

# Failures
mv "$work/rsa.key" "$work/key"
echo "no key" >>/etc/kernel/cmdline
before=$(state "$esp")
for hook in package update-initramfs installkernel; do
	event "$hook"
	[ "$status" -ne 0 ] || fault "$hook: no error"
	grep -q "^bzboot: /etc/bzboot/bzboot.conf:4: .*$work/rsa.key" "$work/stderr" ||
		fault "$hook: no message: $(<"$work/stderr")"
	grep -q "run 'bzboot install $version'" "$work/stderr" || fault "$hook: not what to do"
	same "$hook: the ESP" "$before" "$(state "$esp")"
done
finish "no key: an error of each hook, and nothing changes"

configure Failure=warn
for hook in package update-initramfs installkernel; do
	event "$hook"
	same "$hook: exit status" 0 "$status"
	grep -q "$work/rsa.key" "$work/stderr" || fault "$hook: no message: $(<"$work/stderr")"
	same "$hook: the ESP" "$before" "$(state "$esp")"
done
kernel_install add "$version" "$kernel"
same "kernel-install: exit status" 0 "$status"
same "kernel-install: the ESP" "$before" "$(state "$esp")"
finish "no key, Failure=warn: a message of each hook, and nothing changes"
mv "$work/key" "$work/rsa.key"

# Layout bls
event removal
configure Layout=bls
rm -f /boot/*.old
event package
made 1
linux=$esp/$(sed -n 's/^linux *//p' "$esp/loader/entries/$name.conf")
signed "$linux"
finish "layout bls"
before=$(state "$esp")
echo "layout=bls" >/etc/kernel/install.conf
kernel_install add "$version" "$kernel"
made 0
same "the ESP" "$before" "$(state "$esp")"
finish "layout bls: it is up to date, and other plugins make nothing"
kernel_install remove "$version"
same "exit status" 0 "$status"
there
finish "layout bls: a removal"
plan
