#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# requirements.sh: print, in one line, what is missing to build bzboot. Silent if nothing is. Run by
# make, with its variables in the environment: CC and HOST_FLAGS, TARGET_CC and TARGET_FLAGS,
# TARGET_TOOLS, TARGET_LIBDIR; STUBS_LACK, the machines of STUBS for which something is missing.
set -euo pipefail

# A header or a library, and the Debian package that contains it
host_headers="stdio.h libc6-dev
	zstd.h libzstd-dev
	lzma.h liblzma-dev
	zlib.h zlib1g-dev
	lz4.h liblz4-dev
	openssl/evp.h libssl-dev
	jansson.h libjansson-dev
	Zydis/Zydis.h libzydis-dev"
target_headers="zstd.h libzstd-dev
	lzma.h liblzma-dev
	zlib.h zlib1g-dev
	lz4.h liblz4-dev
	efi.h gnu-efi
	x86_64/efibind.h gnu-efi"
target_libraries="libzstd.a libzstd-dev
	liblzma.a liblzma-dev
	libz.a zlib1g-dev
	liblz4.a liblz4-dev"

missing=()
declare -A packages=()	# with missing files

# lacks NAME PACKAGE WHOM: NAME is missing; only the first file of each package is printed
lacks() {
	[ -n "${packages[$2$3]-}" ] || missing+=("$1$3 ($2)")
	packages[$2$3]=y
}

# check_commands COMMAND...
check_commands() {
	local command
	while read -r command; do
		command -v "$command" >/dev/null || missing+=("$command")
	done < <(printf '%s\n' "$@" | sort -u)
}

# unknown HEADERS COMPILER FLAG...: the lines of HEADERS whose header the compiler does not find
unknown() {
	local header package
	while read -r header package; do
		printf '#if !__has_include(<%s>)\n' "$header"
		printf 'missing: %s %s\n#endif\n' "$header" "$package"
	done <<<"$1" | "${@:2}" -E -P -xc - 2>/dev/null | sed -n 's/^missing: //p'
}

# check_headers HEADERS WHOM COMPILER FLAG...
check_headers() {
	local header package
	while read -r header package; do
		lacks "$header" "$package" "$2"
	done < <(unknown "$1" "${@:3}")
}

# check_libraries LIBRARIES WHOM COMPILER...: in TARGET_LIBDIR, or in the compiler's folders
check_libraries() {
	local library package file
	while read -r library package; do
		file=${TARGET_LIBDIR:+$TARGET_LIBDIR/$library}
		file=${file:-$("${@:3}" "-print-file-name=$library")}
		[ -e "$file" ] || lacks "$library" "$package" "$2"
	done <<<"$1"
}

# shellcheck disable=SC2153 # make's
{
	read -r -a cc <<<"$CC"
	read -r -a host_flags <<<"$HOST_FLAGS"
	read -r -a target_cc <<<"$TARGET_CC"
	read -r -a target_flags <<<"$TARGET_FLAGS"
	read -r -a target_tools <<<"$TARGET_TOOLS"
}

target=
[ "$CC" = "$TARGET_CC" ] || target=" for $TARGET_CC"

check_commands "${cc[0]}" "${target_cc[0]}" "${target_tools[@]}"
if [ ${#missing[@]} -eq 0 ]; then
	check_headers "$host_headers" "" "${cc[@]}" "${host_flags[@]}"
	check_headers "$target_headers" "$target" "${target_cc[@]}" "${target_flags[@]}"
	check_libraries "$target_libraries" "$target" "${target_cc[@]}"
fi
if [ ${#missing[@]} -eq 0 ] && [ -n "${STUBS_LACK// /}" ]; then
	read -r -a lack <<<"$STUBS_LACK"
	echo "bzboot: clang, ld.lld or libraries are missing for the stubs of ${lack[*]}:" \
		"on Debian, run 'make deps GROUPS=stubs'" >&2
	exit 1
fi
[ ${#missing[@]} -gt 0 ] || exit 0

list=$(printf ', %s' "${missing[@]}")
echo "bzboot: missing: ${list:2}; install them, on Debian by 'make deps'" >&2
exit 1
