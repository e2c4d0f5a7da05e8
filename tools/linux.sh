#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# linux.sh [SERIES/]CONFIG...: print the path of a kernel built from Debian's linux-source-SERIES,
# 6.12 (the default) or 7.2, with the configuration tests/linux/CONFIG.config, one path per line. Those of
# arm64 are "arm64-zboot", a kernel, and "arm64" (gcc) and "arm64-lld" (clang and lld): what makes an EFI
# zboot image of any kernel, without a kernel.
# Kernels missing in the cache, which is outside the checkout, are built one at a time: 5 minutes
# each on two cores. Cached ones need no network; for a newer source, remove the folder linux of the
# cache. The CONFIG "source" is the source itself.
#
# The path printed contains
#
#   result/vmlinux          with the sections of the linker's --emit-relocs
#   result/vmlinux.relocs   the table that the kernel's own tool makes of them
#   result/bzImage          the kernel's own image
#   result/config
#
# for arm64-zboot: result/vmlinux, Image, vmlinuz.efi (the EFI zboot image) and config; for arm64 and
# arm64-lld: lib.a, zboot-header.o, zboot.lds (drivers/firmware/efi/libstub), for a payload of zstd
#
# and, for configurations in object_trees, all of kbuild's files, so that kbuild can continue there.
# (It cannot do so elsewhere: objtool's dependencies are absolute, and all objects depend on
# objtool.) The cache holds 600 MB of source, 270 MB for each object tree and 20 MB for each of the
# others.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"

# SERIES -> its suite of Debian
declare -A suites=([6.12]=bookworm-security [7.2]=trixie-backports)

# use SERIES: set the variables that depend on it
use() {
	series=$1
	[ -n "${suites[$series]-}" ] || fail "no such SERIES: $series; the series are ${!suites[*]}"
	package=linux-source-$series
	tree=source
	unused[0]='linux-source-*/arch/[!x]*/*.[chS]'
	case $series in
	6.12)
		object_trees=" smp "
		make_arguments=([lld]=LLVM=1 [sections]="KCPPFLAGS=-ffunction-sections $widened")
		builder=build
		;;
	*)
		object_trees=
		make_arguments=([lld]=LLVM=-19 [cfi]=LLVM=-19 [lto]=LLVM=-19)	# it needs 17 or later
		builder=build_unstripped
		;;
	esac
}
declare -A make_arguments

# In the linker script: .text has the sections of functions
widened=-DCONFIG_LD_DEAD_CODE_DATA_ELIMINATION

# choose [SERIES/]CONFIG: use SERIES, and set config
choose() {
	local path=$1
	[[ $path == */* ]] || path=6.12/$path
	use "${path%%/*}"
	config=${path#*/}
	[[ $config != arm64* ]] || use_arm64
	[ "$config" != features ] || object_trees=" features "
}

# use_arm64: its source is another one, with the files of that machine
use_arm64() {
	tree=source-arm64
	unused[0]='linux-source-*/arch/[!ax]*/*.[chS]'
	make_arguments=([arm64]=CROSS_COMPILE=aarch64-linux-gnu- [arm64-lld]=LLVM=1
		[arm64-zboot]=CROSS_COMPILE=aarch64-linux-gnu-)
	builder=build_arm64
	[ "$config" != arm64-zboot ] || builder=build_zboot
}

# Files that no configuration here compiles, two thirds of the source. Kconfig files and makefiles
# in these folders are needed anyway.
unused=(
	'linux-source-*/arch/[!x]*/*.[chS]' 'linux-source-*/arch/[!x]*/*.dts*'
	'linux-source-*/Documentation/*/*' 'linux-source-*/drivers/gpu/*.[ch]'
	'linux-source-*/drivers/net/*.[ch]' 'linux-source-*/drivers/media/*.[ch]'
	'linux-source-*/drivers/scsi/*.[ch]' 'linux-source-*/sound/*.[ch]'
	'linux-source-*/tools/testing/*'
)

# The same sources make the same kernel, whatever make runs this.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH CROSS_COMPILE LLVM KBUILD_OUTPUT
export KBUILD_BUILD_USER=bzboot KBUILD_BUILD_HOST=bzboot KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'

# newest_source: set version to that of the newest source in the cache
newest_source() {
	version=$(cd "$cache" && compgen -G "$series.*-$tree" | sort -V | tail -n 1) || return 1
	version=${version%-"$tree"}
}

# resolve: set version to the one in apt's lists
resolve() {
	version=$(archive_apt apt-get download --print-uris "$package/${suites[$series]}" 2>/dev/null |
		sed -n "s/^'[^']*' ${package}_\([^ ]*\)_all\.deb .*/\1/p")
	[ -n "$version" ]
}

# fetch: unpack the source of $version into the cache
fetch() {
	local temporary
	temporary=$(mktemp -d "$cache/.fetch.XXXXXX")
	# shellcheck disable=SC2064 # now
	trap "rm -rf '$temporary'" EXIT
	echo "linux.sh: downloading $package $version" >&2
	(cd "$temporary" && archive_apt apt-get download -q "$package/${suites[$series]}" >&2) ||
		return 1
	mkdir "$temporary/source"
	dpkg-deb --fsys-tarfile "$temporary"/*.deb |
		tar -x -O --wildcards -f - "./usr/src/$package.tar.xz" | xz -dc |
		tar -x -C "$temporary/source" --strip-components 1 --anchored \
			"${unused[@]/#/--exclude=}" -f - || return 1
	mv -T "$temporary/source" "$cache/$version-$tree"
	rm -rf "$temporary"
	trap - EXIT
}

# alone: wait until no other linux.sh fetches or builds
lock=
alone() {
	[ -z "$lock" ] || return 0
	exec {lock}>"$cache/.lock"
	flock -n "$lock" || { echo "linux.sh: waiting for another linux.sh" >&2 && flock "$lock"; }
}

# see_to_source: set version and source, and fetch the source if it is missing
see_to_source() {
	newest_source || alone
	if ! newest_source; then
		see_to_archive
		if ! { resolve && fetch; }; then
			see_to_archive now
			resolve || fail "apt has no $package"
			fetch || fail "could not get $package $version"
		fi
	fi
	source=$cache/$version-$tree
}

# configure CONFIG OBJECTS: make its .config; every option asked for must be in it, because kbuild
# silently drops options with unmet conditions
configure() {
	local wanted=$2/wanted.config missing
	cat "$here/base.config" "$here/$1.config" >"$wanted"
	kbuild "$1" "$2" allnoconfig KCONFIG_ALLCONFIG="$wanted"
	missing=$(grep '^CONFIG_' "$wanted" | grep -vxFf "$2/.config") || return 0
	fail "$1: the kernel does not take $(tr '\n' ' ' <<<"$missing")"
}

# kbuild CONFIG OBJECTS ARGUMENT...
kbuild() {
	make -C "$source" O="$2" -j"$(nproc)" "${make_arguments[$1]-V=0}" "${@:3}" \
		>>"$2/build.log" 2>&1 || {
		tail -n 30 "$2/build.log" >&2
		fail "$1: make ${*:3} failed"
	}
}

# build CONFIG OBJECTS: linked twice, because arch/x86/Makefile.postlink strips the relocations
build() {
	local result=$2/result
	mkdir -p "$result"
	configure "$1" "$2"
	kbuild "$1" "$2" cmd_strip_relocs=: vmlinux
	mv "$2/vmlinux" "$2/arch/x86/boot/compressed/vmlinux.relocs" "$result"
	kbuild "$1" "$2" bzImage modules
	cp "$2/arch/x86/boot/bzImage" "$result"
	cp "$2/.config" "$result/config"
}

# build_unstripped CONFIG OBJECTS: from 6.15 on the relocations are in a file beside vmlinux
build_unstripped() {
	local result=$2/result
	mkdir -p "$result"
	configure "$1" "$2"
	kbuild "$1" "$2" bzImage modules
	cp "$2/vmlinux.unstripped" "$result/vmlinux"
	cp "$2/arch/x86/boot/compressed/vmlinux.relocs" "$2/arch/x86/boot/bzImage" "$result"
	cp "$2/.config" "$result/config"
}

# build_arm64 CONFIG OBJECTS: the path in the header is for debuggers
build_arm64() {
	local result=$2/result stub=drivers/firmware/efi/libstub compiler=(aarch64-linux-gnu-gcc)
	[ "$1" = arm64 ] || compiler=(clang --target=aarch64-linux-gnu)
	mkdir -p "$result"
	kbuild "$1" "$2" ARCH=arm64 KCONFIG_ALLCONFIG="$here/$1.config" allnoconfig
	kbuild "$1" "$2" ARCH=arm64 "$stub/"
	cp "$source/$stub/zboot.lds" "$result"
	# kbuild's archive only has the names of its members.
	(cd "$2/$stub" && aarch64-linux-gnu-ar t lib.a | xargs aarch64-linux-gnu-ar crs "$result/lib.a")
	"${compiler[@]}" -nostdinc -D__KERNEL__ -D__ASSEMBLY__ -DZBOOT_SIZE_LEN=4 \
		-DCOMP_TYPE='"zstd"' -DMACHINE_TYPE=IMAGE_FILE_MACHINE_ARM64 -DZBOOT_EFI_PATH='"zboot"' \
		-I"$source/arch/arm64/include" -I"$2/arch/arm64/include/generated" \
		-I"$source/include" -I"$2/include" -I"$source/arch/arm64/include/uapi" \
		-I"$2/arch/arm64/include/generated/uapi" -I"$source/include/uapi" \
		-I"$2/include/generated/uapi" -include "$source/include/linux/kconfig.h" \
		-c "$source/$stub/zboot-header.S" -o "$result/zboot-header.o" >>"$2/build.log" 2>&1 ||
		fail "$1: no zboot-header.o"
}

# build_zboot CONFIG OBJECTS: for arm64
build_zboot() {
	local -x ARCH=arm64
	local result=$2/result boot=$2/arch/arm64/boot
	mkdir -p "$result"
	configure "$1" "$2"
	kbuild "$1" "$2" vmlinuz.efi
	cp "$2/vmlinux" "$boot/Image" "$boot/vmlinuz.efi" "$result"
	cp "$2/.config" "$result/config"
}

# trim OBJECTS: remove all but the result
trim() {
	find "$1" -mindepth 1 -maxdepth 1 ! -name result -exec rm -rf {} +
}

# recipe CONFIG: everything that a result depends on except the source and the tools. A change of these
# functions, even of a message, builds all kernels again.
recipe() {
	grep -hv '^# [^C]' "$here/base.config" "$here/$1.config"
	declare -f configure kbuild "$builder"
	echo "${make_arguments[$1]-}" "$object_trees" "${unused[@]}"
}

# see_to CONFIG: build it if necessary, and print its path. A build ends by writing result/complete.
see_to() {
	local objects
	[ -f "$here/$1.config" ] || fail "$here/$1.config is missing"
	objects=$cache/$version-$1-$(recipe "$1" | sha256sum | cut -c 1-8)
	[ -e "$objects/result/complete" ] || alone
	if [ ! -e "$objects/result/complete" ]; then
		echo "linux.sh: building $version $1, some minutes (in $objects)" >&2
		rm -rf "$objects"
		"$builder" "$1" "$objects"
		[[ $object_trees == *" $1 "* ]] || trim "$objects"
		touch "$objects/result/complete"
	fi
	echo "$objects"
}

[ $# -gt 0 ] || fail "usage: linux.sh [SERIES/]CONFIG..."
here=$(realpath "${BASH_SOURCE[0]%/*}/../tests/linux")
cache=$(realpath -m "$bzboot_cache/linux")
mkdir -p "$cache"
for path; do
	choose "$path"
	see_to_source
	if [ "$config" = source ]; then
		echo "$source"
	else
		see_to "$config"
	fi
done
