#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ovmf/run.sh says why it ends. Its QEMU boots nothing.
# shellcheck source=tests/cli.sh
. tests/cli.sh

mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<-'END'
	#!/bin/sh
	exec sleep "$SECONDS_IT_TAKES"
END
chmod +x "$work/bin/qemu-system-x86_64"
touch "$work/kernel"

# run_sh SECONDS: which QEMU takes, of the one that it may; sets status, leaves $work/stderr
run_sh() {
	status=0
	PATH=$work/bin:$PATH SECONDS_IT_TAKES=$1 ovmf/run.sh --kernel "$work/kernel" --timeout 1 \
		>/dev/null 2>"$work/stderr" || status=$?
}

run_sh 60
same "exit status" 124 "$status"
same "what it says" "run.sh: stopped after 1 seconds (--timeout)" "$(<"$work/stderr")"
finish "a virtual machine that is stopped is not stopped in silence"

run_sh 0
same "exit status" 0 "$status"
same "what it says" "" "$(<"$work/stderr")"
finish "a virtual machine that ends by itself gets no line"
plan
