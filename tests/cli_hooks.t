#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The hooks of kernel updates (hooks/): who runs bzboot, with which arguments, how often, and what
# its exit status does. In a copy of this system, whose kernel-install, run-parts and installkernel
# are the real ones. What stands for bzboot notes its arguments.
if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP only root can change a copy of this system"
	exit
fi
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/cli.sh
. tests/cli.sh
# shellcheck source=tests/system.sh
. tests/system.sh

# --- stand-ins ------------------------------------------------------------------

hook "$work/bin/bzboot" <<END
#!/bin/sh
[ "\$*" != config ] || exec cat /etc/bzboot/bzboot.conf
echo "\$*" >>"$work/calls"
exit "\$(cat "$work/status")"
END
mkdir -p /etc/bzboot
: >/etc/bzboot/bzboot.conf

# bzboot_ends STATUS: from now on
bzboot_ends() {
	echo "$1" >"$work/status"
}

# calls NAME EXPECTED...: one test: the calls of bzboot since the last one
calls() {
	local name=$1
	shift
	same "calls of bzboot" "$(printf '%s\n' "$@")" "$(cat "$work/calls" 2>/dev/null)"
	rm -f "$work/calls"
	finish "$name"
}

plugin="install --hook kernel-install --esp $esp --entry-token $token $version $kernel"

# --- Debian's hooks -------------------------------------------------------------

bzboot_ends 0
event package
calls "a kernel package: one call, after the initrd is there" \
	"install --hook postinst.d $version $kernel"

export INITRD=No
event package
calls "the package of a kernel that cannot have an initrd" \
	"install --hook postinst.d --config /dev/stdin $version $kernel"
unset INITRD

event update-initramfs
calls "update-initramfs -u" "install --hook post-update.d $version $kernel $initrd"

touch "$work/initrd"
run-parts --arg="$version" --arg="$work/initrd" /etc/initramfs/post-update.d
calls "an initrd elsewhere: no call"

event installkernel
calls "make install: the call of update-initramfs, and that of the kernel" \
	"install --hook post-update.d $version $kernel $initrd" \
	"install --hook postinst.d $version $kernel"

event removal
calls "a kernel package is removed" "remove --hook postrm.d $version"

for maintainer in "upgrade 2" "abort-upgrade 2" "failed-upgrade 1" purge; do
	event removal "$maintainer"
	calls "postrm $maintainer: no call"
done
event package "abort-upgrade 2"
calls "postinst abort-upgrade: no call"

bzboot_ends 1
event package
same "exit status" 1 "$status"
event update-initramfs
same "exit status" 1 "$status"
event removal
same "exit status" 1 "$status"
rm "$work/calls"
finish "an error of bzboot is one of the hooks"

bzboot_ends 0
for at in etc/kernel/postinst.d usr/share/kernel/postinst.d; do
	systemd_boot "/$at"
	event package
	calls "systemd-boot's hook in /$at: kernel-install does it" \
		"$plugin $initrd" \
		"$plugin"
done

event update-initramfs
calls "update-initramfs -u with systemd-boot: kernel-install does it" \
	"$plugin $initrd"

event removal
calls "removal with systemd-boot: kernel-install does it" \
	"remove --hook kernel-install --esp $esp $version"

# Directly: run-parts of Debian 12 runs one folder, and so both hooks
for name in postinst postrm; do
	ln -s /dev/null "/etc/kernel/$name.d/zz-systemd-boot"
	"/etc/kernel/$name.d/zz-bzboot" "$version" "$kernel"
done
calls "systemd-boot's hooks in /usr/share are replaced by nothing" \
	"install --hook postinst.d $version $kernel" "remove --hook postrm.d $version"
rm /etc/kernel/*/zz-systemd-boot

rm "$work/systemd-boot"
event package
event removal
calls "systemd-boot's package, but no systemd-boot on the ESP" \
	"install --hook postinst.d $version $kernel" "remove --hook postrm.d $version"

: >"$work/systemd-boot"
chmod -x /usr/share/kernel/*/zz-systemd-boot /etc/initramfs/post-update.d/systemd-boot
event package
event update-initramfs
event removal
calls "systemd-boot's hooks are turned off" "install --hook postinst.d $version $kernel" \
	"install --hook post-update.d $version $kernel $initrd" "remove --hook postrm.d $version"

mv "$work/bin/bzboot" "$work/bzboot"
hash -r
if command -v bzboot >/dev/null; then
	echo "ok $((++tests)) - bzboot is gone # SKIP it is installed here"
else
	bzboot_ends 1
	for name in package update-initramfs installkernel removal; do
		event "$name"
		same "$name: exit status" 0 "$status"
	done
	kernel_install add "$version" "$kernel"
	same "kernel-install: exit status" 0 "$status"
	finish "bzboot is gone: the hooks do nothing"
fi

mount -t tmpfs tmpfs /usr/local/bin
cp "$work/bzboot" /usr/local/bin
bzboot_ends 0
for name in package update-initramfs removal; do
	PATH=$work/bin:/usr/sbin:/usr/bin:/sbin:/bin event "$name"
done
calls "bzboot in /usr/local/bin, with apt's PATH" "install --hook postinst.d $version $kernel" \
	"install --hook post-update.d $version $kernel $initrd" "remove --hook postrm.d $version"
umount /usr/local/bin
mv "$work/bzboot" "$work/bin/bzboot"
hash -r

# --- the plugin of kernel-install -------------------------------------------------

# entries: what kernel-install's own plugins have made on the ESP
entries() {
	(cd "$esp" && find . -type f | LC_ALL=C sort | tr '\n' ' ')
}

# added NAME STATUS ENTRIES: one test: kernel-install add ended with STATUS, and so it is on the ESP
added() {
	same "exit status of kernel-install" "$2" "$status"
	same "files on the ESP" "$3" "$(entries)"
	[ "$2" = "$status" ] || fault "$(<"$work/stderr")"
	finish "$1"
}
own="./$token/$version/initrd.img-$version ./$token/$version/linux "
own+="./loader/entries/$token-$version.conf "

for layout in bls uki other; do
	empty_esp
	echo "layout=$layout" >/etc/kernel/install.conf
	bzboot_ends 77
	kernel_install add "$version" "$kernel" "$initrd"
	added "layout $layout: bzboot has done it: no other plugin follows" 0 ""
	calls "layout $layout: the arguments" "$plugin $initrd"
	bzboot_ends 1
	kernel_install add "$version" "$kernel" "$initrd"
	added "layout $layout: an error of bzboot is one of kernel-install" 1 ""
	rm "$work/calls"
done

empty_esp
echo "layout=bls" >/etc/kernel/install.conf
bzboot_ends 0
kernel_install add "$version" "$kernel" "$initrd"
added "bzboot is not configured: kernel-install's own plugins do it" 0 "$own"
echo "a new kernel" >"$kernel"
for bzboot_status in 1 77; do
	bzboot_ends "$bzboot_status"
	kernel_install add "$version" "$kernel" "$initrd"
	cmp -s "$kernel" "$esp/$token/$version/linux" && fault "the kernel on the ESP is another one"
	finish "bzboot ends with $bzboot_status: no other plugin writes over what is there"
done
rm "$work/calls"

mkdir -p "/usr/lib/modules/$version"
touch "/usr/lib/modules/$version/.fresh-install"
empty_esp
bzboot_ends 1
kernel_install add "$version" "$kernel"
added "a package that is unpacked, and not configured: no error, and no other plugin" 0 ""
bzboot_ends 2
kernel_install add "$version" "$kernel"
added "which hides no other error" 2 ""
rm -r "/usr/lib/modules/$version" "$work/calls"

bzboot_ends 77
kernel_install add "$version" "$kernel"
calls "without an initrd: bzboot finds it" "$plugin"

hook /etc/kernel/install.d/50-initrd.install <<'END'
#!/bin/sh
touch "$KERNEL_INSTALL_STAGING_AREA/initrd" "$KERNEL_INSTALL_STAGING_AREA/microcode"
END
kernel_install add "$version" "$kernel"
kernel_install add "$version" "$kernel" /tmp/kernel-install.staging.1/initrd
kernel_install add "$version" "$kernel" /tmp/initrd
calls "an initrd of another plugin is a second one" \
	"$plugin" \
	"$plugin" \
	"$plugin /tmp/initrd"

rm "$initrd"
kernel_install add "$version" "$kernel"
kernel_install add "$version" "$kernel" /tmp/kernel-install.staging.1/initrd
sed -i -E "s| [^ ]*/kernel-install\.staging\.[^/ ]*/| STAGED/|g" "$work/calls"
calls "initrds of another plugin are the only ones" \
	"$plugin STAGED/microcode STAGED/initrd" \
	"$plugin STAGED/initrd"
rm /etc/kernel/install.d/50-initrd.install
echo initrd >"$initrd"

printf '%s\n' "[Install]" ESP=/efi EntryToken=name >/etc/bzboot/bzboot.conf
kernel_install add "$version" "$kernel"
kernel_install remove "$version"
calls "ESP= and EntryToken= of bzboot.conf count first" \
	"install --hook kernel-install $version $kernel" "remove --hook kernel-install $version"
: >/etc/bzboot/bzboot.conf

# A package that is upgraded: its systemd-boot hook runs kernel-install remove, then add
hook /etc/kernel/install.d/95-next.install <<END
#!/bin/sh
echo "next \$1" >>"$work/calls"
END
rm -f "$work/calls"
mkdir -p /var/lib/bzboot
for layout in uki bls; do
	echo "layout=$layout" >/etc/kernel/install.conf
	bzboot_ends 0
	export DEB_MAINT_PARAMS="upgrade 2"
	kernel_install remove "$version"
	same "exit status" 0 "$status"
	calls "upgrade, layout $layout, no record of an image: the next plugins follow" "next remove"
	touch "/var/lib/bzboot/$version.json"
	kernel_install remove "$version"
	same "exit status" 0 "$status"
	calls "upgrade, layout $layout, an image of bzboot: no plugin removes it"
	mkdir -p "$esp/$token/$version"
	touch "$esp/$token/$version/linux-1234"
	kernel_install remove "$version"
	calls "upgrade, layout $layout, and files that kernel-install removes: so do its plugins" \
		"next remove"
	export DEB_MAINT_PARAMS=remove
	kernel_install remove "$version"
	calls "removal, layout $layout: of the image, and by the next plugins" \
		"remove --hook kernel-install --esp $esp $version" "next remove"
	bzboot_ends 1
	kernel_install remove "$version"
	same "exit status" 1 "$status"
	calls "removal, layout $layout, with an error" "remove --hook kernel-install --esp $esp $version"
	unset DEB_MAINT_PARAMS
	rm "/var/lib/bzboot/$version.json"
done
rm /etc/kernel/install.d/95-next.install
bzboot_ends 77

if kernel-install --version | grep -q '^systemd'; then
	echo "layout=uki uki_generator=bzboot" | tr ' ' '\n' >/etc/kernel/install.conf
	kernel_install add "$version" "$kernel"
	calls "uki_generator=bzboot: the layout of kernel-install" \
		"${plugin/--esp/--layout uki --esp}"
	echo "layout=uki uki_generator=other" | tr ' ' '\n' >/etc/kernel/install.conf
	kernel_install add "$version" "$kernel"
	calls "uki_generator=other: no call"
fi
plan
