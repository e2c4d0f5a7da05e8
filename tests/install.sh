# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of bzboot install and remove: a system below $root, with a kernel, an initrd, a key
# and an EFI system partition. Sourced by tests/cli_install*.t.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need cmp gcc jq

root=$work/root
esp=$root/boot/efi
menu=$esp/EFI/Linux
records=$root/var/lib/bzboot
conf=$root/etc/bzboot/bzboot.conf
version=1.2.3-test

make_linked
make_key db -newkey rsa:2048
make_key other -newkey rsa:2048

# fresh: a system with one kernel, which is not installed
fresh() {
	! mountpoint -q "$esp" || umount "$esp"
	rm -rf "$root"
	mkdir -p "$esp/EFI" "$root/etc/kernel" "$root/etc/bzboot" "$root/run" "$root/usr/lib"
	cp "$work/db.key" "$work/db.pem" "$root/etc/bzboot"
	printf '%s\n' "[Signing]" "Key=/etc/bzboot/db.key" "Cert=/etc/bzboot/db.pem" "[Compression]" \
		"Fast=yes" >"$conf"
	printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$root/etc/os-release"
	echo token >"$root/etc/kernel/entry-token"
	printf '# a comment\nroot=/dev/vda1\n  quiet\n' >"$root/etc/kernel/cmdline"
	add_kernel "$version"
}

# add_kernel VERSION
add_kernel() {
	cp "$work/linked" "$root/boot/vmlinuz-$1"
	seq "${#1}" 3000 >"$root/boot/initrd.img-$1"
}

# new_initrd: as update-initramfs makes one; each is another one
new_initrd() {
	seq "$((++initrds))" 4000 >"$root/boot/initrd.img-$version"
}
initrds=0

digest_of() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# installs [ARGUMENT...]: one run of install, which succeeds
installs() {
	run install --root "$root" "$@"
	same "exit status of install" 0 "$status"
	same "stderr of install" "" "$(<"$work/stderr")"
}

# says TEXT...: each is in a message of the last run
says() {
	local text
	for text; do
		grep -qF -e "$text" "$work/stderr" ||
			fault "no message with '$text': $(<"$work/stderr")"
	done
}

# fails STATUS TEXT...: the last run ended so, and said each TEXT
fails() {
	same "exit status" "$1" "$status"
	same stdout "" "$(<"$work/stdout")"
	says "${@:2}"
}

# names FOLDER: what is in it, those with a dot at the start, too
names() {
	(cd "$1" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | paste -sd ' ')
}

# in_record: the record of $version names exactly the files of the version that are on the ESP
in_record() {
	jq -r '.files[] | "\(.sha256)  \(.path)"' "$records/$version.json" | sort -u >"$work/recorded"
	(cd "$esp" && find . -type f -exec sha256sum {} + | sed "s,  \./,  ," |
		grep -F "$version" | sort) >"$work/there"
	diff "$work/recorded" "$work/there" >"$work/diff" ||
		fault "in the record (<), on the ESP (>): $(<"$work/diff")"
	same "the current one" "$(jq -r .current "$records/$version.json")" \
		"$(jq -r '[.files[] | select(.previous | not)] | (map(select(.kind == "entry")) + .)[0].sha256' \
			"$records/$version.json")"
}
