#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# boot_matrix.t: all loaders times all kernels, and for each pair the distribution's own image as
# the control, in the same harness. A cell passes if userspace runs with the right command line and
# the right, intact initrd. Tests for each kernel: it is packed, and extract finds the kernel in the
# control; for each loader and kernel: the control, and our image. With --cells, there is a control only
# where our image fails. A table of cells, with seconds, ends the output; if all loaders run all
# kernels, a table of kernels, too.
#
# Each loader's file lists the cells in which it fails with the control, with the reason; the test
# fails if that is no longer true.
. tests/matrix.sh

usage="usage: boot_matrix.t [--cells core|pairwise]
	[--loaders core|kernels|all|NAME,...] [--kernels core|supported|all|NAME,...]
	[--codecs turn|all|NAME,...]	turn: each cell has another one than its neighbours
	[--kernel-file FILE]	this and no other kernel, without a control
	[--controls]		run the controls even if they have been, with all the same; with
				--cells, even if our image boots
	[--jobs N] [--timeout SECONDS] [--list]
	[--choice]		print what would be run"

for file in tests/loaders/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done

codecs=(zstd xz lzma gzip lz4 none)	# and uki: zstd in a unified kernel image
declare -A loader_sets=(
	[core]="seabios grub-bios kexec-load grub-secure"
	[kernels]="ovmf-2022 ovmf-strictnx seabios kexec-load kexec-file grub-efi embed"
	[all]="${loader_names[*]}"
)
supported=$(for series in 5.10 6.1 6.12 6.19 7.0 7.1 7.2 latest; do
	echo "$series-cloud $series"
done)
declare -A kernel_sets=(
	[core]="6.12-cloud"
	[supported]="$supported"
	[all]="$supported 6.17-cloud latest-rt smp"
)
# For make check: each of the image's entries, and the newest kernel under each firmware
core="ovmf latest-cloud
ovmf-strictnx latest-cloud
seabios latest-cloud
kexec-load latest-cloud
grub-bios 6.12-cloud
grub-secure 6.12-cloud"

# Command line

wrong() {
	printf '%s\n' "boot_matrix.t: $1" "$usage" >&2
	exit 2
}

# list: print the loaders, kernels and codecs
list() {
	local name
	for name in "${loader_names[@]}"; do
		printf '%-14s %s\n' "$name" "${loader_about[$name]}"
	done
	exit
}

cells=
loaders=core
kernels=core
codec_choice=zstd
kernel_file=
fresh_controls=
only_choose=
jobs=2
while [ $# -gt 0 ]; do
	case $1 in
	--cells | --loaders | --kernels | --codecs | --kernel-file | --jobs | --timeout)
		[ $# -ge 2 ] || wrong "$1 wants a value"
		;;&
	--cells) cells=$2 && shift ;;
	--loaders) loaders=$2 && shift ;;
	--kernels) kernels=$2 && shift ;;
	--codecs) codec_choice=$2 && shift ;;
	--kernel-file) kernel_file=$2 && shift ;;
	--jobs) jobs=$2 && shift ;;
	--timeout) limit=$2 && shift ;;
	--controls) fresh_controls=yes ;;
	--choice) only_choose=yes ;;
	--list) list ;;
	*) wrong "unknown option $1" ;;
	esac
	shift
done
[[ $cells = @(|core|pairwise) ]] || wrong "--cells is core or pairwise"
[ -z "$cells" ] || loaders=all kernels=all
[ "$cells" != pairwise ] || codec_choice=turn codecs=("${codecs[@]/zstd/uki}")
late_controls=$cells
[ -z "$fresh_controls" ] || late_controls=
read -r -d '' -a loaders <<<"${loader_sets[$loaders]-${loaders//,/ }}" || true
read -r -d '' -a kernels <<<"${kernel_sets[$kernels]-${kernels//,/ }}" || true
for name in "${loaders[@]}"; do
	[ -n "${loader_about[$name]-}" ] || wrong "no loader is called '$name'"
done
for name in "${kernels[@]}"; do
	[[ $name =~ ^(smp|[0-9]+\.[0-9]+.*|latest.*)$ ]] || wrong "no kernel is called '$name'"
done
case $codec_choice in
turn | all) ;;
*) read -r -d '' -a codecs <<<"${codec_choice//,/ }" || true ;;
esac
[ -z "$kernel_file" ] || [ -r "$kernel_file" ] || wrong "cannot read $kernel_file"

# The cells to run: "LOADER KERNEL CODEC..."

pairs=()

# add LOADER KERNEL: with all codecs that the loader supports, or with the next one
add() {
	local codec taken=()
	for codec in "${codecs[@]}"; do
		! takes_codec "$1" "$codec" || taken+=("$codec")
	done
	[ ${#taken[@]} -gt 0 ] || wrong "$1 takes none of the codecs ${codecs[*]}"
	if [ "$codec_choice" = turn ]; then
		codec=${codecs[${#pairs[@]} % ${#codecs[@]}]}
		takes_codec "$1" "$codec" || codec=${taken[0]}
		taken=("$codec")
	fi
	pairs+=("$1 $2 ${taken[*]}")
}

choose_product() {
	local loader kernel
	for loader in "${loaders[@]}"; do
		for kernel in "${kernels[@]}"; do
			add "$loader" "$kernel"
		done
	done
}

choose_core() {
	local loader kernel
	while read -r loader kernel; do
		add "$loader" "$kernel"
	done <<<"$core"
}

# choose_pairwise: each loader, each kernel and each codec once; each entry with two kernels
choose_pairwise() {
	local loader queue=("${kernels[@]}")
	local -A times=()	# by entry
	local -A chosen=()	# by "KERNEL", and by "CODEC PE" or "CODEC other"
	for loader in "${loaders[@]}"; do
		choose_for "$loader"
	done
	for loader in "${loaders[@]}"; do
		[ "${times[${loader_entry[$loader]}]}" -gt 1 ] || choose_for "$loader"
	done
	check_pairwise
}

# check_pairwise: a test
check_pairwise() {
	local wanted what
	mapfile -t wanted < <(printf '%s\n' "${kernels[@]}" "${codecs[@]/%/ PE}" "${codecs[@]/%/ other}")
	for what in "${wanted[@]}"; do
		[ -n "${chosen["$what"]-}" ] || fault "not chosen: $what"
	done
	finish "the choice: each kernel, each codec by the PE entry and by another"
}

# choose_for LOADER: the first kernel in the queue that it can start; moves it to the end
choose_for() {
	local kernel first=${queue[0]} rest=() entry=${loader_entry[$1]}
	for kernel in "${queue[@]}"; do
		! why_no_control "$1" "$kernel" || continue
		first=$kernel
		break
	done
	for kernel in "${queue[@]}"; do
		[ "$kernel" = "$first" ] || rest+=("$kernel")
	done
	queue=("${rest[@]}" "$first")
	add "$1" "$first"
	times[$entry]=$((${times[$entry]-0} + 1))
	[ "$entry" = PE ] || entry=other
	chosen["$first"]=yes chosen["${pairs[-1]##* } $entry"]=yes
}

# Running. A pair is a loader and a kernel: first the control and, if that passes, our images; with
# --cells first our images, and the control only if one fails. Cells leave their results in
# $matrix/LOADER.KERNEL.control and .CODEC.

matrix=$boot/matrix

# run_pair LOADER KERNEL CODEC...
run_pair() {
	local folder=$matrix/$1.$2 codec
	for codec in "${@:3}"; do
		rm -rf "$folder.$codec"
	done
	if [ -n "$kernel_file" ]; then
		run_cell "$1" 6.12-cloud "$kernel_file" "$folder.file"
	elif [ -n "${loader_alone[$1]-}" ]; then
		run_images "$@"
	elif [ -n "$late_controls" ] && ! why_no_control "$1" "$2"; then
		run_images "$@"
		all_ok "$@" || see_to_control "$1" "$2" "$folder.control"
	else
		see_to_control "$1" "$2" "$folder.control"
		[ "$(result "$folder.control")" != ok ] || run_images "$@"
	fi
}

# run_images LOADER KERNEL CODEC...
run_images() {
	local codec
	for codec in "${@:3}"; do
		run_cell "$1" "$2" "$(image_of "$2" "$codec")" "$matrix/$1.$2.$codec"
	done
}

# all_ok LOADER KERNEL CODEC...: true if our images have booted
all_ok() {
	local codec
	for codec in "${@:3}"; do
		[ "$(result "$matrix/$1.$2.$codec")" = ok ] || return
	done
}

# see_to_control LOADER KERNEL FOLDER: run it, or reuse the last result, if nothing has changed and
# it was as expected
see_to_control() {
	local key
	key="$harness $(sha256sum <"$boot/$2.vmlinuz")"
	# Under Secure Boot the program under test signs the control.
	[[ $1 != *-secure ]] || key+=" $(sha256sum <"$bzboot")"
	[ -n "$fresh_controls" ] || [ "$(cat "$3/key" 2>&1)" != "$key" ] || return 0
	run_cell "$1" "$2" "$boot/$2.vmlinuz" "$3"
	if [ "$(result "$3")" = ok ] || fails_as_known "$1" "$2" "$3"; then
		echo "$key" >"$3/key"
	fi
}

# fails_as_known LOADER KERNEL FOLDER: true if the control failed for the reason in the loader's
# file. Sets reason.
fails_as_known() {
	why_no_control "$1" "$2" && [ "$(result "$3")" = failed ] &&
		log=$3/log line_of "$reason_line" >/dev/null
}

# result FOLDER: the first word of a cell's result; empty if there is none
result() {
	local word=
	[ ! -e "$1/result" ] || read -r word _ <"$1/result"
	echo "$word"
}

# Reporting

rows=()	# of the table of cells
declare -A grid=()	# the table of kernels, by "KERNEL COLUMN"

# cell FOLDER: its text in the table
cell() {
	local word seconds
	[ -e "$1/result" ] || { echo "-" && return; }
	read -r word seconds <"$1/result"
	[ "$word" = ok ] && echo "$seconds s" || echo "$word"
}

# judge FOLDER: copy the faults of a cell
judge() {
	case $(result "$1") in
	ok) ;;
	failed) fault "$(cat "$1/faults")" ;;
	*) fault "it was not started" ;;
	esac
}

# note KERNEL COLUMN: the result of the test that finish ends next; a failure is kept
note() {
	[ ${#faults[@]} -eq 0 ] || grid["$1 $2"]=failed
	[ -n "${grid["$1 $2"]-}" ] || grid["$1 $2"]=ok
}

# report LOADER KERNEL CODEC...: print its tests, and add its rows to the table
report() {
	local folder=$matrix/$1.$2 about=${loader_alone[$1]-} codec control
	control=$folder.control
	if [ -n "$late_controls" ] && all_ok "$@"; then
		control=	# not run
	fi
	if [ -n "$kernel_file" ]; then
		judge "$folder.file"
		finish "$1, $kernel_file"
		return
	fi
	if [ -z "$about" ] && [ -n "$control" ] && fails_as_known "$1" "$2" "$control"; then
		about=$reason
		finish "$1, $2: the control # SKIP $reason"
		finish "$1, $2 # SKIP the control fails"
		grid["$2 $1"]=-
	else
		[ -n "$about" ] || [ -z "$control" ] || report_control "$1" "$2" "$control"
		for codec in "${@:3}"; do
			judge "$folder.$codec"
			note "$2" "$1"
			finish "$1, $2, $codec"
		done
	fi
	for codec in "${@:3}"; do
		rows+=("$(printf '%-13s %-12s %-8s %-5s %-8s %s' "$1" "$2" \
			"$(cell "$control")" "$codec" "$(cell "$folder.$codec")" \
			"${about:+the control: $about}")")
	done
}

# report_control LOADER KERNEL FOLDER
report_control() {
	! why_no_control "$1" "$2" || fault "not the known failure, which is: $reason"
	judge "$3"
	note "$2" "$1"
	finish "$1, $2: the control"
}

# table_of_cells
table_of_cells() {
	printf '# %-13s %-12s %-8s %-5s %-8s\n' loader kernel control codec bzboot
	printf '%s\n' "${rows[@]}" | sort | sed 's/^/# /; s/ *$//'
}

# table_of_kernels: one row per kernel; "-" is impossible, or was not run
table_of_kernels() {
	local kernel column columns=(pack extract)
	for column in "${loader_names[@]}"; do
		[[ " ${pairs[*]}" != *" $column "* ]] || columns+=("$column")
	done
	echo "# $(printf '%-12s' kernel)" "${columns[@]}" release
	for kernel in "${kernels[@]}"; do
		printf '# %-12s' "$kernel"
		for column in "${columns[@]}"; do
			printf " %-${#column}s" "${grid["$kernel $column"]--}"
		done
		echo " $(release_of "$boot/$kernel.vmlinuz")"
	done
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

# attempt COMMAND...: run a command that may end the shell; if it fails, its output is a fault
attempt() {
	local status
	set +e	# otherwise set -e has no effect in the subshell
	(set -e && "$@") >"$matrix/attempt" 2>&1
	status=$?
	set -e
	[ "$status" -eq 0 ] || fault "$(tail -n 5 "$matrix/attempt")"
	return "$status"
}

# see_to_kernel KERNEL CODEC...: make the files that its cells start; two tests. Fails if there is
# nothing to start.
see_to_kernel() {
	local codec status=0
	attempt control "$1" || status=1
	for codec in "${@:2}"; do
		attempt image "$1" "$codec" || status=1
	done
	note "$1" pack
	finish "$1: pack"
	attempt same_payload "$boot/$1.vmlinuz" || true
	note "$1" extract
	finish "$1: extract finds the ELF in the control"
	return "$status"
}

# see_to_kernels: all kernels in pairs; removes pairs with nothing to start
see_to_kernels() {
	local kernel codecs pair left=() ready=" "
	for kernel in "${kernels[@]}"; do
		mapfile -t codecs < <(printf '%s\n' "${pairs[@]}" |
			awk -v kernel="$kernel" '
				$2 == kernel { for (i = 3; i <= NF; i++) print $i }' | sort -u)
		[ ${#codecs[@]} -gt 0 ] || continue
		! see_to_kernel "$kernel" "${codecs[@]}" || ready+="$kernel "
	done
	for pair in "${pairs[@]}"; do
		read -r _ kernel _ <<<"$pair"
		[[ $ready != *" $kernel "* ]] || left+=("$pair")
	done
	pairs=("${left[@]}")
}

mkdir -p "$matrix"
initramfs loader
kernel 6.12-cloud	# which loaders/kexec.sh may start with
case $cells in
'') choose_product ;;
core) choose_core ;;
pairwise) choose_pairwise ;;
esac
[ -z "$only_choose" ] || { printf "# %s\n" "${pairs[@]}"; plan; exit; }
[ -n "$kernel_file" ] || see_to_kernels
harness=$(harness)
for pair in "${pairs[@]}"; do
	[ "${#running[@]}" -lt "$jobs" ] || reap
	# shellcheck disable=SC2086 # words
	run_pair $pair &
	running[$!]=$pair
done
while [ "${#running[@]}" -gt 0 ]; do
	reap
done
[ -n "$kernel_file" ] || table_of_cells
[ -n "$kernel_file$cells" ] || table_of_kernels
plan
