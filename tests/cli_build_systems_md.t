#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The commands in docs/build-systems.md work as written, one after the other, and the steps of its
# workflow. Stand-ins take the place of programs that need root, a network or firmware, and of the
# scripts of examples/, which tests/cli_examples.t and tests/all_build_systems.t run.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need openssl
document=docs/build-systems.md
folder=$work/folder
bin=$work/bin
mkdir -p "$folder"/{boot,etc,ovmf,keys,packages,tools} "$bin"

make_key db -newkey rsa:2048
make_kernel
cp "$work"/db.{key,pem} "$folder"
cp "$work/kernel.elf" "$folder/boot/vmlinuz-6.12.0-1-amd64"
echo initrd >"$folder/boot/initrd.img-6.12.0-1-amd64"
echo "ID=own" >"$folder/etc/os-release"
touch "$folder/packages/bzboot_0.1_amd64.deb"
ln -s "$bzboot" "$bin/bzboot"

# stand_in NAME COMMANDS: a program that logs that it ran
stand_in() {
	printf '%s\n' '#!/bin/bash' "set -eu; echo \"\${0##*/} \$*\" >>'$work/ran'" "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}
# shellcheck disable=SC2016 # expanded by the stand-ins
{
	stand_in sudo 'exec "$@"'
	stand_in chroot '[ -d "$1" ]'
	stand_in image.sh 'mkdir -p "$1"; [ -e "$4" ] && [ -e "$6" ] && echo disk >"$2"'
	stand_in dracut 'bzboot pack boot/vmlinuz-* --uki --os-release ID=own --initrd boot/initrd.img-* \
		--cmdline quiet -o dracut.efi'
	stand_in dracut.sh '[[ $2 = 6.12* ]]'
	stand_in mkinitramfs 'echo initrd >"$2"'
	stand_in mkinitramfs.sh '[ -e "$1" ]'
	stand_in apt-get 'case $1 in
		download) touch "$2_1_amd64.deb" ;;
		install) [ $# -lt 4 ] || [ -e "$3" ] ;;
		esac'
	stand_in lb '[ $1 != config ] || mkdir -p config/hooks/normal
		[ $1 != build ] || { [ -x config/hooks/normal/9900-* ] && [ -e config/bzboot/db.key ]; }'
}
printf '%s\n' '#!/bin/sh' "[ \"\$*\" = '--drive debian.img --secure keys/vars.fd --timeout 600' ]" \
	>"$folder/ovmf/run.sh"
chmod +x "$folder/ovmf/run.sh"
cp examples/live-build.sh "$folder"
cp tools/bzimage.mk "$folder/tools"

# do_step NAME COMMANDS: a test: they succeed, with $folder in place of /
do_step() {
	local text=${2//\/boot\//boot/}
	(cd "$folder" && PATH=$bin:$PATH bash -euc "${text//\/etc\//etc/}") \
		</dev/null >"$work/log" 2>&1 || fault "it prints: $(<"$work/log")"
	finish "$1"
}

# The commands of the kernel tree are run by tests/cli_bzimage.t and tests/boot_all_linux.t.
# shellcheck disable=SC2016 # no expansion
mapfile -t commands < <(sed -n -e ':a; /^    .*\\$/ { N; s/\\\n */ /; ba }' \
	-e '/^```/,/^```/d; /^    make /d; s/^    \([^ ].*\)/\1/p' "$document")
[ ${#commands[@]} -ge 15 ] || fault "${#commands[@]} commands"
finish "the document has commands"
for command in "${commands[@]}"; do
	do_step "$command" "$command"
done
for script in image dracut mkinitramfs; do
	grep -q "^$script.sh " "$work/ran" || fault "$script.sh is not run"
done
finish "they run the scripts of examples/"

# The workflow: the lines of each "run: |", by the name of its step
# shellcheck disable=SC2016 # no expansion
steps=$(sed -n '/^```yaml/,/^```/p' "$document")
export DB_KEY
DB_KEY=$(<"$folder/db.key")
rm -f "$folder"/linux.efi "$folder/db.key"
for name in Install Pack Sign Check; do
	text=$(awk -v name="$name" '
		/^      - / { of = $0 ~ "name: " name "$"; run = 0 }
		run && /^          / { print substr($0, 11) }
		/^        run: \|/ { run = of }' <<<"$steps")
	[ -n "$text" ] || fault "no such step"
	do_step "the workflow, $name" "$text"
done
verifies "$folder/linux.efi" --cert "$work/db.pem"
[ ! -e "$folder/db.key" ] || fault "the key"
[ -s "$folder/linux.pcrs" ] || fault "no PCRs"
same "steps" 4 "$(grep -c 'run: |' <<<"$steps")"
finish "the workflow leaves a signed image and its PCRs, and no key"
plan
