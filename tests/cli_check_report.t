#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The report of bzboot check: lines, exit status, the table of consumers, and which findings are asked
# for. tests/cli_check.t tests the checks.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need gcc jq gzip python3

make_linked
run pack "$work/linked" -o "$work/good.efi"
gzip -n <"$work/linked" >"$work/linked.gz"	# a warning
cp "$work/good.efi" "$work/bad.efi"
put "$work/bad.efi" 0x260 4 0x1000		# an error: init_size
cp "$work/bad.efi" "$work/two
lines"

# checked STATUS ARGUMENT...
checked() {
	run check "${@:2}"
	same "exit status of check ${*:2}" "$1" "$status"
	same stderr "" "$(<"$work/stderr")"
}

# says PATTERN: a line of the last report is that
says() {
	grep -qxE -e "$1" "$work/stdout" || fault "no line '$1': $(head -n 5 "$work/stdout")"
}

# silent PATTERN: no line of the last report has that
silent() {
	! grep -qE -e "$1" "$work/stdout" || fault "$(grep -E -e "$1" "$work/stdout")"
}

checked 0 "$work/good.efi"
silent ': (error|warning): '
says 'firmware +ok'
says 'limine +untested'
finish "no findings: status 0, and a table of consumers"

checked 1 "$work/bad.efi"
says "$work/bad.efi: error: bzimage-init-size: .* \(offset 0x260, init_size 0x1000\)"
says 'kexec-file +refuses   .*bzimage-init-size.*'
finish "an error: status 1, its place, and who refuses"

# A unified kernel image with more sections than are checked
pads=()
for i in {1..95}; do
	pads+=(".pad$i=")
done
python3 tests/uki/sections_of.py "$work/many.efi" .osrel= .linux= "${pads[@]}"
checked 1 "$work/many.efi"
says "$work/many.efi: error: pe-headers: has 97 sections, .*"
says 'firmware +untested'
says 'sbsign +untested'
says 'grub-uki +untested'
silent '^(firmware-nx|shim|sd-boot|sd-stub|qemu|pesign|osslsigncode) +ok'
python3 tests/uki/sections_of.py "$work/fewer.efi" .osrel= .linux= "${pads[@]:1}"
checked 1 "$work/fewer.efi"
silent ': pe-headers: '
finish "checks that could not run: their consumers are untested"

# Byte 0x201 is the length of the setup header after 0x202.
cp "$work/good.efi" "$work/jump.efi"
for row in "0x7f untested ok" "0x80 untested refuses" "0x8e untested refuses" "0x8f refuses refuses"; do
	read -r jump limine kexec <<<"$row"
	put "$work/jump.efi" 0x201 1 "$jump"
	run check "$work/jump.efi"
	says "limine +$limine.*"
	says "kexec-file +$kexec.*"
done
finish "a setup header that ends after 0x281, and after 0x290"

checked 3 "$work/linked.gz"
says "$work/linked.gz: warning: compressed-file: .*"
says 'Other kinds of files are read by: .*firmware.*'
checked 1 --werror "$work/linked.gz"
finish "a warning: status 3, with --werror 1"

checked 1 --for kexec-file,firmware "$work/bad.efi"
says "$work/bad.efi: error: bzimage-init-size: .*"
silent '^firmware'
checked 0 --for firmware "$work/bad.efi"
silent 'bzimage-init-size|fields move'
checked 1 --for shim,kexec-file --json "$work/bad.efi"
same "verdicts" "shim ok kexec-file refuses" \
	"$(jq -r '[.consumers[] | .name, .verdict] | join(" ")' "$work/stdout")"
run check --for xen-dom0 "$work/linked.gz"
silent compressed-file
checked 1 --for firecracker "$work/linked.gz"
says "$work/linked.gz: error: compressed-file: .*"
checked 1 --for shim "$work/linked"
says "$work/linked: error: wrong-kind: shim reads a PE image, which this is not"
finish "--for: what makes a consumer refuse the file is an error, the rest is silent"

checked 0 --except bzimage-init-size "$work/bad.efi"
says 'kexec-file +ok'
checked 0 --only compressed-file "$work/bad.efi"
checked 1 --only bzimage-init-size --only compressed-file "$work/bad.efi"
says "$work/bad.efi: .*: bzimage-init-size: .*"
finish "--only and --except"

checked 1 --json "$work/bad.efi"
same "members" "consumers file findings" "$(jq -r 'keys | join(" ")' "$work/stdout")"
same "the place" '{"offset":608,"field":"init_size","value":4096}' \
	"$(jq -c '.findings[] | select(.check == "bzimage-init-size") | .where' "$work/stdout")"
same "the verdict" "refuses bzimage-init-size" \
	"$(jq -r '.consumers[] | select(.name == "kexec-file") | .verdict + " " + .checks[0]' "$work/stdout")"
finish "--json"

cp "$work/good.efi" "$work/type.efi"
printf 'x\nx.efi: error: forged' | dd of="$work/type.efi" bs=1 seek=24 conv=notrunc status=none
run check "$work/type.efi"
says "$work/type.efi: .*x\\?x.efi: error: forged.*"
silent '^x.efi'
finish "a text from the file that has two lines"

run check "$work/two
lines"
says "$work/two\\?lines: .*bzimage-init-size.*"
finish "a file whose name has two lines"

checked 0 --list
says 'bzimage-init-size +[a-z]+ +.*kexec-file.*'
says 'kexec-file +kexec -s, .*'
checked 0 --list --json
same "rows without a reason" "" "$(jq -r '.checks[] | select(.why | length < 40) | .name' "$work/stdout")"
same "names that occur twice" "" "$(jq -r '.checks[].name' "$work/stdout" | sort | uniq -d)"
checked 0 --explain wrong-kind
says 'The consumer reads files of another kind\..*'
finish "--list and --explain"

for arguments in "--for nothing $work/good.efi" "--for firmware, $work/good.efi" \
	"--only nothing $work/good.efi" "--explain nothing" "--list $work/good.efi" \
	"--explain wrong-kind $work/good.efi" "--list --explain wrong-kind" ""; do
	# shellcheck disable=SC2086 # words
	run check $arguments
	expect_refusal 2 "check: "
done
finish "invalid arguments"

plan
