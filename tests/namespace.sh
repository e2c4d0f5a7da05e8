# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A test that sources this, before all other files, begins again in a mount namespace of its own, as
# root: its mounts end with it. Users other than root need a user namespace. Signals have their
# defaults, because a background job of a script ignores SIGINT and SIGQUIT.
if [ -z "${BZBOOT_TEST_NAMESPACE-}" ]; then
	map=
	[ "$(id -u)" -eq 0 ] || map=--map-root-user
	# shellcheck disable=SC2086 # one option, or none
	exec unshare --mount $map env --default-signal BZBOOT_TEST_NAMESPACE=yes "$0" "$@"
fi
