#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Other processors, working and failing, as described by a firmware: the driver of tests/efi
# simulates it, in one boot.
. tests/boot.sh

pack testkernel-parts "$testkernel" --parts 4
prefix=DRIVER
start --kernel "$build/tests/efi/driver.efi" --cmdline processors --cpus 4 \
	--disk "$boot/testkernel-parts.efi"

# checks NAME CHECK...: one test: these checks of the driver passed
checks() {
	for check in "${@:2}"; do
		expect "check=processors_$check result=ok"
	done
	finish_boot "$1"
}

checks "one is started per part, each by itself" sound late
checks "nosmp, maxcpus=1, bzboot.processors=1: none; bzboot.processors=2: one" \
	nosmp maxcpus own_word two
checks "disabled, failing and busy ones are left out" disabled ill busy
checks "those with caches off are not used" no_cache no_cache_no_write
checks "those that do not respond cost one timeout, and a message with the remedy" \
	silent all_silent
checks "while one may still be running the image stays, and prints the remedy" lost
expect end=reached
finish_boot "the driver finished"
plan
