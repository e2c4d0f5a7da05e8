#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Features of Linux's own stub for machines that QEMU lacks: the driver of tests/efi simulates them.
. tests/boot.sh
need gcc

pack testkernel "$testkernel"
prefix=DRIVER
start --kernel "$build/tests/efi/driver.efi" --cmdline parity --disk "$boot/testkernel.efi" \
	-- -smbios "type=1,product=MacBookPro11,,3"

# checks NAME CHECK...: one test: these checks of the driver passed
checks() {
	for check in "${@:2}"; do
		expect "check=$check result=ok"
	done
	finish_boot "$1"
}

checks "a boot loader's seed is after ours, and wiped" seed seed_wiped
checks "measured without a TPM, each once" measured
checks "the log of a confidential guest, a broken one" event_log event_log_broken
checks "memory is to be cleared on reset" overwrite
checks "Apple's firmware" apple_properties apple_set_os
checks "all is undone when ExitBootServices() fails" taken_back
expect end=reached
finish_boot "the driver finished"

start --kernel "$build/tests/efi/driver.efi" --cmdline answers --disk "$boot/testkernel.efi"
checks "Secure Boot: only a SetupMode of 1 counts, an unreadable one does not" \
	secure_boot_{on,off,none,fails,setup,setup_none,setup_fails,setup_2,off_setup_none} \
	secure_boot_{shim,shim_0,shim_kept}
checks "EDID of the console's screen, the active one, all of it or none" \
	edid_{active,longer,discovered,too_short,nowhere,none}
checks "a Mac without the SMBIOS protocol: its table, if that is whole" \
	smbios_{all,no_end,cut,empty,sum,part_sum,anchor,part_anchor,end_first,no_length} \
	smbios_{long_record,short_record,string_9,other_model}
checks "initrd=: joined like Linux, zeros only where a file could not be read, measured" \
	initrd_{file,files,archive_first,archive_last}
checks "the image's own name is not part of the command line: UEFI shells, a path, a name" \
	name_{shell,shell_1,shell_alone,path,alone,other}
checks "as many random numbers as Linux reads, the rest is wiped" seed_largest
expect end=reached
finish_boot "the driver finished, with other answers"

# The choice of command line and initrd, 160 times, with a kernel that loads quickly. It may lie
# anywhere because it has Linux's banner.
new_halt() {
	gcc -x assembler -nostdlib -static -no-pie -Wl,--build-id=none,-n \
		-Wl,-Ttext=0xffffffff81000000 -o "$boot/halt.elf" - <<<'.globl _start; _start: hlt
		.asciz "Linux version 1.2.3 (test@test) (cc 1, ld 2) #1 SMP now"'
	objcopy --change-section-lma .text-0xffffffff80000000 "$boot/halt.elf"
	printf '%8192s' '' | tr ' ' P >"$boot/halt.initrd"
}
made "$boot/halt.elf" "$0" -- new_halt
pack decided "$boot/halt.elf" --compress lz4 --cmdline 'packed initrd=\cpio' \
	--initrd "$boot/halt.initrd"
start --kernel "$build/tests/efi/driver.efi" --cmdline decided --disk "$boot/decided.efi" \
	--timeout 240
for kind in absent default decided none; do
	expect "kinds=${kind}_"{absent,default,decided,none}" result=ok"
	finish_boot "with Secure Boot on, off, unreadable: the packed command line is $kind"
done
expect end=reached
finish_boot "the driver finished, with other decisions"

# The test kernel itself, which the driver starts with other boot_params
prefix=TESTKERNEL
expected=(failures=0 bss=ok registers=ok header=ok command_line=ok efi=ok efi_map=ok places=ok
	screen=ok edid=absent)
handover=(--kernel "$build/tests/efi/driver.efi" --disk "$boot/testkernel.efi" --cmdline)
boot_ok "handover, with an invalid EDID" "${handover[@]}" handover=params \
	-- "${expected[@]}" "cmdline=handed over"
boot_ok "handover without boot_params: as the PE entry" "${handover[@]}" "handover one=1" \
	-- "${expected[@]}" "cmdline=handover one=1"
plan
