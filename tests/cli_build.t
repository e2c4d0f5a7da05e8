#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The Makefile: missing requirements are reported in one line; plain make installs nothing; the
# user's compilers and options are used; uninstall undoes install.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need make gcc readelf
unset MAKEFLAGS MFLAGS MAKELEVEL	# set by the make that runs this
unset CC CPPFLAGS CFLAGS LDFLAGS TARGET_CC TARGET_LIBDIR EFI_INCLUDE NO_PACKAGES

build=${BUILD:-build}
unset BUILD

# make_in FOLDER ARGUMENT...: sets status, leaves $work/stdout and $work/stderr
make_in() {
	status=0
	make BUILD="$1" "${@:2}" </dev/null >"$work/stdout" 2>"$work/stderr" || status=$?
}

# --- missing requirements -------------------------------------------------------

# missing NAME LIST ARGUMENT...: make reports LIST as missing, and compiles nothing
missing() {
	local name=$1 list=$2
	shift 2
	make_in "$work/nothing" "$@"
	[ "$status" -ne 0 ] || fault "make does not fail"
	same "the message of make" "bzboot: missing: $list; install them, on Debian by 'make deps'" \
		"$(grep -v '^make: ' "$work/stderr")"
	[ ! -d "$work/nothing" ] || fault "it makes $(find "$work/nothing" -type f | head -n 3)"
	finish "$name: make reports it in one line"
}

missing "no header of gnu-efi" "efi.h (gnu-efi)" EFI_INCLUDE=/nowhere
missing "no library for the target" "libzstd.a (libzstd-dev), liblzma.a (liblzma-dev),\
 libz.a (zlib1g-dev), liblz4.a (liblz4-dev)" TARGET_LIBDIR=/nowhere
missing "no compiler, no linker" "no-such-cc, no-such-ld" TARGET_CC=no-such-cc TARGET_LD=no-such-ld
missing "no compiler for the target" "no-such-cc" TARGET_CC="no-such-cc -m64"

mkdir -p "$work/efi/x86_64"
touch "$work/efi/efi.h" "$work/efi/x86_64/efibind.h"
missing "no library for the host" "stdio.h (libc6-dev), zstd.h (libzstd-dev), lzma.h (liblzma-dev),\
 zlib.h (zlib1g-dev), lz4.h (liblz4-dev), openssl/evp.h (libssl-dev), jansson.h (libjansson-dev),\
 Zydis/Zydis.h (libzydis-dev)" \
	CPPFLAGS="-nostdinc -I$work/efi" EFI_INCLUDE="$work/efi"

make_in "$work/nothing" STUBS="x86-64 mips"
[ "$status" -ne 0 ] || fault "make does not fail"
same "the message of make" "*** bzboot has no stubs for 'mips': STUBS names some of x86-64 arm64 riscv64\
 loong64.  Stop." "$(sed 's/^[^*]*//' "$work/stderr")"
finish "an unknown machine in STUBS: make reports it in one line"

# --- packages -------------------------------------------------------------------

# A machine on which nothing is installed and nothing can be: the programs that would install log
# their arguments.
mkdir "$work/bin"
for command in sudo apt-get dpkg dpkg-query; do
	cat >"$work/bin/$command" <<-END
		#!/bin/sh
		case "$command \$*" in
		"dpkg --print-architecture") echo amd64 ;;
		"sudo env "*) shift; exec env "\$@" ;;
		"dpkg-query "*) echo installed make amd64; exit 1 ;;
		*) echo "$command \$*" >>"$work/asked" ;;
		esac
	END
done
chmod +x "$work"/bin/*

# asked: the packages that this machine was asked to install
asked() {
	cat "$work/asked" 2>/dev/null || true
}

# on_bare ARGUMENT...: run make on this machine
on_bare() {
	rm -f "$work/asked"
	PATH=$work/bin:$PATH make_in "$build" "$@"
	same "make's exit status" 0 "$status"
}

on_bare all
same "packages that plain make asks for" "" "$(asked)"
finish "plain make installs nothing"

on_bare NO_PACKAGES=1 deps
same "packages that make deps asks for" "" "$(asked)"
finish "with NO_PACKAGES=1 make deps installs nothing"

# deps NAME PACKAGES OTHERS ARGUMENT...: make deps installs PACKAGES, and none of OTHERS
deps() {
	local name=$1 package
	on_bare "${@:4}" deps
	asked | grep '^apt-get install .* -y' >"$work/installed" || true
	for package in $2; do
		grep -qw -- "$package" "$work/installed" || fault "$package is not installed"
	done
	for package in $3; do
		! grep -qw -- "$package" "$work/installed" || fault "$package is installed"
	done
	finish "$name"
}

deps "make deps installs the packages needed to build" "gcc gnu-efi libzstd-dev" "make qemu-system-x86 jq"
deps "make deps GROUPS= installs these groups" "jq time" "gnu-efi qemu-system-x86" GROUPS="test bench"

make_in "$build" GROUPS=nonsense deps
grep -qxF "packages.sh: no such group of packages: nonsense" "$work/stderr" ||
	fault "make prints: $(<"$work/stderr")"
finish "make deps: an unknown group"

for target in boot check check-all check-release check-kernels check-matrix fuzz bench; do
	make_in "$build" -n "$target"
	grep -q "^tools/packages.sh .*build" "$work/stdout" || fault "$target installs nothing"
	make_in "$build" -n NO_PACKAGES=1 "$target"
	! grep -q "packages.sh" "$work/stdout" || fault "$target installs, with NO_PACKAGES=1 too"
done
finish "targets that boot, test or measure install their packages"

# --- compilers and options ------------------------------------------------------

for side in host target; do
	printf '#!/bin/sh\necho "$*" >>"%s"\nexec gcc "$@"\n' "$work/by_$side" >"$work/bin/$side-cc"
done
chmod +x "$work"/bin/*-cc
make_in "$work/made" CC="$work/bin/host-cc" TARGET_CC="$work/bin/target-cc" CPPFLAGS=-DGIVEN_CPP \
	CFLAGS="-O1 -DGIVEN_C" LDFLAGS=-Wl,-rpath,/given_ld "$work"/made/host/packer/io/blob.o \
	"$work"/made/host/stub/efi/efi_processors.o "$work"/made/tests/reloc_oracle \
	"$work"/made/target/formats/elf.o "$work"/made/stub/stub.lds
same "make's exit status" 0 "$status"

# by SIDE FILE: the command that compiles FILE for this side
by() {
	grep " $2 -o " "$work/by_$1" || true
}

for source in packer/io/blob.c stub/efi/efi_processors.c; do
	[[ $(by host "$source") == *" -DGIVEN_CPP -O1 -DGIVEN_C "* ]] ||
		fault "$source is compiled by: $(by host "$source")"
done
[[ $(readelf -d "$work/made/tests/reloc_oracle") == *given_ld* ]] || fault "no LDFLAGS for programs"
finish "CPPFLAGS, CFLAGS and LDFLAGS are used"

for source in formats/elf.c stub/x86/stub.lds; do
	[ -n "$(by target "$source")" ] || fault "TARGET_CC does not make $source"
done
[ -z "$(by target packer/io/blob.c)" ] || fault "TARGET_CC makes packer/io/blob.c"
! grep -q GIVEN "$work/by_target" || fault "TARGET_CC has the host's options"
finish "TARGET_CC makes the target's objects, without the options for the host"

# commands ARGUMENT...: $work/commands: all commands of the build, one per line
commands() {
	make_in "$work/none" -nB V=1 "$@"
	sed -e ':more' -e '/\\$/{ N; s/ *\\\n\t*/ /; b more' -e '}' "$work/stdout" >"$work/commands"
}

# Each command uses one of these tools.
commands {TARGET_CC=target,CC=host}-cc {TARGET_LD=target,LD=host}-ld {TARGET_AR=target,AR=host}-ar \
	{TARGET_OBJCOPY=target,OBJCOPY=host}-objcopy TARGET_LIBDIR=/target-libs \
	all "$work/none/libbzboot.a"
for tool in host-cc target-cc; do
	[ "$(grep -c "^$tool " "$work/commands")" -gt 50 ] || fault "$tool makes too few files"
done
for command in "ld .* /target-libs/libzstd\.a " "ar " "objcopy "; do
	grep -q "^target-$command" "$work/commands" || fault "'target-$command' is never run"
done
wrong=$(grep -E -e '^host-.* -o [^ ]*/(target|stub)/' -e '^target-.* -o [^ ]*/(host/|bzboot$)' \
	-e '^host-(ar|ld|objcopy) ' "$work/commands" | head -n 3) || true
same "commands of the wrong compiler" "" "$wrong"
finish "the host's tools make nothing for the target, nor the target's for the host"

# A compiler for another machine
printf '#!/bin/sh\necho aarch64-linux-gnu\n' >"$work/bin/arm-cc"
chmod +x "$work/bin/arm-cc"
commands CC="$work/bin/arm-cc" all
for command in "x86_64-linux-gnu-gcc .*stub/steps\.c" "x86_64-linux-gnu-ld .*stub/none\.elf" \
	"x86_64-linux-gnu-objcopy .*stub/none\.elf" "$work/bin/arm-cc .*packer/cli/main\.c"; do
	grep -q "^$command" "$work/commands" || fault "'$command' is never run"
done
finish "on another machine the target's tools are those of a cross compiler"

# --- install and uninstall --------------------------------------------------------

# there: the files in the folder that is installed to
there() {
	find "$work/to" -printf '%P %y %m\n' | sort
}

mkdir -p "$work"/to/usr/{bin,include/bzboot,lib/pkgconfig,share/doc,share/man/man{1,5}}
mkdir -p "$work"/to/usr/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
touch "$work"/to/usr/{bin/other,include/bzboot/other.h,lib/libother.a}
before=$(there)
make_in "$build" DESTDIR="$work/to" PREFIX=/usr install
same "the exit status of make install" 0 "$status"
for file in bin/bzboot lib/libbzboot.a lib/pkgconfig/bzboot.pc \
	share/man/man1/bzboot{,-pack,-verify}.1 share/man/man5/bzboot.conf.5 \
	share/bash-completion/completions/bzboot share/zsh/site-functions/_bzboot \
	share/fish/vendor_completions.d/bzboot.fish \
	include/bzboot/load.h share/bzboot/decoders/zstd.c share/bzboot/bzimage.mk \
	share/bzboot/ovmf/keys.sh share/bzboot/ovmf/run.sh \
	share/bzboot/examples/{usb,signed,tree}.sh \
	share/bzboot/examples/kernel/{Makefile,entry.S,kernel.c,kernel.lds.S} \
	share/doc/bzboot/README.md share/doc/bzboot/LICENSE \
	share/doc/bzboot/docs/{signing.md,embedding.md,info.schema.json}; do
	[ -s "$work/to/usr/$file" ] || fault "$file is not installed"
	[[ $file != *.sh ]] || [ -x "$work/to/usr/$file" ] || fault "$file is not executable"
done
documents=$work/to/usr/share/doc/bzboot
mapfile -t all_documents < <(cd "$documents" && echo ./*.md docs/*.md | tr ' ' '\n')
[ ${#all_documents[@]} -ge "$(find ./*.md docs/*.md | wc -l)" ] || fault "papers: ${all_documents[*]}"
for document in "${all_documents[@]}"; do
	mapfile -t files < <(grep -o '](\([^):#]*\)' "$documents/$document" | cut -c 3-)
	for file in "${files[@]}"; do
		[ -e "$(dirname "$documents/$document")/$file" ] ||
			fault "$document refers to $file, which is not installed"
	done
done
version=$("$work/to/usr/bin/bzboot" --version | head -n 1)
same "the version of bzboot.pc" "$version" \
	"bzboot $(sed -n 's/^Version: //p' "$work/to/usr/lib/pkgconfig/bzboot.pc")"
newest=$(sed -n '/^## /{ s///; s/,.*//; p; q }' "$documents/CHANGELOG.md")
same "the newest version in CHANGELOG.md" "$version" "bzboot $newest"
same "the usage line of the installed keys.sh" \
	"usage: keys.sh FOLDER [--owner NAME] [--passphrase] [--machine arm64]" \
	"$("$work/to/usr/share/bzboot/ovmf/keys.sh" --help)"
make_in "$build" DESTDIR="$work/to" PREFIX=/usr uninstall
same "the exit status of make uninstall" 0 "$status"
same "files after make uninstall" "$before" "$(there)"
finish "make uninstall removes the files of make install, and no others"

rm "$work/to/usr/include/bzboot/other.h"
make_in "$build" DESTDIR="$work/to" PREFIX=/usr install
make_in "$build" DESTDIR="$work/to" PREFIX=/usr uninstall
make_in "$build" DESTDIR="$work/to" PREFIX=/usr uninstall
same "the exit status of a second make uninstall" 0 "$status"
same "remaining folders of bzboot" "" "$(find "$work/to" -name 'bzboot*')"
finish "make uninstall removes bzboot's own folders"

make_in "$build" DESTDIR="$work/to" PREFIX=/usr/local install-hooks
same "the exit status of make install-hooks" 0 "$status"
for file in etc/kernel/postinst.d/zz-bzboot etc/kernel/postrm.d/zz-bzboot \
	etc/initramfs/post-update.d/bzboot usr/lib/kernel/install.d/60-bzboot.install; do
	[ -x "$work/to/$file" ] || fault "$file is not installed"
done
make_in "$build" DESTDIR="$work/to" PREFIX=/usr/local uninstall-hooks
same "the exit status of make uninstall-hooks" 0 "$status"
same "remaining hooks" "" "$(find "$work/to" -name '*bzboot*' -type f)"
finish "make install-hooks, make uninstall-hooks"

plan
