# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# TAP for tests in shell: a test collects its failures in faults, and finish prints its line.
# Sourced by tests/cli.sh, tests/boot.sh and the tests of the tree.
set -euo pipefail

# Debian's programs come first: its python3 has the modules of its packages, and starts ten times as
# fast as that of a version manager.
PATH=/usr/bin:/bin:$PATH

tests=0		# finished
failed=0	# failed ones
faults=()	# of the current test

# fail MESSAGE: the test file cannot run
fail() {
	echo "$0: $*" >&2
	exit 1
}

# need COMMAND...
need() {
	local command
	for command; do
		command -v "$command" >/dev/null || fail "$command is not installed"
	done
}

# fault MESSAGE: record a failure of the current test
fault() {
	faults+=("$*")
}

# same WHAT EXPECTED ACTUAL
same() {
	[ "$2" = "$3" ] || fault "$1: expected '$2', but it is '$3'"
}

# finish NAME: ok if there are no faults
finish() {
	tests=$((tests + 1))
	if [ ${#faults[@]} -eq 0 ]; then
		echo "ok $tests - $1"
	else
		failed=$((failed + 1))
		printf '%s\n' "${faults[@]}" | sed 's/^/# /'
		echo "not ok $tests - $1"
	fi
	faults=()
}

# clean NAME FAULTS: a whole test, which passes if there is no text of faults
clean() {
	[ -z "$2" ] || fault "$2"
	finish "$1"
}

# plan: the end of a test file
plan() {
	echo "1..$tests"
	[ "$failed" -eq 0 ]
}
