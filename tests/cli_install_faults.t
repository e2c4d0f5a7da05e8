#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot install when something goes wrong: the image that was there stays in place, with its digest,
# and the messages say what is wrong, where, and what to do. What a killed run has left is put in order
# by the next one. The disks are tmpfs in a mount namespace.
# shellcheck source=tests/namespace.sh
. tests/namespace.sh
# shellcheck source=tests/install.sh
. tests/install.sh
need chroot mount

gcc -shared -fPIC tests/faults.c -o "$work/faults.so" -ldl || fail "gcc cannot make faults.so"
trap 'umount -q "$esp" || true; rm -rf "$work"' EXIT

# with_fault VARIABLE=VALUE...: the next runs have these faults
with_fault() {
	runner=(env LD_PRELOAD="$work/faults.so" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" "$@")
}

without_faults() {
	runner=()
}

# on_disk OPTIONS: a fresh system whose ESP is a disk of its own
on_disk() {
	fresh
	mount -t tmpfs -o "$1" tmpfs "$esp" || fail "cannot mount a tmpfs"
	mkdir "$esp/EFI"
}

# remount OPTIONS
remount() {
	mount --options-mode ignore -o "remount,$1" "$esp"
}

current=$menu/token-$version.efi
previous=$menu/token-$version~previous.efi

# with_old: an image is there, and a new initrd, which makes the next one another one
with_old() {
	installs
	old=$(digest_of "$current")
	new_initrd
}

# old_stays: nothing but the old image is on the ESP, in its place
old_stays() {
	same "the files" "token-$version.efi" "$(names "$menu")"
	same "the old image" "$old" "$(digest_of "$current")"
	in_record
}

# refuses TEXT...: install fails with each TEXT, by --failure=warn, too, and the old image stays
refuses() {
	run install --root "$root" "$version"
	fails 1 "$@" "bzboot: $version: is not installed" "'bzboot install $version'"
	old_stays
	run install --root "$root" "$version" --failure warn
	fails 0 "$@"
	old_stays
	printf '[Install]\nFailure=warn\n' >>"$conf"
	run install --root "$root" "$version"
	fails 0 "$@"
	old_stays
}

# --- what is wrong before any work --------------------------------------------------------

fresh
with_old
rm "$root/etc/bzboot/db.key"
refuses "bzboot: $conf:2: Key '$root/etc/bzboot/db.key': No such file or directory"
finish "a lost key: the message has the line of the configuration"

fresh
with_old
rm "$root/boot/initrd.img-$version"
refuses "bzboot: $version: there is no initrd of this version ($root/boot/initrd.img-$version)" "NoInitrd=yes"
finish "a missing initrd"

fresh
with_old
rm "$root/boot/vmlinuz-$version"
refuses "bzboot: $version: there is no kernel of this version" "$root/boot/vmlinuz-$version"
finish "a missing kernel"

fresh
with_old
echo "no kernel" >"$root/boot/vmlinuz-$version"
refuses "bzboot: $root/boot/vmlinuz-$version: "
finish "a kernel that is none"

fresh
with_old
rm "$root/etc/kernel/cmdline"
refuses "there is no command line" "write it to /etc/kernel/cmdline"
finish "no command line"

on_disk size=16m
with_old
remount ro
refuses "bzboot: $esp: is mounted read-only" "remount,rw"
finish "an ESP that is read-only"

# --- room ---------------------------------------------------------------------------------

on_disk size=16m
with_old
size=$(size_of "$current")
remount "size=$((size + 65536))"
jq '.version = "0.9" | .files[0].size = 3000000' "$records/$version.json" >"$records/0.9.json"
refuses "bzboot: $esp: has no room for $version: it needs " "bzboot: $esp: $version takes 0.3 MiB" \
	"bzboot: $esp: 0.9 takes 2.9 MiB: 'bzboot remove 0.9' frees them"
grep -q "it needs 1\.[0-9] MiB, and has 0\.1 MiB" "$work/stderr" || fault "sizes: $(<"$work/stderr")"
finish "a full ESP is noticed before the work, with all that takes room"

# The estimate fits, the image does not: a section of 4 MiB
on_disk size=16m
with_old
head -c 4M /dev/urandom >"$root/etc/big"
printf '[UKI]\nSection=.big:@/etc/big\n' >>"$conf"
remount "size=3m"
refuses "bzboot: $esp: has no room for $version: it needs 4."
finish "an image that is larger than the estimate"

on_disk size=16m
with_old
remount "size=16m,nr_inodes=$(($(df --output=iused "$esp" | tail -n 1)))"
refuses "bzboot: $current: cannot write: No space left on device"
finish "no room for another file"

on_disk size=16m
installs
old=$(digest_of "$current")
new_initrd
installs
second=$(digest_of "$current")
same "the previous one" "$old" "$(digest_of "$previous")"
new_initrd
remount "size=$((3 * $(size_of "$current") - 65536 + 1048576))"
filler=$(($(df --output=avail -B 1 "$esp" | tail -n 1) - 65536))
head -c "$filler" /dev/zero >"$esp/filler"
run install --root "$root"
[ "$status" -eq 1 ] || rm "$esp/filler"
says "has no room"
same "the current one" "$second" "$(digest_of "$current")"
truncate -s "$((filler - 1048576))" "$esp/filler"
installs
same "the previous one" "$second" "$(digest_of "$previous")"
in_record
finish "the previous image makes room for the new one, if there is no other"

# --- errors in each step --------------------------------------------------------------------

ending=.efi

# shown: what boot loaders show
shown() {
	find "$menu" -name "[^.]*$ending"
}

# complete FILE: an image is, or an entry and its files are
complete() {
	local name image=$1
	if [ "$ending" = .conf ]; then
		image=$esp$(sed -n 's/^linux *//p' "$1")
		while read -r name; do
			[[ $(digest_of "$esp$name") == "${name##*-}"* ]] || return 1
		done < <(sed -nE 's/^(linux|initrd) *//p' "$1")
	fi
	"$bzboot" verify "$image" --cert "$work/db.pem" >"$work/verified" 2>&1
}

# bootable WHEN: all that boot loaders show is complete, and the old one is there, or may be gone
bootable() {
	local file found=
	for file in $(shown); do
		[ "$(digest_of "$file")" != "$old" ] || found=yes
		complete "$file" || fault "$1: ${file##*/} is not complete"
	done
	[ -n "$(shown)" ] || fault "$1: no image"
	[ -n "$found" ] || [ -n "${dropping-}" ] || fault "$1: the old image is not there"
}

# faulty STEP ERROR: the system as it was saved, and a run with this error in one step
faulty() {
	rm -rf "$root"
	cp -a "$work/saved" "$root"
	with_fault FAULT_STEP="$1" FAULT_STEP_ERROR="$2"
	{ run install --root "$root" "${arguments[@]}"; } 2>"$work/shell"
	without_faults
	bootable "step $1"
}

# mended STEP: the next run puts all in order
mended() {
	installs "${arguments[@]}"
	bootable "after step $1"
	same "after step $1: left" "" "$(find "$esp" "$records" -name '.*')"
	same "after step $1: the initrd" "$(digest_of "$root/boot/initrd.img-$version")" \
		"$(jq -r '.sources[1].sha256' "$records/$version.json")"
	in_record
}

# save ARGUMENT...: a system with an image, and what makes the next one another one
save() {
	arguments=("$@")
	fresh
	installs "${arguments[@]}"
	old=$(digest_of "$(shown)")
	new_initrd
	rm -rf "$work/saved"
	cp -a "$root" "$work/saved"
}

# killed NAME ARGUMENT...: install, killed in each step; steps: how many there are
killed() {
	save "${@:2}"
	for ((steps = 1; ; steps++)); do
		faulty "$steps" 0
		[ "$status" -eq 137 ] || break
		mended "$steps"
		[ ${#faults[@]} -eq 0 ] || break
	done
	same "exit status without a fault" 0 "$status"
	[ "$steps" -gt 10 ] || fault "only $steps steps"
	finish "$1: killed in each of $((steps - 1)) steps, and the next run puts all in order"
}

# fails_in_each_step NAME ERROR TEXT: install, with an error in each step
fails_in_each_step() {
	local step refused=0
	save
	for ((step = 1; step < steps; step++)); do
		faulty "$step" "$2"
		same "step $step: left" "" "$(find "$esp" "$records" -name '.*')"
		if [ "$status" -ne 0 ]; then
			fails 1 "$3" "'bzboot install $version'"
			refused=$((refused + 1))
		fi
		[ ${#faults[@]} -eq 0 ] || break
	done
	[ "$refused" -gt 8 ] || fault "only $refused steps failed"
	finish "$1 in each step"
}

dropping=yes
killed "without a previous image" --drop-previous
dropping=
killed "with boot counting" --tries 3
uki_menu=$menu menu=$esp/loader/entries ending=.conf
killed "with entries of the boot loader" --layout bls
menu=$uki_menu ending=.efi
killed "with the old image"
fails_in_each_step "a full disk" 28 "No space left on device"
fails_in_each_step "an error of the disk" 5 "Input/output error"

# killed_in_remove: remove, killed in each step
killed_in_remove() {
	save
	installs
	rm -rf "$work/saved"
	cp -a "$root" "$work/saved"
	for ((steps = 1; ; steps++)); do
		rm -rf "$root"
		cp -a "$work/saved" "$root"
		with_fault FAULT_STEP="$steps"
		{ run remove "$version" --root "$root"; } 2>"$work/shell"
		without_faults
		[ "$status" -eq 137 ] || break
		[ ! -e "$records/$version.json" ] || run remove "$version" --root "$root"
		same "after step $steps" "boot boot/efi boot/efi/EFI" "$(names "$root" |
			tr ' ' '\n' | grep -e '^boot$' -e ^boot/efi -e ^var/lib/bzboot | paste -sd ' ')"
	done
	[ "$steps" -gt 4 ] || fault "only $steps steps"
	finish "remove, killed in each of $((steps - 1)) steps, and the next run does the rest"
}

killed_in_remove

# --- two runs -------------------------------------------------------------------------------

fresh
with_old
for run in 1 2 3; do
	"$bzboot" install --root "$root" >"$work/out.$run" 2>"$work/err.$run" &
	pids[run]=$!
done
for run in 1 2 3; do
	wait "${pids[run]}" || fault "run $run: $(<"$work/err.$run")"
	same "errors of run $run" "" "$(grep -v 'run/bzboot.lock: another run' "$work/err.$run")"
done
same "runs that had nothing to do" 2 "$(cat "$work"/out.? | grep -c "is up to date")"
same "the previous one" "$old" "$(digest_of "$previous")"
in_record
finish "runs at once wait for each other"

# --- a system that runs: here, the root of a process ----------------------------------------

fresh
rm "$root/etc/kernel/cmdline"
printf '[Contents]\nCmdline=quiet\n' >>"$conf"
ln -s usr/lib usr/lib64 "$root"
mkdir "$root/proc" "$root/tmp"
touch "$root/program"
mount --bind /usr "$root/usr"
mount --rbind /proc "$root/proc"
mount --bind "$bzboot" "$root/program"
mount -t tmpfs tmpfs "$root/tmp"
rm -r "$esp/EFI"
runner=(chroot "$root") bzboot=/program
run install
fails 1 "bzboot: /: no EFI system partition is mounted at /efi, /boot/efi or /boot"
mkdir "$esp/EFI"
run install
fails 1 "bzboot: /: no EFI system partition is mounted at /efi, /boot/efi or /boot"
mount -t tmpfs tmpfs "$esp"
run install --esp /boot/efi
same "exit status" 0 "$status"
rm -r "${esp:?}/EFI"
mkdir "$esp/EFI"
run install
same "exit status" "0 " "$status $(<"$work/stderr")"
same "stdout" "/boot/efi/EFI/Linux/token-$version.efi" "$(cut -d : -f 1 "$work/stdout")"
umount "$esp"
rmdir "$esp/EFI"
run install --esp /boot/efi
fails 1 "bzboot: /boot/efi: no EFI system partition is mounted here: mount it first"
sed -i /Cmdline=/d "$conf"
mkdir "$esp/EFI"
run install --esp /boot/efi
fails 1 "bzboot: /: there is no command line for the kernel: write it to /etc/kernel/cmdline"
umount "$root/usr" "$root/program" "$root/tmp"
umount -R "$root/proc"
finish "without --root, the ESP has to be mounted, and a chroot has no command line of its own"

plan
