#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Results on standard output and messages on standard error, for every command; --quiet leaves errors
# only, --verbose adds the time of each step. A terminal shows how far pack is, and nothing else does.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need script

make_image
make_key rsa -newkey rsa:2048
make_key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
key="--key $work/rsa.key --cert $work/rsa.pem --no-signing-time"
# shellcheck disable=SC2086 # words
run sign "$work/ours.efi" -o "$work/signed.efi" $key
zstd -q "$work/kernel.elf" -o "$work/kernel.zst"
{
	seq 100
	make_payload "$work/kernel.zst" "$work/kernel.elf"
} >"$work/foreign"
run keys init "$work/keys"
mkdir -p "$work/root/etc/bzboot"
printf '[UKI]\nUname=1\nPCRBanks=sha256\n' >"$work/root/etc/bzboot/bzboot.conf"
mkdir -p "$work/root/boot/EFI" "$work/root/run"
echo ID=test >"$work/root/etc/os-release"
printf '[Contents]\nCmdline=quiet\nNoInitrd=yes\n[Install]\nEntryToken=a\nLayout=uki\n[UKI]\nTitle=T\n' >"$work/install.conf"
shuffled=${BUILD:-build}/tests/shuffle/shuffled.elf
program=$work/program
printf 'local:\tud2\n' >"$work/local.S"	# so that the linker names its object
gcc -std=gnu17 -O2 -ffreestanding -fno-stack-protector -fno-pie -no-pie -nostdlib -static \
	-fno-asynchronous-unwind-tables -Wl,--emit-relocs tests/shuffle/program.c "$work/local.S" \
	-o "$program"
nm "$program" >"$work/kallsyms"
list_commands

# The output of each command: a result to standard output, and a message that is no error; then its
# arguments. And the arguments of a run that fails.
declare -A success=(
	[pack]="result warning $work/kernel.elf -o $work/out.efi --level 1"
	[edit]="nothing warning $work/signed.efi -o $work/out.efi --cmdline quiet"
	[addon]="nothing warning -o $work/out.efi --cmdline quiet --key $work/ec.key --cert $work/ec.pem"
	[check]="result nothing $work/ours.efi --except kernel-kaslr"
	[config]="result warning --root $work/root"
	[info]="result nothing $work/ours.efi"
	[extract]="nothing warning $work/foreign -o $work/out.elf"
	[shuffle]="result nothing --verify $shuffled $shuffled"
	[symbols]="nothing warning $program --kallsyms $work/kallsyms -o $work/out.elf"
	[hash]="result nothing $work/ours.efi"
	[measure]="result nothing $work/ours.efi"
	[sign]="nothing warning $work/signed.efi -o $work/out.efi $key"
	[verify]="result nothing $work/signed.efi --cert $work/rsa.pem"
	[unsign]="nothing nothing $work/signed.efi -o $work/out.efi"
	[status]="result warning --root $work/root"
	[keys]="result nothing list $work/keys"
	[install]="result warning 1.2 $work/kernel.elf --root $work/root --config $work/install.conf"
	[remove]="nothing warning 1.2 --root $work/root"
)
missing=$work/missing
declare -A failure=(
	[pack]="$missing -o $work/out.efi"
	[addon]="-o $missing/addon.efi --cmdline quiet"
	[config]="--root $missing"
	[extract]="$missing -o $work/out.elf"
	[shuffle]="--verify $missing $shuffled"
	[symbols]="$program --kallsyms $missing -o $work/out.elf"
	[sign]="$missing $key"
	[status]="--root $missing"
	[keys]="list $missing"
	[install]="--root $missing"
	[remove]="1 --root $missing"
)

# before COMMAND: each of its runs finds the same
before() {
	case $1 in
		install | remove) rm -rf "$work/root/boot/EFI/Linux" "$work/root/var" ;;&
		remove)
			# shellcheck disable=SC2086 # words
			run install ${success[install]#* * }
			;;
	esac
}

# has WHAT FILE: the file is empty if WHAT is nothing, and has only messages if it is a warning
has() {
	[ "$1" = nothing ] || [ -s "$2" ] || fault "$1: ${2##*/} is empty"
	[ "$1" != nothing ] || [ ! -s "$2" ] || fault "${2##*/}: $(<"$2")"
	[ "$1" != warning ] || ! grep -v '^bzboot: ' "$2" >"$work/others" ||
		fault "no message: $(<"$work/others")"
}

# tell ARGUMENT...: one run; the free space of the disk, which changes, is left out
tell() {
	run "$@"
	sed -i '/^  free  /d' "$work/stdout"
}

step='^bzboot: [A-Za-z ]+: [0-9.]+ s, [0-9.]+ s of CPU time'

for command in "${commands[@]}"; do
	read -r result message words <<<"${success[$command]-}"
	[ -n "$words" ] || fail "no arguments for $command"

	before "$command"
	# shellcheck disable=SC2086 # words
	tell "$command" $words
	same "exit status" 0 "$status"
	has "$result" "$work/stdout"
	has "$message" "$work/stderr"
	mv "$work/stdout" "$work/result"
	mv "$work/stderr" "$work/message"
	finish "$command: results to standard output, messages to standard error"

	before "$command"
	# shellcheck disable=SC2086 # likewise
	tell "$command" $words --quiet
	same "exit status" 0 "$status"
	# All that they have to say is about the file that they wrote.
	if [ "$command" = pack ] || [ "$command" = install ]; then
		has nothing "$work/stdout"
	else
		identical "$work/result" "$work/stdout"
	fi
	has nothing "$work/stderr"
	finish "$command --quiet: no message"

	before "$command"
	# shellcheck disable=SC2086 # likewise
	tell "$command" $words -v
	same "exit status" 0 "$status"
	identical "$work/result" "$work/stdout"
	same "messages" "$(<"$work/message")" "$(grep -vE "$step" "$work/stderr")"
	[ "$(grep -cE "$step$" "$work/stderr")" -ge 2 ] || fault "steps: $(<"$work/stderr")"
	[[ $(tail -n 1 "$work/stderr") =~ ^"bzboot: all: ".*", at most "[0-9]+" MiB of memory"$ ]] ||
		fault "last of all: $(tail -n 1 "$work/stderr")"
	finish "$command --verbose: the time of each step, as messages"

	for option in "" --quiet; do
		# shellcheck disable=SC2086 # likewise
		run "$command" ${failure[$command]-$missing} $option
		expect_refusal 1 "$missing"
		run "$command" --nonsense $option
		expect_refusal 2 "$command: "
	done
	finish "$command: an error is a message, with --quiet, too"
done

# --- a terminal ---------------------------------------------------------------------------

# A kernel that takes some seconds: the time left is shown after one
cp "$work/kernel.elf" "$work/small.elf"
text_numbers=3000000
make_kernel
escape=$(printf '\033')

# on_terminal KERNEL VARIABLE=VALUE OPTION...: pack on a terminal; $work/screen is what it gets, a line
# for each time that a line begins
on_terminal() {
	local words=(pack "$1" -o "$work/out.efi" --compress xz --level 6)
	status=0
	env "$2" script -qec "$(printf '%q ' "$bzboot" "${words[@]}" "${@:3}")" /dev/null </dev/null \
		>"$work/typed" 2>&1 || status=$?
	same "exit status" 0 "$status"
	tr '\r' '\n' <"$work/typed" | sed '/^$/d' >"$work/screen"
}

on_terminal "$work/kernel.elf" TERM=xterm
grep -qE '^bzboot: compressing \[#+\.+\] +[0-9]+ %, [0-9]+ s left' "$work/screen" ||
	fault "no bar with the time left: $(head -n 5 "$work/screen")"
sed -n "/compressing/s/$escape\[K$//p" "$work/screen" >"$work/lines"
[ "$(wc -L <"$work/lines")" -lt 80 ] || fault "lines of 80 columns or more"
grep -q "^$escape\[K$work/out.efi: " "$work/screen" || fault "the bar is not erased"
! grep -q "$escape\[[0-9;]*m" "$work/screen" || fault "colours"
same "errors" "" "$(grep -v -e compressing -e "out.efi: " -e warning: "$work/screen")"
finish "a terminal shows a bar, and the time left, and erases it"

for words in "TERM=dumb" "TERM=xterm --quiet" "TERM=xterm --verbose"; do
	# shellcheck disable=SC2086 # words
	on_terminal "$work/small.elf" $words
	! grep -q -e compressing -e "$escape" "$work/screen" || fault "$words: $(head -n 5 "$work/screen")"
done
finish "no bar for TERM=dumb, --quiet and --verbose"

on_terminal "$work/small.elf" TERM=xterm
grep -q -e compressing "$work/screen" || fault "no bar for a small kernel"
TERM=xterm run pack "$work/small.elf" -o "$work/out.efi" --compress xz --level 6
! grep -q -e compressing -e "$escape" "$work/stdout" "$work/stderr" || fault "$(<"$work/stderr")"
finish "no bar without a terminal"

plan
