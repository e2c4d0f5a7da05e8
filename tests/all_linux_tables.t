#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The tables of Linux that a shuffle has to keep in order are found in Debian's kernels and in those
# of both linkers, and all sections with relocations are known. Functions become units with entries
# of their own in ORC, and no lookup finds anything else than before (tests/linux_facts.c looks up
# every byte of .text).
#
#   tests/all_linux_tables.t		Debian's oldest and newest, one kernel of each linker
#   tests/all_linux_tables.t --all	a newer one by GNU ld, and two by LLD, without kCFI and with ThinLTO
# shellcheck source=tests/tap.sh
. tests/tap.sh

need readelf
facts=${BUILD:-build}/tests/linux_facts
[ -x "$facts" ] || fail "$facts is missing; make test-programs builds it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fact NAME: its value
fact() {
	sed -n "s/^$1 //p" "$work/facts"
}

# size_of SECTION VMLINUX: bytes
size_of() {
	printf '%d' "0x$(readelf -SW "$2" | sed -nE "s/.* $1 +[A-Z]+ +[^ ]+ +[^ ]+ +([^ ]+) .*/\1/p")"
}

# address_of SYMBOL VMLINUX; nothing if there is none
address_of() {
	readelf -sW "$2" | awk -v name="$1" '$8 == name && !n++ { print "0x" $2 }'
}

# tables NAME VMLINUX FORM: of kallsyms
tables() {
	local start
	"$facts" "$2" >"$work/facts" 2>"$work/said" || fault "it ended with $?: $(cat "$work/said")"
	same "unknown sections" "" "$(fact unknown)"
	same "entries of __ex_table" $(($(size_of __ex_table "$2") / 12)) "$(fact 'table 12 bytes, 2 relative')"
	same "entries of ORC" $(($(size_of .orc_unwind_ip "$2") / 4)) "$(fact 'table 4 bytes, 1 relative')"
	start=$(address_of __start_mcount_loc "$2")
	same "entries of __mcount_loc" \
		"${start:+$((($(address_of __stop_mcount_loc "$2") - start) / 8))}" \
		"$(fact 'table 8 bytes, 0 relative')"
	same "missing entries of ORC" "$(fact 'missing in ORC')" $(($(fact repeated) + $(fact 'of padding')))
	[ "$(fact units)" -ge 10000 ] || fault "it has $(fact units) units"
	[ "$(fact 'missing in ORC')" -ge 100 ] || fault "every unit had an entry of its own"
	same "the form of kallsyms" "$3" "$(fact form)"
	same "kallsyms_seqs_of_names" yes "$(fact seqs)"
	finish "$1"
}

tables "Debian's 6.1" "$(tools/kernel.sh 6.1-cloud-dbg)" percpu
tables "Debian's newest" "$(tools/kernel.sh latest-cloud-dbg)" relative
tables "6.12 by GNU ld" "$(tools/linux.sh smp)/result/vmlinux" percpu
tables "7.2 by LLD, with kCFI" "$(tools/linux.sh 7.2/cfi)/result/vmlinux" relative
if [ "${1-}" = --all ]; then
	tables "7.2 by GNU ld" "$(tools/linux.sh 7.2/smp)/result/vmlinux" relative
	tables "7.2 by LLD" "$(tools/linux.sh 7.2/lld)/result/vmlinux" relative
	tables "7.2 by LLD, compiled when linked" "$(tools/linux.sh 7.2/lto)/result/vmlinux" relative
fi

plan
