# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests that run commands in Debian 13. Sourced by them; $work may be there already.
need unshare make
work=${work:-$(mktemp -d)}
trap 'in_root sh -c "rm -rf /out/*"; rm -rf "$work"' EXIT

# in_root COMMAND...: run a command in a root of Debian 13 (tools/root.sh), where $work is /out
in_root() {
	tools/root.sh trixie "$work" "$@"
}

# copy_program: put bzboot in $work, with the library that has another name in Debian 13
copy_program() {
	local zydis
	zydis=$(ldd "${bzboot:?}" | sed -n 's/.*libZydis.* => \([^ ]*\).*/\1/p')
	cp "$bzboot" "$work/bzboot"
	cp -L "${zydis:?}" "$work"
}
