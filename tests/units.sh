# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests of bzboot shuffle with small programs: $work/program is shuffled to $work/shuffled.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need nm

seeds=(1 2 3)
shuffle_options=()	# of each shuffle

# address FILE SYMBOL [N]: of the symbol, or of the N-th of that name by address
address() {
	local line
	line=$(nm -n "$1" | grep " $2\$" | sed -n "${3:-1}p")
	echo $((0x${line%% *}))
}

# Addresses in $work/program and in $work/shuffled, of the first symbol of each name
declare -A was now

# read_places FILE NAME: into an array of that name
read_places() {
	local -n places=$2
	local at symbol
	places=()
	while read -r at _ symbol; do
		[ -n "${places[$symbol]-}" ] || places["$symbol"]=$((0x$at))
	done < <(nm -n "$1")
}

# each_seed COMMAND...: run it for each shuffled program; it calls fault
each_seed() {
	local seed
	read_places "$work/program" was
	for seed in "${seeds[@]}"; do
		run shuffle "$work/program" -o "$work/shuffled" --seed "$seed" "${shuffle_options[@]}"
		[ "$status" -eq 0 ] || fault "exit status $status: $(<"$work/stderr")"
		[ "$status" -eq 0 ] || return 0
		read_places "$work/shuffled" now
		[ "${was[*]}" != "${now[*]}" ] ||
			fault "seed $seed: nothing has moved"
		"$@" "seed $seed"
	done
}

# distance A B WHEN: as it was
distance() {
	same "$3: from $1 to $2" $((was[$2] - was[$1])) $((now[$2] - now[$1]))
}

# parted A B: count the seeds by which the distance differs
parts=0
parted() {
	[ $((was[$2] - was[$1])) -eq $((now[$2] - now[$1])) ] || parts=$((parts + 1))
}

# stays SYMBOL WHEN
stays() {
	same "$2: $1" "${was[$1]}" "${now[$1]}"
}

# aligned SYMBOL ALIGNMENT WHEN
aligned() {
	same "$3: $1, modulo $2" 0 $((now[$1] % $2))
}
