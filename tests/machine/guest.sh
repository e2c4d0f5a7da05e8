# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by the scripts that the machine of tests/boot_all_machine.t runs.
dmesg -n 1
cd /media || exit
esp=/boot/efi
token=$(cat /etc/kernel/entry-token /etc/machine-id 2>/dev/null | head -n 1)
echo

# tell KEY=VALUE...: a line that the test expects
tell() {
	echo "BZBOOT $*"
}

# timed: standard input, each line with its time
timed() {
	local line seconds
	while IFS= read -r line || [ -n "$line" ]; do
		read -r seconds _ </proc/uptime
		printf '%6.1f %s\n' "$seconds" "$line"
	done
}

# does STEP COMMAND...: run it, and report its exit status
does() {
	local step=$1
	shift
	"$@" </dev/null 2>&1 | timed | tee /run/said
	tell "$step status=${PIPESTATUS[0]}"
}

# said STEP TEXT: whether the last command has said that
said() {
	grep -qF -- "$2" /run/said && tell "$1 said=$2"
}

# variable NAME: its value
variable() {
	cat "/sys/firmware/efi/efivars/$1"-* | tail -c +5 | tr -d '\0'
}

# flag NAME: a variable of one byte
flag() {
	cat "/sys/firmware/efi/efivars/$1"-* | tail -c 1 | od -An -t u1 | tr -d ' '
}

# started: how the machine has started
started() {
	tell "running=$(uname -r) secure=$(flag SecureBoot) setup=$(flag SetupMode)"
	dmesg | grep -i 'secure boot\|lockdown\|locked down'
	tell "cmdline=$(cat /proc/cmdline)"
	if compgen -G "/sys/firmware/efi/efivars/LoaderEntrySelected-*" >/dev/null; then
		tell "entry=$(variable LoaderEntrySelected)"
	fi
}

# image VERSION: its path
image() {
	echo "$esp/EFI/Linux/$token-$1.efi"
}

# digest VERSION: of its image
digest() {
	sha256sum <"$(image "$1")"
}

# files: those of bzboot on the ESP, and entries for files that it has not made
files() {
	tell "entries=$(find "$esp/loader/entries" -name '*.conf' -printf '%f ')"
	tell "files=$(cd "$esp/EFI/Linux" && find . -type f | sed "s|^\./$token-||" | sort | xargs)"
}
