#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot.conf(5): which files count and in which order, what a line means, errors with file and line,
# and how it meets the options of pack and sign.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need cmp jq

root=$work/root
etc=$root/etc/bzboot run_folder=$root/run/bzboot local=$root/usr/local/lib/bzboot vendor=$root/usr/lib/bzboot

# fresh: no file of a configuration
fresh() {
	rm -rf "$root"
	mkdir -p "$etc/bzboot.conf.d" "$run_folder/bzboot.conf.d" "$local/bzboot.conf.d" \
		"$vendor/bzboot.conf.d"
}

# conf FILE LINE...: write a file
conf() {
	printf '%s\n' "${@:2}" >"$1"
}

# counts KEY EXPECTED: the values of a key as FILE:LINE=VALUE, FILE below the root, between blanks
counts() {
	run config --root "$root" --json
	same "exit status" 0 "$status"
	same stderr "" "$(<"$work/stderr")"
	same "$1" "$2" "$(jq -r --arg key "$1" --arg root "$root/" '[.settings[] | select(.key == $key) |
		"\(.file | ltrimstr($root)):\(.line)=\(.value)"] | join(" ")' "$work/stdout")"
}

# --- files --------------------------------------------------------------------------------

fresh
run config --root "$root"
same "exit status" 0 "$status"
same stdout "# No file is there." "$(<"$work/stdout")"
rm -r "$root"
mkdir "$root"
run config --root "$root" --json
same "JSON" '{"files":[],"settings":[]}' "$(jq -c . "$work/stdout")"
finish "no file is there"

fresh
for folder in "$vendor" "$local" "$run_folder" "$etc"; do
	conf "$folder/bzboot.conf" "[Compression]" "Level=1"
	counts Level "${folder#"$root/"}/bzboot.conf:2=1"
done
ln -sf /dev/null "$etc/bzboot.conf"
counts Level ""
finish "bzboot.conf is that of the first folder; a link to /dev/null masks it"

fresh
conf "$etc/bzboot.conf" "[Compression]" "Level=1"
conf "$vendor/bzboot.conf.d/20-b.conf" "" "[Compression]" "Level=2"
counts Level "usr/lib/bzboot/bzboot.conf.d/20-b.conf:3=2"
conf "$etc/bzboot.conf.d/10-z.conf" "[Compression]" "Level=3"
counts Level "usr/lib/bzboot/bzboot.conf.d/20-b.conf:3=2"
conf "$run_folder/bzboot.conf.d/9.conf" "[Compression]" "Level=4"
counts Level "run/bzboot/bzboot.conf.d/9.conf:2=4"
finish "files of bzboot.conf.d follow bzboot.conf, sorted by name in all folders"

before=
for folder in "$vendor" "$local" "$run_folder" "$etc"; do
	conf "$folder/bzboot.conf.d/a.conf" "[Compression]" "Level=5"
	counts Level "${folder#"$root/"}/bzboot.conf.d/a.conf:2=5"
	same "files" "$folder/bzboot.conf.d/a.conf" "$(jq -r '.files[]' "$work/stdout" | grep /a.conf)"
	[ -z "$before" ] || [ -e "$before" ] || fault "no file to mask"
	before=$folder/bzboot.conf.d/a.conf
done
finish "a file masks those of its name in later folders"

ln -sf /dev/null "$etc/bzboot.conf.d/a.conf"
ln -sf /dev/null "$etc/bzboot.conf.d/9.conf"
counts Level "usr/lib/bzboot/bzboot.conf.d/20-b.conf:3=2"
: >"$etc/bzboot.conf.d/20-b.conf"
counts Level "etc/bzboot/bzboot.conf.d/10-z.conf:2=3"
finish "a link to /dev/null masks, and so does an empty file"

for name in .b.conf b.conf~ b.conf.dpkg-old b .conf; do
	conf "$etc/bzboot.conf.d/$name" "nonsense"
done
counts Level "etc/bzboot/bzboot.conf.d/10-z.conf:2=3"
finish "other files in bzboot.conf.d are not read"

# --- lines --------------------------------------------------------------------------------

fresh
conf "$etc/bzboot.conf" "# a comment" "; another" "[Contents]" "Cmdline = a   b # c" "  d \\#e" "  \\#f\\#" "" \
	"[UKI]" "OSRelease=ID=x" "  NAME=y;z#" "Uname = 1 \\" "2" "" "[Compression]" "Level=1" "Level=2"
counts Cmdline "etc/bzboot/bzboot.conf:4=a b d #e #f\\#"
counts OSRelease "etc/bzboot/bzboot.conf:9=ID=x
NAME=y;z#"
counts Uname "etc/bzboot/bzboot.conf:11=1 2"
counts Level "etc/bzboot/bzboot.conf:16=2"
finish "comments, lines that continue a value, and a key that is set twice"

run config --root "$root"
same "stdout" "# $etc/bzboot.conf

[Compression]
# $etc/bzboot.conf:16
Level=2

[Contents]
# $etc/bzboot.conf:4
Cmdline=a b d \\#e \\#f\\#

[UKI]
# $etc/bzboot.conf:9
OSRelease=ID=x
	NAME=y;z#
# $etc/bzboot.conf:11
Uname=1 2" "$(<"$work/stdout")"
grep -v '^#' "$work/stdout" >"$work/printed"
run config --root "$root" --json
jq -c '.settings[] | [.section, .key, .value]' "$work/stdout" >"$work/values"
cp "$work/printed" "$etc/bzboot.conf"
run config --root "$root" --json
jq -c '.settings[] | [.section, .key, .value]' "$work/stdout" | cmp -s "$work/values" - ||
	fault "the output is another configuration"
finish "the output is a configuration with a comment for each key, and means the same"

fresh
touch "$work/a" "$work/b" "$work/c"
# lists LINE...: bzboot.conf of these lines; then the values of Initrd, and of Chain
lists() {
	conf "$work/list.conf" "$@"
	mkdir -p "$root/x"
	cp "$work/a" "$work/b" "$work/c" "$root/x/"
	cp "$work/list.conf" "$etc/bzboot.conf.d/50.conf"
}
conf "$etc/bzboot.conf" "[Contents]" "Initrd=/x/a /x/b" "[Signing]" "Chain=/x/a"
lists "[UKI]" "Initrd=/x/c" "[Signing]" "Chain=/x/b" "Chain=/x/c"
counts Initrd "etc/bzboot/bzboot.conf:2=/x/a etc/bzboot/bzboot.conf:2=/x/b etc/bzboot/bzboot.conf.d/50.conf:2=/x/c"
counts Chain "etc/bzboot/bzboot.conf:4=/x/a etc/bzboot/bzboot.conf.d/50.conf:4=/x/b etc/bzboot/bzboot.conf.d/50.conf:5=/x/c"
lists "[Contents]" "Initrd=" "Initrd=/x/c" "[Signing]" "Chain="
counts Initrd "etc/bzboot/bzboot.conf.d/50.conf:3=/x/c"
counts Chain ""
finish "the values of a list add up, over files and names; an empty one takes back those before"

fresh
conf "$etc/bzboot.conf" "[Compression]" "Level=3" "[Contents]" "Cmdline=a"
conf "$etc/bzboot.conf.d/1.conf" "[Compression]" "Fast=yes" "[Contents]" "DefaultCmdline=b"
counts Level ""
counts Fast "etc/bzboot/bzboot.conf.d/1.conf:2=yes"
counts Cmdline ""
counts DefaultCmdline "etc/bzboot/bzboot.conf.d/1.conf:4=b"
conf "$etc/bzboot.conf.d/1.conf" "[Compression]" "Fast=no" "[Contents]" "DefaultCmdline="
counts Level "etc/bzboot/bzboot.conf:2=3"
counts Fast "etc/bzboot/bzboot.conf.d/1.conf:2=no"
counts Cmdline "etc/bzboot/bzboot.conf:4=a"
finish "of options that exclude each other the last one counts"

fresh
for word in yes no true false on off y n t f 1 0 YES Off; do
	case $word in
		[yt1]* | on | YES) value=yes ;;
		*) value=no ;;
	esac
	conf "$etc/bzboot.conf" "[Compression]" "Best=$word"
	counts Best "etc/bzboot/bzboot.conf:2=$value"
done
finish "the words of yes and no"

# --- errors -------------------------------------------------------------------------------

# wrong NAME MESSAGE LINE...: one test: these lines are refused with a message about one of them
wrong() {
	fresh
	conf "$etc/bzboot.conf" "${@:3}"
	refused "config: $1" 1 "$etc/bzboot.conf:$2" config --root "$root"
	refused "pack --root: $1" 1 "$etc/bzboot.conf:$2" pack "$kernel" -o "$image" --uki --os-release "ID=x
PRETTY_NAME=y" --root "$root"
}

make_kernel
kernel=$work/kernel.elf
wrong "an unknown key" "2: unknown key 'Nonsense' in [UKI] (see" "[UKI]" "Nonsense=1"
wrong "a key of another section" "3: unknown key 'Level' in [Contents]: write Level in [Compression]" \
	"" "[Contents]" "Level=1"
wrong "other capitals" "2: unknown key 'level' in [Compression]: write Level in [Compression]" \
	"[Compression]" "level=1"
wrong "an unknown section" "2: unknown section [Nonsense]: write Level in [Compression]" "[Nonsense]" "Level=1"
wrong "an unknown section and key" "2: unknown section [Nonsense] (see" "[Nonsense]" "Nonsense=1"
wrong "no section" "1: not in a section" "Level=1"
wrong "not an assignment" "2: not 'KEY = VALUE'" "[Compression]" "Level"
wrong "a flag" "2: Best 'maybe' is not yes or no" "[Compression]" "Best=maybe"
wrong "a codec" "3: no such codec: none such" "[Compression]" "Level=3" "Compress=none such"
wrong "a level" "2: --level '23' is not from 1 to 22" "[Compression]" "Level=23"
wrong "a level of another codec" "2: --level '19' is not from 0 to 9" "[Compression]" "Level=19" "Compress=xz"
wrong "levels of none" "2: 'none' has no levels" "[Compression]" "Level=19" "Compress=none"
wrong "threads" "2: --threads '0' is not from 1 to 256" "[Compression]" "Threads=0"
wrong "parts" "3: 'gzip' has no parts" "[Compression]" "Compress=gzip" "Parts=2"
wrong "parts and best" "3: --best makes one part" "[Compression]" "Best=1" "Parts=2"
wrong "a magic number" "2: --zboot-magic 'elf' is neither" "[Output]" "ZbootMagic=elf"
wrong "a version" "2: --version-text is not printable ASCII" "[Contents]" "VersionText=ä"
wrong "a command line" "2: the command line has 2048 characters, more than 2047" "[Contents]" \
	"Cmdline=$(printf '%2048s' '' | tr ' ' x)"
wrong "a digest" "2: --digest 'md5' is not sha256" "[Signing]" "Digest=md5"
wrong "a time" "2: --signing-time 'now' is not" "[Signing]" "SigningTime=now"
wrong "a key without a certificate" "2: --key and --cert must be given together" "[Signing]" \
	"Key=pkcs11:x"
wrong "a certificate without a key" "2: --key and --cert must be given together" "[UKI]" \
	"SecureBootCertificate=pkcs11:x"
wrong "a file that is missing" "2: Initrd '$root/none': No such file or directory" "[Contents]" "Initrd=/none"
for row in Splash= PCRPKey= Uname=@ PCRSig=@ Profile=@ OSRelease=@ SBAT= SBAT=@ Microcode= Cmdline=@ \
	JoinProfile= Section=.x:@ SecureBootPrivateKey= SecureBootCertificate= Linux=; do
	fresh
	conf "$etc/bzboot.conf" "[UKI]" "$row/none"
	refused "config: $row of a file that is missing" 1 "$etc/bzboot.conf:2: " config --root "$root"
	conf "$etc/bzboot.conf" "[UKI]" "$row""none"
	refused "config: $row of a relative path" 1 "$etc/bzboot.conf:2: 'none' is not an absolute path" \
		config --root "$root"
done

fresh
conf "$etc/bzboot.conf" "[Compression]" "Nonsense=1" "[UKI]" "level=2"
conf "$etc/bzboot.conf.d/1.conf" "[Compression"
conf "$etc/bzboot.conf.d/2.conf" "[Nonsense]" "x=y"
run config --root "$root"
same "exit status" 1 "$status"
same "errors" "bzboot.conf.d/1.conf:1: bzboot.conf.d/2.conf:2: bzboot.conf:2: bzboot.conf:4:" \
	"$(sed "s|bzboot: $etc/||; s|: .*|:|" "$work/stderr" | sort -V | paste -sd ' ')"
finish "config prints all lines that are wrong"

fresh
mkdir "$etc/bzboot.conf.d/1.conf"
refused "a folder is not a file" 1 "$etc/bzboot.conf.d/1.conf: " config --root "$root"
fresh
ln -s none "$etc/bzboot.conf.d/1.conf"
refused "a link that leads nowhere" 1 "$etc/bzboot.conf.d/1.conf: cannot open: No such file" config --root "$root"
touch "$work/file"
refused "a root that is no folder" 1 "$work/file: cannot open: Not a directory" config --root "$work/file"
refused "a root that does not exist" 1 "$work/none: cannot open: No such file" config --root "$work/none"

fresh
conf "$etc/bzboot.conf" "[UKI]" "EFIArch=ia32" "PCRBanks=sha256" "Stub=/none" "SignKernel=" \
	"[PCRSignature:a]" "PCRPrivateKey=/none"
run config --root "$root"
same "exit status" 0 "$status"
same "warnings" "2: warning: EFIArch 'ia32' is no machine that images are for|3: warning: [UKI] PCRBanks is not used|\
4: warning: [UKI] Stub is not used|7: warning: [PCRSignature:a] PCRPrivateKey is not used" \
	"$(sed -n "s|bzboot: $etc/bzboot.conf:||p" "$work/stderr" | paste -sd '|')"
finish "keys of ukify that are not used"

# --- where it counts ------------------------------------------------------------------------

# packs OPTION...: $image, with the messages for users
packs() {
	rm -rf "$out"
	mkdir "$out"
	run pack "$kernel" -o "$image" "$@"
	same "exit status of pack $*" 0 "$status"
}

# packs_same OPTION... -- OPTION...: the same image
packs_same() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	packs "${options[@]}"
	mv "$image" "$work/one.efi"
	packs "${@:2}"
	identical "$work/one.efi" "$image"
}

fresh
conf "$etc/bzboot.conf" "[Compression]" "Compress=xz" "Level=1" "[Contents]" "Cmdline=from the file" \
	"SBAT=/sbat" "[UKI]" "Uname=7" "Title=Test"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\nours,3,a,b,c,d\n' >"$root/sbat"
packs_same -- --level 19
packs_same --root "$root" -- --compress xz --level 1 --cmdline "from the file" --sbat "$root/sbat"
packs_same --root "$root" --system -- --compress xz --level 1 --cmdline "from the file" --sbat "$root/sbat"
finish "pack uses bzboot.conf with --root only"

packs_same --root "$root" --level 2 -- --compress xz --level 2 --cmdline "from the file" --sbat "$root/sbat"
packs_same --root "$root" --fast -- --compress xz --fast --cmdline "from the file" --sbat "$root/sbat"
packs_same --root "$root" --compress gzip -- --compress gzip --cmdline "from the file" --sbat "$root/sbat"
packs_same --root "$root" --default-cmdline x -- --compress xz --level 1 --default-cmdline x --sbat "$root/sbat"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\n' >"$work/sbat"
packs_same --root "$root" --sbat "$work/sbat" --cmdline "" -- --compress xz --level 1 --sbat "$work/sbat" --cmdline ""
finish "options come before bzboot.conf"

conf "$etc/bzboot.conf" "[Compression]" "Compress=xz" "Fast=yes" "Parts=2"
packs_same --root "$root" --compress zstd -- --compress zstd
packs_same --root "$root" --best -- --compress xz --best
packs_same --root "$root" --threads 1 -- --compress xz --fast --parts 2
finish "--compress also replaces what is for another codec"

conf "$etc/bzboot.conf" "[Compression]" "Compress=xz" "Level=1" "[Contents]" "Cmdline=from the file" \
	"SBAT=/sbat" "[UKI]" "Uname=7" "Title=Test"
osrel="ID=x
PRETTY_NAME=y"
packs_same --root "$root" --uki --os-release "$osrel" -- --compress xz --level 1 --sbat "$root/sbat" \
	--cmdline "from the file" --uki --os-release "$osrel" --uname 7 --title Test
finish "keys of unified kernel images count for one"

conf "$work/uki.conf" "[UKI]" "OSRelease=$osrel" "Cmdline=of ukify" "Uname=8"
sed -i 's/^PRETTY/ PRETTY/' "$work/uki.conf"
packs_same --root "$root" --config "$work/uki.conf" --title T -- --compress xz --level 1 --sbat "$root/sbat" \
	--uki --os-release "$osrel" --uname 8 --title T --cmdline "of ukify"
packs_same --config "$work/uki.conf" -- --uki --os-release "$osrel" --uname 8 --cmdline "of ukify"
conf "$work/plain.conf" "[UKI]" "UKI=no" "Uname=8" "[Compression]" "Level=1"
packs_same --config "$work/plain.conf" -- --level 1
finish "--config comes between options and bzboot.conf; it implies --uki, unless it says UKI=no"

seq 10 >"$root/1"
seq 20 >"$work/2"
seq 30 >"$root/3"
conf "$etc/bzboot.conf" "[UKI]" "Initrd=/1 /3"
packs_same --root "$root" --initrd "$work/2" -- --initrd "$root/1" --initrd "$root/3" --initrd "$work/2"
packs_same --root "$root" --default-initrd "$work/2" -- --default-initrd "$root/1" --default-initrd "$root/3" \
	--default-initrd "$work/2"
packs_same --root "$root" --no-initrd -- --no-initrd
rm "$root/3"
run pack "$kernel" -o "$image" --root "$root" --initrd "$work/2"
same "exit status" 1 "$status"
same "stderr" "bzboot: $etc/bzboot.conf:2: Initrd '$root/3': No such file or directory" "$(<"$work/stderr")"
finish "initrds of bzboot.conf come before those of options, as with ukify"

make_key rsa -newkey rsa:2048
make_key other -newkey rsa:2048
cp "$work/rsa.key" "$work/rsa.pem" "$root/"
conf "$etc/bzboot.conf" "[UKI]" "SecureBootPrivateKey=/rsa.key" "SecureBootCertificate=/rsa.pem" "[Signing]" \
	"NoSigningTime=yes" "Digest=sha512"
packs
mv "$image" "$work/plain.efi"
run sign "$work/plain.efi" -o "$work/expected.efi" --key "$work/rsa.key" --cert "$work/rsa.pem" --no-signing-time \
	--digest sha512
same "exit status" 0 "$status"
run sign "$work/plain.efi" -o "$work/signed.efi" --root "$root"
same "exit status of sign --root" 0 "$status"
identical "$work/expected.efi" "$work/signed.efi"
run sign "$work/plain.efi" -o "$work/expected.efi" --key "$work/other.key" --cert "$work/other.pem" --signing-time 7
run sign "$work/plain.efi" -o "$work/signed.efi" --root "$root" --key "$work/other.key" --cert "$work/other.pem" \
	--signing-time 7 --digest sha256
same "exit status of sign --root --key" 0 "$status"
identical "$work/expected.efi" "$work/signed.efi"
packs --root "$root"
run verify "$image" --cert "$work/rsa.pem"
same "exit status of verify" 0 "$status"
run sign "$work/plain.efi" --prepare "$work/prepared" --root "$root"
same "exit status of sign --prepare" 0 "$status"
run edit "$work/plain.efi" -o "$work/edited.efi" --cmdline more --root "$root"
same "exit status of edit" 0 "$status"
same "command line of edit" '"more"' "$("$bzboot" info --json "$work/edited.efi" | jq .manifest.cmdline)"
verifies "$work/edited.efi" --cert "$work/rsa.pem"
run edit "$work/edited.efi" -o "$work/unsigned.efi" --append words
same "exit status of edit without --root" 0 "$status"
run verify "$work/unsigned.efi" --cert "$work/rsa.pem"
expect_refusal 1 "$work/unsigned.efi: is not signed"
run addon -o "$work/addon.efi" --cmdline debug --root "$root"
same "exit status of addon" 0 "$status"
verifies "$work/addon.efi" --cert "$work/rsa.pem"
conf "$etc/bzboot.conf" "[UKI]" "Cmdline=of new images" "[Signing]" "Key=/rsa.key" "Cert=/rsa.pem"
run edit "$work/edited.efi" -o "$work/appended.efi" --append words --root "$root"
same "command line of edit --append" '"more words"' \
	"$("$bzboot" info --json "$work/appended.efi" | jq .manifest.cmdline)"
verifies "$work/appended.efi" --cert "$work/rsa.pem"
run addon -o "$work/none.efi" --root "$root"
expect_refusal 2 "addon: missing option: --cmdline"
conf "$etc/bzboot.conf" "[Signing]" "Key=/rsa.key"
run addon -o "$work/none.efi" --cmdline debug --root "$root"
expect_refusal 2 "addon: --key and --cert must be given together"
refused "sign without --root" 2 "sign: missing option: --cert" sign "$work/plain.efi"
finish "sign and pack sign with the keys of bzboot.conf"

# This system may have a configuration.
run config --json
if [ "$(jq -c .settings "$work/stdout")" = "[]" ]; then
	packs_same --system -- --root "$work"
	run sign "$work/plain.efi" --system
	[[ $(<"$work/stderr") == "bzboot: sign: missing option: --cert"* ]] || fault "sign: $(<"$work/stderr")"
fi
finish "--system is --root /"

# --- what is printed besides ------------------------------------------------------------------

fresh
conf "$etc/bzboot.conf" "[Compression]" "Level=3"
run config --root "$root" --defaults
same "exit status" 0 "$status"
for line in "Level=3" "#Best=no" "#Compress=zstd" "# Default: KERNEL's own" "#Initrd=" "[Signing]"; do
	grep -qxF "$line" "$work/stdout" || fault "no line '$line'"
done
run config --root "$root" --defaults --json
same "a key that is set" '3' "$(jq -r '.settings[] | select(.key == "Level").value' "$work/stdout")"
same "a default" '["Compression","zstd",null,null]' "$(jq -c '.settings[] | select(.key == "Compress") |
	[.section, .value, .file, .line]' "$work/stdout")"
run config --example
same "exit status" 0 "$status"
cp "$work/stdout" "$etc/bzboot.conf"
run config --root "$root" --json
same "keys of the example" '[]' "$(jq -c .settings "$work/stdout")"
run config --root "$root" --defaults
grep -v '^# /' "$work/stdout" >"$work/defaults"
sed 1,3d "$etc/bzboot.conf" | diff - "$work/defaults" >"$work/diff" || fault "not the example: $(<"$work/diff")"
finish "--defaults, and --example, which changes nothing"

plan
