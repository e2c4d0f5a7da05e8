# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# The verdicts of bzboot check beside those of the programs that it speaks of, for the corpus and for
# the files of tests/cli_check.t: a broken one for each check. Sourced by tests/*_check.t.
# shellcheck source=tests/judges.sh
. tests/judges.sh
# shellcheck source=tests/corpus.sh
. tests/corpus.sh

# The files, the same for all tests, and what bzboot check says of them
asked=$boot/judged/asked
files=$asked/files		# all, by their names
answers=$asked/json		# of bzboot check, by the same names
verdicts=$asked/verdicts	# in them: FILE CONSUMER VERDICT CHECKS

# judge_files [FUNCTION]: make them. FUNCTION FOLDER makes more files, for this test alone.
judge_files() {
	mkdir -p "$asked"
	made "$verdicts" "$bzboot" tests/{cli_check.t,cli.sh,corpus.sh,systemd.sh,verdicts.sh} \
		tests/check/*.py -- judge_make_files
	rm -f "$judged"/said*
	[ $# -eq 0 ] || judge_more_files "$1"
}

judge_make_files() {
	rm -rf "$asked"
	mkdir -p "$asked/made"
	judge_keys
	cp "$judge_keys"/db.{key,pem} "$asked/made"
	BZBOOT=$bzboot tests/cli_check.t --make "$asked/made" >"$asked/log" ||
		fail "tests/cli_check.t: $(<"$asked/log")"
	corpus_into "$files"
	ln -s "$(realpath "$asked/made")"/{good,broken}/* "$files"
	judge_ask "$files" "$answers" >"$verdicts.new"
	mv "$verdicts.new" "$verdicts"
}

# judge_more_files FUNCTION: files and verdicts are links to the others, and more
judge_more_files() {
	local more=$judged/more
	rm -rf "$more" "$judged"/{files,json}
	mkdir -p "$more" "$judged/files"
	"$1" "$more"
	cp -P "$files"/* "$judged/files"
	ln -s "$(realpath "$more")"/* "$judged/files"
	judge_ask "$more" "$judged/json" | cat "$verdicts" - >"$judged/verdicts"
	files=$judged/files verdicts=$judged/verdicts
}

# judge_ask FOLDER OUT: the verdicts about each file; the answers are in OUT
judge_ask() {
	mkdir -p "$2"
	# shellcheck disable=SC2016 # variables of the inner shell
	find "$1" -not -type d -printf '%f\n' | xargs -P 2 -I NAME sh -c \
		'"$1" check --json "$2/NAME" >"$3/NAME"; test $? != 2' - "$bzboot" "$1" "$2"
	jq -r '(input_filename | split("/") | last) as $file | .consumers[] |
		"\($file) \(.name) \(.verdict) \(.checks | join(","))"' "$2"/*
}

# Where a consumer does something else than its verdict says. FILE and CONSUMER are patterns.
exception_files=() exception_consumers=() exception_used=()
while IFS=$'\t' read -r file consumer _; do
	exception_files+=("$file") exception_consumers+=("$consumer") exception_used+=("")
done < <(sed '/^#/d; /^$/d' tests/check/disagreements)

# find_exceptions FILE CONSUMER: matching, the numbers of those in the list; false if there are none
find_exceptions() {
	local i
	matching=()
	for i in "${!exception_files[@]}"; do
		# shellcheck disable=SC2053 # patterns
		[[ $1 != ${exception_files[i]} || $2 != ${exception_consumers[i]} ]] || matching+=("$i")
	done
	[ ${#matching[@]} -gt 0 ]
}

# is_known FILE CONSUMER: true if that disagreement is in the list
is_known() {
	local i
	find_exceptions "$@" || return
	for i in "${matching[@]}"; do
		exception_used[i]=yes
	done
}

# unused_exceptions CONSUMER...: one test: the list has nothing else about these
unused_exceptions() {
	local i
	for i in "${!exception_files[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ -n ${exception_used[i]} || " $* " != *" ${exception_consumers[i]} "* ]] ||
			fault "not seen: ${exception_files[i]}, ${exception_consumers[i]}"
	done
	finish "tests/check/disagreements has only what was seen"
}

# try CONSUMER JUDGE ARGUMENT...: one test: the judge says of each file what bzboot check says of the
# consumer. Files of a kind that the consumer does not read are left out, and those whose names do
# not match $only, or match $but, patterns. Of those that it need not refuse, the first of each $every, and
# those with an exception, are tried.
only='*' but=
every=1
# For judges that boot: files for other machines than theirs, x86-64
foreign='@(pe-machine-sbsign.efi|*-@(arm64|riscv64|loong64)*)'
try() {
	local consumer=$1 folder=$judged/try file verdict said message begin=$SECONDS others=0
	rm -rf "$folder"
	mkdir -p "$folder"
	while read -r file verdict; do
		# shellcheck disable=SC2053 # patterns
		[[ $file == $only && $file != $but ]] || continue
		[ "$verdict" = refuses ] || ((others++ % every == 0)) || find_exceptions "$file" "$consumer" ||
			continue
		ln -s "$(realpath "$files/$file")" "$folder/$file"
	done < <(awk -v "consumer=$consumer" \
		'$2 == consumer && !($3 == "refuses" && $4 == "wrong-kind") { print $1, $3 }' "$verdicts")
	"$2" "$folder" "${@:3}" >"$judged/said" || fault "$2 ended with $?"
	cat "$judged/said" >>"$judged/said.$consumer"
	same "files without an answer" "" "$(cut -d ' ' -f 1 "$judged/said" | sort |
		comm -3 - <(find "$folder" -type l -printf '%f\n' | sort) | tr '\n' ' ')"
	while read -r file verdict said message; do
		is_known "$file" "$consumer" ||
			fault "$file: the verdict is $verdict, but $consumer $said: $message"
	done < <(awk -v "consumer=$consumer" 'NR == FNR { verdict[$1, $2] = $3; next }
		{ expected = verdict[$1, consumer] }
		expected == "ok" && $2 == "refuses" || expected == "refuses" && $2 == "accepts" {
			$1 = $1 " " expected
			print
		}' "$verdicts" "$judged/said")
	echo "# $((SECONDS - begin)) s"
	finish "${*:2}: $(wc -l <"$judged/said") files, of which $(grep -c ' refuses ' "$judged/said") are refused"
}

# judged_table CONSUMER...: $judged/table: the answers about each file
judged_table() {
	awk '
	FNR == 1 { name = FILENAME; sub(/.*\.said\./, "", name); sub(/.*said\./, "", name) }
	{
		file = $1; $1 = ""
		print file, name ":" $0
	}' "${@/#/$judged/said.}" | sort >"$judged/table"
	echo "# the answers: $judged/table"
}
