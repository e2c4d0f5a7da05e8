#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A shuffled kernel that has all in which Linux needs to know where a function is
# (tests/linux/features.config): beside those of tests/boot_all_shuffle.t, calls that are padded and
# counted, IBT, the start-up tests of the tracers, kallsyms_selftest, and lkdtm in the kernel itself.
#
#   tests/boot_all_shuffle_features.t		one order by the stub, one by the packer
#   tests/boot_all_shuffle_features.t --all	ten by the packer; mitigations of three processors;
#						kernels with a table left as it was
. tests/shuffle.sh

objects=$(tools/linux.sh features)
kernel=$objects/result/vmlinux
files=$work/files
mkdir "$files"
cp "$boot/testkernel.efi" "$files/next"

# A build in a tree writes there, too.
exec {tree}>"$objects/.test.lock"
flock "$tree"
build_module "$objects" tests/linux/module
put_more "$objects" "$files" livepatch
exec {tree}>&-
cp "$work/bzboot_module.ko" "$files"
cp tests/shuffle/features.sh "$files/more"
echo features >>"$files/more/order"

tested=(efault=300 "selftest=start finish" "tests=[1-9]*" tests_failed= "kprobe_tests=*OK"
	"kprobe_sanity=pass:[1-9]* fail:0 *"
	"tracer_tests=*function*function_graph*" module=ok "lkdtm_warning=lkdtm_WARNING+0x*"
	"lkdtm_BUG=lkdtm_BUG+0x*" "lkdtm_EXCEPTION=lkdtm_EXCEPTION+0x*" "${livepatched[@]}"
	livepatch_1=pci livepatch_2=acpi livepatch_3=virtio livepatch_4=platform)

# on CPU WORDS KEY=VALUE...: the control, on a processor where Linux takes these mitigations, with a buffer
# for all messages of the kernel's own tests, which on two processors take minutes
on() {
	guest_arguments=(--cpu "$1" -- -device virtio-rng-pci)
	guest_cmdline="$cmdline_of_crashes log_buf_len=4M kunit.enable=1 $2"
	control "features-$1" "$kernel" "$files" "${tested[@]}" "${@:3}"
}

on max ""
works_at_boot
works 1
if [ "${1-}" = --all ]; then
	works 2 3 4 5 6 7 8 9 a
	notices "the table of BUG and WARN" '^[<>] lkdtm_warning=' \
		__start___bug_table __stop___bug_table
	notices "the addresses of kallsyms" '^[<>] selftest=' kallsyms_offsets kallsyms_relative_base
	on EPYC "" "retbleed=Mitigation: untrained return thunk*" \
		"spec_rstack_overflow=Mitigation: safe RET*"
	works 1
	on Skylake-Client "spectre_v2=retpoline retbleed=stuff" "retbleed=Mitigation: Stuffing"
	works 1
	on Cascadelake-Server spectre_v2=retpoline \
		"indirect_target_selection=Mitigation: Aligned branch/return thunks"
	works 1
fi
plan
