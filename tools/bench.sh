#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh [PART...]: measure bzboot's images beside the distribution's own, for the same kernels and in
# one run, and write docs/benchmarks.md and its pictures. Run by `make bench`; BENCH="PART..."
# selects parts. Each part is a file in tools/bench, which writes its section and its figures to
# build/bench; the document is assembled as soon as all are there. All parts take an hour and a half on two
# idle cores.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

BUILD=${BUILD:-build}
BZBOOT=${BZBOOT:-$BUILD/bzboot}
results=$BUILD/bench
parts=(instructions profile choices path time load estimates sizes stubs packing memory least commands machines shuffle goals)	# in the order of the document
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=tools/bench/common.sh
. tools/bench/common.sh

# version PACKAGE
version() {
	dpkg-query -W -f '${Version}' "$1"
}

# commit: of the sources, and whether they differ from it, except in docs, which this script writes
commit() {
	local commit
	commit=$(git describe --always 2>/dev/null) || commit=unknown
	git diff --quiet HEAD -- . ':!docs' 2>/dev/null || commit+=-dirty
	echo "$commit"
}

# listed: lines of standard input, separated by commas
listed() {
	paste -s -d , | sed 's/,/, /g'
}

# measured_when: "PART DAY TIME, ...", as lines of a list
measured_when() {
	local part
	for part in "${parts[@]}"; do
		date -r "$results/$part.md" "+$part %F %R"
	done | listed | sed 's/$/./' | wrapped 98 | sed 's/^/  /'
}

head_of_document() {
	cat <<-END
	# Benchmarks

	Written by \`make bench\`, which measures all parts in one run (BENCH= selects parts). bzboot's images
	are compared with the distribution's own image of the same kernel, unless a table says otherwise.

	- The parts were measured at:
	$(measured_when)
	- Machine: $(sed -n 's/^model name.*: //p; T; q' /proc/cpuinfo), $(nproc) CPUs, load average at the end $(cut -d ' ' -f 1 /proc/loadavg).
	- Versions: bzboot at $(commit), $(gcc --version | sed -n '1s/.* /gcc /p'), libzstd $(version libzstd-dev), liblzma $(version liblzma-dev),
	  zlib $(version zlib1g-dev), liblz4 $(version liblz4-dev), QEMU $(version qemu-system-x86), OVMF $(version ovmf).
	- Kernels: $(for name in latest 6.12-cloud 6.12 6.1-cloud 6.1; do
			field .bzimage.version_string "$(vmlinuz $name)" | cut -d ' ' -f 1
		done | listed).
	- Instructions are those of the guest under TCG (\`-cpu max\`), counted by \`tools/bootcount.c\` from
	  the first one of the PE entry to the first one of the kernel. They repeat to about 0.1 % and do
	  not depend on the machine.
	- Times are from several runs, with the images in turn; they depend on the machine and its load.
	  Pack times are from one run.
	END
}

# run PART: write its section, completely or not at all
run() {
	rm -f "$results/$1.md"
	# shellcheck source=/dev/null
	. "tools/bench/$1.sh"
	"bench_$1" >"$work/section"
	mv "$work/section" "$results/$1.md"
}

mkdir -p "$results"
[ $# -gt 0 ] || { rm -f "$results"/*.md && set -- "${parts[@]}"; }
for part; do
	[[ " ${parts[*]} " = *" $part "* ]] ||
		fail "no such part: $part; the parts are ${parts[*]}"
	run "$part"
done
for part in "${parts[@]}"; do
	[ -e "$results/$part.md" ] || { say "docs/benchmarks.md still needs '$part'" && exit 0; }
done
{
	head_of_document
	for part in "${parts[@]}"; do
		echo
		cat "$results/$part.md"
	done
} >"$work/document"
cp "$work/document" docs/benchmarks.md
