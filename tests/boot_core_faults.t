#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A firmware that fails: on every failure the image returns with an error and keeps nothing. The
# driver of tests/efi tries all of them in one boot.
. tests/boot.sh

# A kernel that supports five levels of page tables, so that the stub switches to them, too
made "$boot/testkernel-5.elf" "$testkernel" -- objcopy \
	--add-symbol __pgtable_l5_enabled=.data:0,global "$testkernel" "$boot/testkernel-5.elf"
pack testkernel-5 "$boot/testkernel-5.elf"
driver=$build/tests/efi/driver.efi
prefix=DRIVER

# find NAME [PATTERN]: set lines to the driver's reports of it, one line per start
find() {
	mapfile -t lines < <(grep "^DRIVER fault=$1 .*${2-}" "$log")
	[ ${#lines[@]} -gt 0 ] || fault "no report of $1 ${2-}"
}

# each PATTERN: every line matches
each() {
	local line
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line == $1 ]] || fault "${line#DRIVER }"
	done
}

# gave_back NAME: every start of that name ended with an error and kept nothing
gave_back() {
	find "$1"
	each "* status=0x8??????????????? pages=0 pools=0 events=0 files=0 tables=0 wrong=0*"
}

# calls NAME LEAST: at least LEAST calls failed, one after the other
calls() {
	find "$1"
	[ ${#lines[@]} -ge "$2" ] || fault "$1: only ${#lines[@]} starts"
	[[ ${lines[-1]} == *" failed=nothing exit=reached "* ]] || fault "${lines[-1]}"
}

# stops NAME STATUS: the image returns that status before it calls ExitBootServices()
stops() {
	find "$1"
	each "* exit=not_reached status=0x800000000000000$2 *"
}

# goes_on NAME: the image continues
goes_on() {
	find "$1"
	each "* exit=reached *"
}

start --kernel "$driver" --cmdline faults --disk "$boot/testkernel-5.efi" --timeout 240

# Lack of memory is an error in every call; EFI_OUT_OF_RESOURCES is 9.
find one failed=AllocatePages
each "* exit=not_reached status=0x8000000000000009 *"
gave_back one
calls one 15
finish_boot "each call fails once: an error, and nothing is kept"

gave_back all
calls all 5
finish_boot "one call and all later ones fail: an error, and nothing is kept"

gave_back one_of_files
gave_back all_of_files
calls one_of_files 30
finish_boot "initrd= and each call fails: an error, and nothing is kept"

for lie in no_size question_fails half_way aborted grows too_long; do
	stops "initrd_$lie" 7
	gave_back "initrd_$lie"
done
for lie in huge all_bits; do
	stops "initrd_$lie" 9
	gave_back "initrd_$lie"
done
for truth in empty empty_success none shorter; do
	goes_on "initrd_$truth"
	gave_back "initrd_$truth"
done
finish_boot "an initrd that differs from its description"

for junk in none size_only empty one_byte odd halves boot_option endless; do
	goes_on "options_$junk"
	gave_back "options_$junk"
done
finish_boot "LoadOptions that are not a command line"

for lack in no_screen no_random random_fails; do
	goes_on "$lack"
	gave_back "$lack"
done
for lack in no_memory no_page; do
	stops "$lack" 9
	gave_back "$lack"
done
finish_boot "a firmware without a screen, random numbers or memory"

for lie in sizing_unset sizing_short sizing_huge odd; do
	goes_on "map_$lie"
	gave_back "map_$lie"
done
for lie in reading_zero reading_short reading_huge too_long; do
	stops "map_$lie" 9
	gave_back "map_$lie"
done
finish_boot "a memory map of invalid sizes"

# For every fault, a line of bzboot's precedes the driver's.
silent=$(awk '/bzboot: / { said = 1 } /^DRIVER fault=/ { if (!said) print; said = 0 }' "$log" |
	grep -v 'fault=none') && fault "no message: $silent"
finish_boot "each failed start prints the reason"

expect fault=none
prefix=TESTKERNEL
expect failures=0 command_line=ok "cmdline=fault one=1" initrd_size=8197 efi=ok efi_map=ok \
	places=ok e820=ok levels=5
finish_boot "the memory map grows by more than was reserved: the kernel starts"
plan
