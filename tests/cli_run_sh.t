#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ovmf/run.sh reports a timeout. Its QEMU is a stand-in that boots nothing.
# shellcheck source=tests/cli.sh
. tests/cli.sh

mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<-'END'
	#!/bin/sh
	exec sleep "$SECONDS_IT_TAKES"
END
chmod +x "$work/bin/qemu-system-x86_64"
touch "$work/kernel"

# run_sh SECONDS: QEMU takes SECONDS, with a limit of one; sets status, leaves $work/stderr
run_sh() {
	status=0
	PATH=$work/bin:$PATH SECONDS_IT_TAKES=$1 ovmf/run.sh --kernel "$work/kernel" --timeout 1 \
		>/dev/null 2>"$work/stderr" || status=$?
}

run_sh 60
same "exit status" 124 "$status"
same "stderr" "run.sh: stopped after 1 seconds (--timeout)" "$(<"$work/stderr")"
finish "a virtual machine stopped by --timeout: a message"

run_sh 0
same "exit status" 0 "$status"
same "stderr" "" "$(<"$work/stderr")"
finish "a virtual machine that ends by itself: no message"
plan
