#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot keys, with firmware: enroll sets the variables from Linux in setup mode and afterwards, by
# efivarfs, or has systemd-boot set them. Then the firmware starts what db has signed, and nothing
# else. The firmware itself verifies each update.
# shellcheck source=tests/secure.sh
. tests/secure.sh
need cpio

empty=/usr/share/OVMF/OVMF_VARS_4M.fd	# setup mode: no keys
name=6.12-cloud
kernel "$name"

# keys_of FOLDER ACTION...: run an action on $work/FOLDER
keys_of() {
	"$bzboot" keys "$2" "$work/$1" "${@:3}" || fail "bzboot keys $2: exit status $?"
}

# Each folder goes on from the one before. The firmware wants a later time for each.
keys_of first init --name first
keys_of strange init --name strange
sleep 1
cp -a "$work/first" "$work/rotated"
keys_of rotated rotate --name rotated
sleep 1
cp -a "$work/rotated" "$work/retired"
keys_of retired retire
# The owner's PK, but a db that a stranger has signed
cp -a "$work/first" "$work/forged"
cp "$work/strange"/db.{auth,esl} "$work/forged"

# name_key NAME FILE: $keys/NAME.key, for sign
keys=$work/keys
mkdir "$keys"
name_key() {
	cp "$2.key" "$keys/$1.key"
	cp "$2.crt" "$keys/$1.pem"
}
name_key new "$work/rotated/db"
name_key old "$work/rotated/db-old"
name_key strange "$work/strange/db"
pack testkernel "$testkernel"
small=$boot/testkernel.efi
for key in new old strange; do
	sign "testkernel-keys-$key" "$small" "$key"
done

# --- by efivarfs -----------------------------------------------------------------------------

release=$(release "$name")
module=$(tools/unpacked.sh "linux-image-$release/bookworm-security" ||
	tools/unpacked.sh "linux-image-$release/bookworm")
module=$(find "$module" -name 'efivarfs.ko*')
root=$work/root
mkdir -p "$root"/{proc,sys}
for folder in first strange rotated retired forged; do
	mkdir "$root/$folder"
	cp "$work/$folder"/*.{auth,esl} "$root/$folder"
done
case $module in
*.xz) xz -dc "$module" >"$root/efivarfs.ko" ;;
*) cp "$module" "$root/efivarfs.ko" ;;
esac
initramfs_of "$root" "$work/initrd" "$(realpath "$bzboot")" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
dmesg -n 1
insmod /efivarfs.ko
efivars=/sys/firmware/efi/efivars
mount -t efivarfs efivarfs $efivars

# does STEP ARGUMENT...: report the exit status, what it says, and the mode of the firmware
does() {
	step=$1
	shift
	bzboot keys "$@" >/said 2>&1
	echo "BZBOOT $step status=$? $(tr '\n' ';' </said)"
	echo "BZBOOT $step setup=$(tail -c 1 $efivars/SetupMode-* | od -An -t u1 | tr -d ' ')"
}
echo
does enroll enroll /first
does again enroll /first
does strange enroll /strange
does forged enroll /forged --replace
does rotated enroll /rotated
does retired enroll /retired
does replaced enroll /retired --replace
does older enroll /rotated
does reset reset /first
does twice reset /first
does last enroll /rotated
stty -echo
poweroff -f
END

start --kernel "$boot/$name.vmlinuz" --initrd "$work/initrd" --cmdline "$from_loader" \
	--secure "$empty" --variables "$work/vars"
all="db: written;KEK: written;PK: written;"
expect "enroll status=0 $all" "enroll setup=0"
finish_boot "setup mode: PK, KEK and db are written, and end it"
expect "again status=0 db: is there already;KEK: is there already;PK: is there already;"
expect "strange status=1 bzboot: PK: the firmware has another one, and is not in setup mode*"
expect "forged status=1 bzboot: db: the firmware refuses it: *"
finish_boot "afterwards only the owner's files are written"
expect "rotated status=0 db: written;KEK: is there already;PK: is there already;"
expect "retired status=1 bzboot: db: the firmware has 1 more: --replace removes *"
expect "replaced status=0 db: written;KEK: is there already;PK: is there already;" \
	"replaced setup=0"
finish_boot "rotate and retire: the firmware takes what KEK has signed"
expect "older status=1 bzboot: db: the firmware refuses it: *"
finish_boot "the firmware refuses an update that is older"
expect "reset status=0 PK: deleted;" "reset setup=1" "twice status=0 PK: is not there;"
expect "last status=0 db: written;KEK: is there already;PK: written;" "last setup=0"
finish_boot "reset: setup mode again"

# starts NAME STORE SIGNER RESULT: one test: the firmware starts what SIGNER, new or old, has signed;
# RESULT of loading what the new key has signed
starts() {
	new_tree "$3"
	to_load unsigned "Access Denied" "$small"
	to_load strange "Access Denied" "$boot/testkernel-keys-strange.efi"
	to_load new "$4" "$boot/testkernel-keys-new.efi"
	to_load old Success "$boot/testkernel-keys-old.efi"
	cp "$boot/testkernel-keys-$3.efi" "$tree/image.efi"
	prefix=TESTKERNEL try_ok "$1" "$2" secure_boot=3 failures=0
}
starts "Secure Boot, with the old and the new db" "$work/vars" new Success

# --- by systemd-boot -------------------------------------------------------------------------

esp=$work/esp
mkdir -p "$esp/EFI/BOOT" "$esp/loader"
cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$esp/EFI/BOOT/BOOTX64.EFI"
printf '%s\n' "timeout 0" "secure-boot-enroll force" >"$esp/loader/loader.conf"
keys_of first enroll --esp "$esp"
start --tree "$esp" --memory 256 --secure "$empty" --variables "$work/vars.loader"
finish_boot "systemd-boot finds the files of enroll --esp"
starts "Secure Boot, with the first db" "$work/vars.loader" old "Access Denied"
plan
