#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# timed.sh TEST: run it, and record its time in $BUILD/times; prove calls this. Without a TEST:
# print the ten slowest that are recorded, and start anew.
set -uo pipefail

times=${BUILD:-build}/times
if [ $# -eq 0 ]; then
	echo "# the slowest:"
	sort -rn "$times" | head -n 10 | awk '{ printf "# %4d s  %s\n", $1, substr($0, length($1) + 2) }'
	rm "$times"
	exit
fi
begin=$SECONDS
"$@"
status=$?
echo "$((SECONDS - begin)) $*" >>"$times"
exit "$status"
