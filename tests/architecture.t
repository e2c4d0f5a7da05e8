#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The rooms of the house, and the rooms that each may include: docs/architecture.md. Inclusions go
# one way; the packer and the stub share formats/, decoders/ and include/ only. File names are
# unique, and no files include each other in a circle.
# shellcheck source=tests/tap.sh
. tests/tap.sh

# A room, and the rooms beside include/ that it may include
arrows="
formats:
decoders:
packer/io:
packer/input: packer/io
packer/sign: packer/io packer/input
packer/measure: packer/io packer/input packer/sign
packer/payload: packer/io packer/input decoders
packer/kernel: packer/io packer/input packer/payload
packer/kernel/dwarf: packer/io
packer/kernel/shuffle: packer/io packer/input packer/kernel packer/kernel/dwarf
packer/image: packer/io packer/input packer/payload packer/kernel
packer/info: packer/io packer/input packer/sign packer/measure packer/payload packer/kernel packer/kernel/shuffle
packer/check: packer/io packer/input packer/sign packer/payload packer/kernel packer/measure
packer/install: packer/io packer/input packer/sign
packer/cli: packer/io packer/input packer/sign packer/payload packer/kernel packer/kernel/shuffle packer/image packer/info packer/measure packer/check packer/install
stub: decoders
stub/efi: stub
stub/plain: stub stub/efi
stub/uki: stub stub/efi
stub/shuffle: stub
stub/fixed: stub
stub/pe: stub stub/efi
stub/arm64: stub
stub/riscv64: stub
stub/loong64: stub
stub/loader: stub stub/x86
stub/x86: stub
stub/x86/setup: stub/x86
"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# included FILE...: pairs of one of them and a file that the preprocessor opens for it; -MG ignores foreign
# headers (efi.h)
included() {
	gcc -MM -MG -Iinclude -Ipacker -Istub "$@" | tr -d '\\' | awk '{
		for (i = 1; i <= NF; i++)
			if ($i ~ /:$/)
				file = ""
			else if (file == "")
				file = $i
			else
				print file, $i
	}' >"$work/pairs"
	paste -d ' ' <(cut -d ' ' -f 1 "$work/pairs") \
		<(cut -d ' ' -f 2 "$work/pairs" | xargs -r realpath -m --relative-to=. --)
}

# strangers ROOM ALLOWED...: files of other rooms that files of the room include
strangers() {
	local room=$1 file other
	shift
	while read -r file other; do
		[ -e "$other" ] || continue
		case " include/bzboot $room $* " in
			*" ${other%/*} "*) ;;
			*) echo "$file includes $other" ;;
		esac
	done < <(included "$room"/*.[chS])
}

rooms=()
while IFS=: read -r room allowed; do
	[ -n "$room" ] || continue
	rooms+=("$room")
	[ -n "$(compgen -G "$room/*.[chS]")" ] || clean "$room/ is a room" "it has no sources"
	# shellcheck disable=SC2086 # a list
	clean "$room/ includes ${allowed:- nothing}" "$(strangers "$room" $allowed)"
done <<<"$arrows"

printf '%s\n' "${rooms[@]}" | sort >"$work/rooms"
find decoders formats packer stub -name '*.[chS]' -printf '%h\n' | sort -u >"$work/folders"
clean "every folder with sources is a room" "$(comm -13 "$work/rooms" "$work/folders")"

# A header and the source beside it have one name; formats/ has its headers in include/.
clean "no two files have one name" "$(
	find decoders formats packer stub include -name '*.[chS]' -printf '%f %h\n' |
		sed 's| formats$| include/bzboot|; s|\.[chS] | |' | sort -u | sort -k 1,1 |
		awk '$1 == last { print $1 ": " room " and " $2 } { last = $1; room = $2 }'
)"

# inclusions FILE...: pairs of names: a file, and a header that it includes
inclusions() {
	grep -H '^#include' "$@" |
		sed -nE 's|^([^:]*/)?([^/:]*)\.[chS]:#include ["<](.*/)?([^/]*)\.h[">].*|\2 \4|p' |
		awk '$1 != $2'
}

# circles: those pairs on standard input that lead back to their start
circles() {
	{ LC_ALL=C tsort >/dev/null || true; } 2>&1 | sed -n '/contains a loop/!s/^tsort: //p'
}

# A module is a source and the header beside it. A header without a source is implemented elsewhere.
modules() {
	local header
	for header in $(find packer stub -name '*.h'); do
		[ ! -e "${header%.h}.c" ] || echo "$header ${header%.h}.c"
	done
}

mapfile -t headers < <(find decoders include packer stub -name '*.h')
clean "no header includes one that includes it" "$(inclusions "${headers[@]}" | circles)"
# shellcheck disable=SC2046 # a list
clean "no module includes one that includes it" "$(inclusions $(modules) | circles)"

plan
