#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# boot_matrix.t: loaders times kernels, and for each the distribution's own image as the control, in
# the same harness. A cell passes when userspace runs with the right command line and the right,
# intact initrd. Two tests for each loader and kernel, and a table at the end.
#
# What a loader cannot do with the control is in its file, with the reason, and no fault of ours;
# but only as long as that is true.
. tests/matrix.sh

usage="usage: boot_matrix.t [--loaders core|all|NAME,...] [--kernels core|all|NAME,...]
	[--kernel-file FILE]	this and no other kernel, without a control
	[--controls]		run the controls even if they have been, with all the same
	[--jobs N] [--timeout SECONDS] [--list]"

for file in tests/loaders/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done

# core is for make check: each of the image's entries once, but for the PE entry, which other tests
# are about.
declare -A loader_sets=(
	[core]="seabios grub-bios kexec-load grub-secure"
	[all]="${loader_names[*]}"
)
declare -A kernel_sets=(
	[core]="6.12-cloud"
	[all]="6.1 6.1-cloud 6.12 6.12-cloud smp"
)

# Command line

wrong() {
	printf '%s\n' "boot_matrix.t: $1" "$usage" >&2
	exit 2
}

# list: what there is
list() {
	local name
	for name in "${loader_names[@]}"; do
		printf '%-14s %s\n' "$name" "${loader_about[$name]}"
	done
	exit
}

loaders=core
kernels=core
kernel_file=
fresh_controls=
jobs=2
while [ $# -gt 0 ]; do
	case $1 in
	--loaders | --kernels | --kernel-file | --jobs | --timeout)
		[ $# -ge 2 ] || wrong "$1 wants a value"
		;;&
	--loaders) loaders=$2 && shift ;;
	--kernels) kernels=$2 && shift ;;
	--kernel-file) kernel_file=$2 && shift ;;
	--jobs) jobs=$2 && shift ;;
	--timeout) limit=$2 && shift ;;
	--controls) fresh_controls=yes ;;
	--list) list ;;
	*) wrong "unknown option $1" ;;
	esac
	shift
done
read -r -a loaders <<<"${loader_sets[$loaders]-${loaders//,/ }}"
read -r -a kernels <<<"${kernel_sets[$kernels]-${kernels//,/ }}"
for name in "${loaders[@]}"; do
	[ -n "${loader_about[$name]-}" ] || wrong "no loader is called '$name'"
done
for name in "${kernels[@]}"; do
	[[ " ${kernel_sets[all]} " == *" $name "* ]] || wrong "no kernel is called '$name'"
done
[ -z "$kernel_file" ] || [ -r "$kernel_file" ] || wrong "cannot read $kernel_file"

# Running. A pair is a loader and a kernel: first the control, and if that works, our image. Cells
# leave their results in $matrix/LOADER.KERNEL.control and .bzboot.

matrix=$boot/matrix

# run_pair LOADER KERNEL
run_pair() {
	local folder=$matrix/$1.$2
	rm -rf "$folder.bzboot"
	if [ -n "$kernel_file" ]; then
		run_cell "$1" "$kernel_file" "$folder.bzboot"
		return
	fi
	see_to_control "$1" "$2" "$folder.control"
	[ "$(result "$folder.control")" != ok ] ||
		run_cell "$1" "$boot/$2.efi" "$folder.bzboot"
}

# see_to_control LOADER KERNEL FOLDER: run it, or leave the result of the last time, if the same
# things would be run and it was as expected
see_to_control() {
	local key
	key="$harness $(sha256sum <"$boot/$2.vmlinuz")"
	# Under Secure Boot the control is signed by the program under test.
	[[ $1 != *-secure ]] || key+=" $(sha256sum <"$bzboot")"
	[ -n "$fresh_controls" ] || [ "$(cat "$3/key" 2>&1)" != "$key" ] || return 0
	run_cell "$1" "$boot/$2.vmlinuz" "$3"
	if [ "$(result "$3")" = ok ] || fails_as_known "$1" "$2" "$3"; then
		echo "$key" >"$3/key"
	fi
}

# fails_as_known LOADER KERNEL FOLDER: has the control failed, and for the reason in the loader's
# file? Sets reason.
fails_as_known() {
	why_no_control "$1" "$2" && [ "$(result "$3")" = failed ] &&
		log=$3/log line_of "$reason_line" >/dev/null
}

# result FOLDER: the first word of a cell's result, or nothing
result() {
	local word=
	[ ! -e "$1/result" ] || read -r word _ <"$1/result"
	echo "$word"
}

# Reporting

rows=()	# of the table

# cell FOLDER: as the table has it
cell() {
	local word seconds
	[ -e "$1/result" ] || { echo "-" && return; }
	read -r word seconds <"$1/result"
	[ "$word" = ok ] && echo "$seconds s" || echo "$word"
}

# judge FOLDER: take over the faults of a cell
judge() {
	case $(result "$1") in
	ok) ;;
	failed) fault "$(cat "$1/faults")" ;;
	*) fault "it was not started" ;;
	esac
}

# report LOADER KERNEL: its two tests, and its row of the table
report() {
	local folder=$matrix/$1.$2 note=
	if [ -n "$kernel_file" ]; then
		judge "$folder.bzboot"
		finish "$1, $2"
	elif fails_as_known "$1" "$2" "$folder.control"; then
		note="the control: $reason"
		finish "$1, $2: the control # SKIP $reason"
		finish "$1, $2 # SKIP there is no control"
	else
		! why_no_control "$1" "$2" || fault "not as foreseen, which is: $reason"
		judge "$folder.control"
		finish "$1, $2: the control"
		judge "$folder.bzboot"
		finish "$1, $2"
	fi
	rows+=("$(printf '%-13s %-11s %-8s %-8s %s' "$1" "$2" "$(cell "$folder.control")" \
		"$(cell "$folder.bzboot")" "$note")")
}

# table
table() {
	printf '# %-13s %-11s %-8s %-8s\n' loader kernel control bzboot
	printf '%s\n' "${rows[@]}" | sort | sed 's/^/# /; s/ *$//'
}

# The pool: each pair is a process group of its own, so that it can be stopped with its machine.

set -m
declare -A running=()	# by process: the pair

stop_all() {
	local process
	for process in "${!running[@]}"; do
		kill -- "-$process" 2>/dev/null || true
	done
}
trap stop_all EXIT

# reap: wait for one of them to end, and report it
reap() {
	local process pair
	wait -n -p process "${!running[@]}" || true
	pair=${running[$process]}
	unset "running[$process]"
	# shellcheck disable=SC2086 # two words
	report $pair
}

mkdir -p "$matrix"
initramfs loader
kernel 6.12-cloud	# which loaders/kexec.sh starts with
if [ -n "$kernel_file" ]; then
	kernels=(file)
else
	for name in "${kernels[@]}"; do
		see_to_kernel "$name"
	done
fi
harness=$(harness)
for name in "${loaders[@]}"; do
	for kernel in "${kernels[@]}"; do
		[ "${#running[@]}" -lt "$jobs" ] || reap
		run_pair "$name" "$kernel" &
		running[$!]="$name $kernel"
	done
done
while [ "${#running[@]}" -gt 0 ]; do
	reap
done
table
plan
