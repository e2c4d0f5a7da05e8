# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the scripts that use apt share. Sourced, not run.

# fail MESSAGE: say what went wrong, and stop
fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# as_root COMMAND...: run it, through sudo where we are not root
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
		return
	fi
	command -v sudo >/dev/null || fail "must be root for: $* (and there is no sudo)"
	echo "${0##*/}: sudo $*" >&2
	sudo "$@"
}

# apt_update: fetch the package lists
apt_update() {
	as_root apt-get update -q >&2 || fail "apt-get update failed"
}
