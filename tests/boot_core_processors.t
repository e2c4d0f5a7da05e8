#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Other processors, sound and ill, of a firmware that says what it likes of them: the driver of
# tests/efi plays it, in one boot.
. tests/boot.sh

pack testkernel-parts "$testkernel" --parts 4
prefix=DRIVER
start --kernel "$build/tests/efi/driver.efi" --cmdline processors --cpus 4 \
	--disk "$boot/testkernel-parts.efi"

# checks NAME CHECK...: one test: the driver found these right
checks() {
	for check in "${@:2}"; do
		expect "check=processors_$check result=ok"
	done
	finish_boot "$1"
}

checks "as many are started as there are parts, each by itself" sound late
checks "nosmp, maxcpus=1, bzboot.processors=1: none; bzboot.processors=2: one" \
	nosmp maxcpus own_word two
checks "disabled, ill and busy ones are left out" disabled ill busy
checks "those whose caches are off take no part" no_cache no_cache_no_write
checks "those that do not answer cost one timeout, and a line that says what to do" \
	silent all_silent
checks "where one may still be at work the image stays, and says what to do" lost
expect end=reached
finish_boot "the driver came to its end"
plan
