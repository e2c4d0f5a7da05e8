#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The commands in docs/signing.md work as written, one after the other. Nothing is booted: stand-ins
# for the scripts of ovmf/ only log their arguments.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need openssl

folder=$work/folder
mkdir -p "$folder/ovmf" "$work/bin"
# There is no firmware: a folder stands for its variables, always in setup mode and without keys.
cat >"$work/bin/bzboot" <<END
#!/bin/sh
case "\$1 \$2" in
"keys enroll" | "keys reset")
	rm -f efivars/[KPd]*
	exec "$bzboot" "\$@" --efivars efivars
	;;
esac
exec "$bzboot" "\$@"
END
chmod +x "$work/bin/bzboot"
mkdir "$folder/efivars"
printf '\6\0\0\0\1' >"$folder/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c"
make_key db -newkey rsa:2048
make_image
make_key mok -newkey rsa:2048
cp "$work"/{db,mok}.{key,pem} "$folder"
cp "$work/kernel.elf" "$folder/vmlinuz"
cp "$work/ours.efi" "$folder/kernel.efi"
sed -n 's/^    \(\(sbat\|linux\.example\),[0-9].*\)/\1/p' docs/signing.md >"$folder/sbat.csv"
same "lines of SBAT" 2 "$(wc -l <"$folder/sbat.csv")"
cat >"$folder/ovmf/keys.sh" <<-'END'
	#!/bin/sh
	mkdir "$1" && cp db.key db.pem "$1" && touch "$1/vars.fd"
END
cat >"$folder/ovmf/run.sh" <<-'END'
	#!/bin/sh
	[ -s "$2" ] && [ -e "$4" ] && cp "$2" started
END
chmod +x "$folder"/ovmf/*.sh

mapfile -t commands < <(sed -n 's/^    \(\(bzboot\|openssl\|ovmf\/[a-z]*\.sh\) .*\)/\1/p' docs/signing.md)
[ ${#commands[@]} -ge 9 ] || fault "${#commands[@]} commands"
finish "the document has commands"
for command in "${commands[@]}"; do
	(cd "$folder" && PATH=$work/bin:$PATH bash -c "$command") </dev/null >"$work/log" 2>&1 ||
		fault "it prints: $(<"$work/log")"
	finish "$command"
done

verifies "$folder/grubx64.efi" --cert "$work/mok.pem"
[ -s "$folder/next/db.key" ] && [ ! -e "$folder/own/db-old.key" ] || fault "the keys in own and next"
finish "they leave a signed image"
run info "$folder/started"
[[ $(<"$work/stdout") == *console=ttyS0*panic=* ]] || fault "it starts: $(<"$work/stdout")"
verifies "$folder/started" --cert "$work/db.pem"
finish "the started image is signed, and its command line has a console and panic="
plan
