# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Shared by tests of KASLR: the places of kernels, over several boots. Sourced by tests/boot_*.t,
# after tests/boot.sh.

# shellcheck disable=SC2034 # for the tests
link_address=ffffffff81000000	# virtual, of Linux

# Places of kernels: multiples of 2 MiB, in the 1 GiB that Linux reserves for itself
anywhere=(
	'virtual=ffffffff[89ab][0-9a-f][02468ace]00000'
	'physical=*[02468ace]00000'
)

# Addresses of the boots since the last forget_places, in the same order
virtuals=()
physicals=()

forget_places() {
	virtuals=()
	physicals=()
}

# said KEY: the value that the kernel of the last boot printed
said() {
	# shellcheck disable=SC2154 # of boot.sh
	sed -n "s/^$prefix $1=//p" "$log"
}

# boot_somewhere NAME RUN-ARGUMENT... -- KEY=VALUE...: boot_ok, and note the kernel's place
boot_somewhere() {
	boot_ok "$@" "${anywhere[@]}"
	virtuals+=("$(said virtual)")
	physicals+=("$(said physical)")
}

# differ COUNT WHAT VALUE...: a fault unless there are at least COUNT different VALUEs
differ() {
	local count
	count=$(printf '%s\n' "${@:3}" | grep . | sort -u | wc -l)
	[ "$count" -ge "$1" ] || fault "$count different $2, not $1: ${*:3}"
}

# none_below ADDRESS: a fault for each noted boot with a lower physical address
none_below() {
	local address
	for address in "${physicals[@]}"; do
		[ $((16#$address)) -ge $((16#$1)) ] || fault "$address is below $1"
	done
}

# places_differ NAME COUNT: a test: the noted boots had at least COUNT different virtual addresses,
# as many physical ones, and no two the same pair
places_differ() {
	local pairs=() i
	for i in "${!virtuals[@]}"; do
		pairs+=("${virtuals[i]}/${physicals[i]}")
	done
	differ "$2" "virtual addresses" "${virtuals[@]}"
	differ "$2" "physical addresses" "${physicals[@]}"
	differ "${#pairs[@]}" "places" "${pairs[@]}"
	finish "$1"
}
