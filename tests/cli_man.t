#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The manual pages and --help agree: commands, forms, groups, options, defaults and examples, in the
# same order. The pages are correct mdoc.
# shellcheck source=tests/cli.sh
. tests/cli.sh
need mandoc groff awk sed diff

pages=docs/man
wide=1000	# columns: a line of the page is a line of text

# page NAME: the text of a page
page() {
	mandoc -T ascii -O "width=$wide" "$pages/$1.1" | sed 's/.\x08//g'
}

# section NAME TITLE: the lines of a section
section() {
	page "$1" | awk -v title="$2" '/^[^ ]/ { inside = $0 == title; next } inside'
}

# in_one_space: remove spaces at both ends of lines, repeated spaces, and empty lines
in_one_space() {
	tr -s ' ' | sed -e 's/^ //; s/ $//' -e '/^$/d'
}

# Options as lines of a common form: "group NAME", "option NAME", "text WORDS"

help_lines() {
	sed -nE -e '/^Examples:/q' -e 's/^([A-Z][a-z ]+):$/group \1/p' \
		-e 's/^  (-., |    )(--[a-z-]+( [A-Z]+|\[=[A-Z]+\])?)$/option \1\2/p' \
		-e 's/^  (-., |    )(--[a-z-]+( [A-Z]+|\[=[A-Z]+\])?)  (.*)$/option \1\2\ntext \4/p' \
		-e 's/^  ([a-z0-9]+  .*)$/option \1/p' -e 's/^ {7,}([^- ].*)$/text \1/p' | in_one_space
}

page_lines() {
	section "$1" OPTIONS | sed -nE -e 's/^   ([^ ].*)$/group \1/p' \
		-e 's/^     ((-., )?--[a-z-]+( [A-Z]+|\[=[A-Z]+\])?)$/option \1/p' \
		-e 's/^     ((-., )?--[a-z-]+( [A-Z]+|\[=[A-Z]+\])?)  (.*)$/option \1\ntext \4/p' \
		-e 's/^     ([a-z0-9]+  .*)$/option \1/p' -e 's/^ {6,}([^ ].*)$/text \1/p' | in_one_space
}

# summary: turn such lines into a line for each group and option, with the default and the repeats
# that its text mentions
summary() {
	awk '
		function flush(    rest) {
			if (option == "")
				return
			rest = text
			while (match(rest, /\(default: [^)]*\)/)) {
				option = option " " substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
			}
			print "  " option (tolower(text) ~ /may be repeated/ ? " repeats" : "")
			option = text = ""
		}
		{ kind = $1; sub(/^[a-z]+ ?/, "") }
		kind == "group" { flush(); group = $0; print group ":" }
		kind == "option" && group { flush(); option = $0 }
		kind == "text" { text = text " " $0 }
		END { flush() }'
}

# only_named NAME: the options without a text, which another page describes
only_named() {
	page_lines "$1" | awk '
		function flush() { if (option) print option; option = "" }
		$1 == "option" { flush(); option = "  " substr($0, 8); next }
		$1 == "text" { option = "" }
		{ flush() }
		END { flush() }' | grep -e --
}

# without_texts FILE: a summary, with nothing but the names of the options that the file lists
without_texts() {
	awk -v file="$1" '
		BEGIN { while ((getline name <file) > 0) named[name] }
		{ for (name in named) if (index($0 " ", name " ") == 1) $0 = name }
		{ print }'
}

list_commands
sed -n '/^Commands/,/^$/s/^  //p' "$work/stdout" | in_one_space >"$work/commands"
section bzboot COMMANDS | sed -n 's/^     bzboot-\([a-z]*\)(1)  /\1 /p' | in_one_space \
	>"$work/listed"
same "commands in bzboot(1)" "$(<"$work/commands")" "$(<"$work/listed")"
[ ${#commands[@]} -gt 5 ] || fault "only ${#commands[@]} commands"
finish "bzboot(1) lists the commands of --help"

same "pages" "$(printf '%s.1\n' bzboot "${commands[@]/#/bzboot-}" | sort)" \
	"$(find "$pages" -type f -name '*.1' -printf '%f\n' | sort)"
finish "each command has a page"

# agrees NAME COMMAND...: a page agrees with a help text
agrees() {
	local name=$1
	run "${@:2}" --help
	sed -n '/^usage:/,/^$/p' "$work/stdout" | sed 's/^usage://' | in_one_space >"$work/usage"
	same "synopsis" "$(<"$work/usage")" "$(section "$name" SYNOPSIS | in_one_space)"
	finish "$name: the synopsis is the usage line"

	only_named "$name" >"$work/named" || true
	[ -z "$(grep -vxF -f "$work/described" "$work/named")" ] ||
		fault "bzboot-sign(1) does not describe: $(<"$work/named")"
	help_lines <"$work/stdout" | summary | without_texts "$work/named" >"$work/help"
	page_lines "$name" | summary >"$work/page"
	grep -q '^  -h, --help$' "$work/help" || fault "no --help in: $(<"$work/help")"
	diff -U 1 "$work/help" "$work/page" >"$work/diff" || fault "help and page: $(<"$work/diff")"
	finish "$name: the options are those of --help"

	sed -n '/^Examples:/,$s/^  //p' "$work/stdout" >"$work/examples"
	same "first examples" "$(<"$work/examples")" \
		"$(section "$name" EXAMPLES | sed -n 's/^ \{11\}\(bzboot .*\)/\1/p' | head -n 2)"
	finish "$name: the first examples are those of --help"
}

page_lines bzboot-sign | sed -n 's/^option /  /p' >"$work/described"
[ "$(wc -l <"$work/described")" -ge 10 ] || fault "too few options: $(<"$work/described")"
same "options without a text" "" "$(only_named bzboot-sign || true)"
finish "bzboot-sign(1) describes its options"

agrees bzboot
same "NAME" "bzboot - one kernel image for EFI, boot loaders and hypervisors" \
	"$(section bzboot NAME | in_one_space)"
finish "bzboot: its name"

for command in "${commands[@]}"; do
	agrees "bzboot-$command" "$command"
	same "NAME" "bzboot-$command - $(sed -n "s/^$command //p" "$work/commands")" \
		"$(section "bzboot-$command" NAME | in_one_space)"
	finish "bzboot-$command: its name is the summary of bzboot --help"
done

for file in "$pages"/*.1; do
	name=${file##*/}
	same "mandoc" "" "$(mandoc -T lint -W warning "$file" 2>&1)"
	same "groff" "" "$(groff -mdoc -T utf8 -ww -z "$file" 2>&1)"
	for title in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO"; do
		[ -n "$(section "${name%.1}" "$title")" ] || fault "no section $title"
	done
	while read -r other; do
		[ -f "$pages/$other.1" ] || fault "it refers to $other(1), which does not exist"
	done < <(sed -n 's/^\.\(It \)\?Xr \(bzboot[a-z-]*\) 1.*/\2/p' "$file")
	finish "$name is correct, complete, and refers to pages that exist"
done

for file in "$pages"/*.5; do
	same "mandoc" "" "$(mandoc -T lint -W warning "$file" 2>&1)"
	same "groff" "" "$(groff -mdoc -T utf8 -ww -z "$file" 2>&1)"
	finish "${file##*/} is correct"
done

plan
