#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A machine as an administrator has it: Debian with GRUB on a disk (tools/machine.sh), under OVMF in
# setup mode. The commands of docs/admin.md make its kernel one that Secure Boot verifies; then a
# kernel is upgraded and one is removed by apt, with a start after each; then everything fails that
# can fail, and the machine still starts.
#
#   tests/boot_all_machine.t	Debian 13
#	--release bookworm	Debian 12
#	--initramfs-tools	the initramfs by Debian's mkinitramfs, which takes minutes here
# shellcheck source=tests/boot.sh
. tests/boot.sh
need mcopy sfdisk unshare debootstrap

release=trixie mkinitramfs=ours
while [ $# -gt 0 ]; do
	case $1 in
	--release) release=$2 && shift ;;
	--initramfs-tools) mkinitramfs=debian ;;
	*) fail "unknown option $1" ;;
	esac
	shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
machine=$(tools/machine.sh "$release" 2>"$work/log") || fail "tools/machine.sh: $(tail "$work/log")"
older=$(<"$machine/older") newer=$(<"$machine/newer")
cp --sparse=always "$machine/disk" "$work/disk"
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars"	# setup mode: no keys
tree=$work/tree	# of the machine's first disk
mkdir "$tree"
cp tests/machine/guest.sh "$tree"

# build_deb DEB: the Debian package of this tree, made by that release
build_deb() {
	local out=$work/deb status=0
	local by=(tools/root.sh "$release" "$out") place=/out
	if grep -q "^VERSION_CODENAME=$release$" /etc/os-release; then
		by=() place=$out
	fi
	mkdir "$out"
	${by[@]+"${by[@]}"} env DEB_BUILD_OPTIONS=nocheck tools/deb.sh "$place/deb" \
		>"$work/log" 2>&1 && cp "$out"/deb/bzboot_*.deb "$1" || status=1
	${by[@]+"${by[@]}"} rm -rf "$place/deb"
	return "$status"
}
deb=$boot/bzboot_$release.deb
made "$deb" "$bzboot" debian/* hooks/* -- build_deb "$deb" || fail "$(tail -n 40 "$work/log")"
cp "$deb" "$tree"

# start_machine: start it with the script on standard input, which ends with powering off
start_machine() {
	{
		printf '%s\n' ". /media/guest.sh" "older=$older newer=$newer mkinitramfs=$mkinitramfs"
		cat
	} >"$tree/script"
	start --tree "$tree" --secure "$work/vars" --variables "$work/vars" --timeout 900 -- \
		-drive "if=virtio,format=raw,file=$work/disk"
}

# five_commands: those in docs/admin.md
five_commands() {
	awk '/^## / { here = $0 == "## Five commands" } here && sub(/^    /, "") { print; found = 1; next }
		here && found { exit }' docs/admin.md
}

# --- a fresh machine: Debian's kernel, by GRUB --------------------------------------------------

five_commands >"$tree/commands"
same "the number of commands" 5 "$(wc -l <"$tree/commands")"
start_machine <<'END'
started
[ "$mkinitramfs" = ours ] || rm /usr/local/sbin/mkinitramfs
# Only because the emulator is slow
mkdir -p /etc/bzboot/bzboot.conf.d
printf '%s\n' '[Compression]' Fast=yes >/etc/bzboot/bzboot.conf.d/10-fast.conf
while read -r command; do
	number=$((${number-0} + 1))
	does "command $number" bash -c "$command"
	if [ "$number" = 4 ]; then
		files
		does status bzboot status
	fi
done <commands
sleep infinity
END
expect "running=$older secure=0 setup=1"
finish_boot "$release, the control: Debian's kernel, by GRUB"
expect "command 1 status=0" "command 2 status=0" "command 3 status=0" "command 4 status=0" \
	"files=$older.efi" "entries=" "status status=0"
finish_boot "the commands of docs/admin.md"

# --- Secure Boot --------------------------------------------------------------------------------

start_machine <<'END'
started
does status bzboot status
does upgrade apt upgrade
files
does status bzboot status
bzboot unsign "$(image "$newer")" -o "$esp/EFI/Linux/unsigned.efi"
does oneshot bootctl set-oneshot unsigned.efi
END
expect "running=$older secure=1 setup=0" "entry=*-$older.efi" "cmdline=root=UUID=*" \
	"status status=0"
finish_boot "Secure Boot: the image starts, and status is content"
expect "upgrade status=0" "files=$older.efi $newer.efi" "entries=" "oneshot status=0"
finish_boot "a newer kernel by apt: its image is installed, the older one kept"

# --- the newer kernel ---------------------------------------------------------------------------

start_machine <<'END'
started
does status bzboot status
rm "$esp/EFI/Linux/unsigned.efi"
does remove apt remove "linux-image-$older"
files
does status bzboot status
before=$(digest "$newer")

# fails STEP TEXT COMMAND...: it fails, with this message, and the image stays as it is
fails() {
	does "$1" "${@:3}"
	said "$1" "$2"
	[ "$(digest "$newer")" = "$before" ] && tell "$1 image=same"
}

cat /proc/cmdline >/etc/kernel/cmdline
echo again >>/etc/kernel/cmdline
mv /etc/bzboot/keys/db.key /root
fails "lost key" "/etc/bzboot/bzboot.conf.d/50-keys.conf:2" bzboot install
mv /root/db.key /etc/bzboot/keys
mv "/boot/initrd.img-$newer" /root
fails "missing initrd" "no initrd" bzboot install "$newer"
mv "/root/initrd.img-$newer" /boot
head -c $(($(df --output=avail -B 1 "$esp" | tail -n 1) - (2 << 20))) /dev/zero >"$esp/full"
fails "full disk" "has no room" update-initramfs -u
rm "$esp/full"
for seconds in 1 3 6; do
	bzboot install "$newer" >/dev/null 2>&1 &
	sleep "$seconds"
	kill -9 $!
	wait $!
	tell "interrupted after=$seconds status=$?"
	files
	[ -e "$(image "$newer")" ] && tell "interrupted after=$seconds image=there"
done
bzboot install >/run/first 2>&1 &
does "second of two" bzboot install
wait $!
tell "first of two status=$?"
cat /run/first
does again bzboot install
said again "up to date"
files
tell "left=$(find "$esp" /var/tmp -name '*.new' -o -name '*bzboot*' | xargs)"
does status bzboot status
END
line_of '*Access Denied*' >/dev/null || line_of '*ecurity*iolation*' >/dev/null ||
	fault "the image without a signature is not refused"
expect "running=$newer secure=1 setup=0" "entry=*-$newer.efi" "status status=0"
finish_boot "the newer kernel starts, and no image without a signature"
expect "remove status=0" "files=$newer.efi"
finish_boot "the older kernel is removed by apt: so is its image"
for step in "lost key" "missing initrd" "full disk"; do
	expect "$step status=1" "$step said=*" "$step image=same"
	finish_boot "$step: an error that says so, and the image stays"
done
for seconds in 1 3 6; do
	expect "interrupted after=$seconds image=there"
done
expect "left="
finish_boot "an interrupted run: the image is there"
expect "second of two status=0" "first of two status=0" "again status=0" "again said=up to date"
finish_boot "two runs at once"

# --- after all that -----------------------------------------------------------------------------

start_machine <<'END'
started
does status bzboot status
END
expect "running=$newer secure=1 setup=0" "cmdline=root=UUID=*again" "status status=0"
finish_boot "the machine starts after all that"
plan
