#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The Debian packages: they build, lintian has nothing to say, and debian/tests pass with what is
# installed.
#
#   tests/all_deb.t		built on Debian 13, without the units
#   tests/all_deb.t --all	on Debian 12, too, with the units; a build in another folder, with another
#				umask and time zone makes the same bytes
# shellcheck source=tests/boot.sh
. tests/boot.sh
need dpkg-deb dh lintian

# shellcheck source=tests/debian13.sh
. tests/debian13.sh
version=$(sed -n 's/^bzboot (\([^)]*\)) .*/\1/p;q' debian/changelog)

# packages FOLDER: the names and hashes of the packages in it
packages() {
	(cd "$work/$1" && sha256sum -- *.deb)
}

# unknown-field: lintian of Debian 12 does not know dpkg's Static-Built-Using.
lints="lintian --allow-root --fail-on error,warning,info --display-info --suppress-tags unknown-field"

same "the version in debian/changelog" "bzboot $version" "$("$bzboot" --version | head -n 1)"
# Each release has its own version of Zydis, and so a package of its own.
in_root env DEB_BUILD_OPTIONS=nocheck tools/deb.sh /out/deb13 >"$work/log" 2>&1 ||
	fail "tools/deb.sh: $(tail -n 40 "$work/log")"
said=$(in_root sh -c "$lints /out/deb13/*.changes" 2>&1) || fault "lintian: $said"
finish "Debian 13: builds, and lintian has nothing to say"

# shellcheck disable=SC2016 # expanded inside
in_root sh -euc '
	cd /out/deb13
	dpkg -i bzboot_*.deb libbzboot-dev_*.deb
	cd /
	/bzboot/debian/tests/library
	/bzboot/tests/deb/loader.sh
	dpkg --purge bzboot libbzboot-dev
	find /etc /usr /var/lib -name "*bzboot*" >/out/left
' >"$work/log" 2>&1 || fault "$(tail -n 40 "$work/log")"
same "what is left" "" "$(cat "$work/left" 2>&1)"
finish "Debian 13: installed, debian/tests/library passes, systemd-boot is signed; removed, nothing is left"

if [ "${1-}" != --all ]; then
	plan
	exit
fi

tools/deb.sh "$work/deb12" >"$work/log" 2>&1 || fail "tools/deb.sh: $(tail -n 40 "$work/log")"
said=$($lints "$work"/deb12/*.changes 2>&1) || fault "lintian: $said"
finish "Debian 12: builds, and lintian has nothing to say"

(
	umask 077
	mkdir "$work/other"
	TZ=Pacific/Kiritimati LC_ALL=C HOME=/nonexistent DEB_BUILD_OPTIONS=nocheck \
		tools/deb.sh "$work/other/deb" >"$work/log" 2>&1
) || fail "tools/deb.sh: $(tail -n 40 "$work/log")"
same "the packages" "$(packages deb12)" "$(packages "other/deb")"
finish "a build in another folder, with another umask and time zone makes the same bytes"

dpkg-deb -x "$work"/deb12/bzboot_*.deb "$work/installed"
kernel 6.12-cloud
name=vmlinuz-$(release 6.12-cloud)
ln -s "$(realpath "$boot/6.12-cloud.vmlinuz")" "$work/$name"
PATH=$work/installed/usr/bin:$PATH debian/tests/pack-and-boot "$work/$name" >"$work/log" 2>&1 ||
	fault "$(tail -n 40 "$work/log")"
finish "Debian 12: debian/tests/pack-and-boot passes"
plan
