# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# The verdicts of bzboot check beside those of the programs that it speaks of, for the corpus and for
# the files of tests/cli_check.t: a broken one for each check. Sourced by tests/*_check.t.
# shellcheck source=tests/judges.sh
. tests/judges.sh
# shellcheck source=tests/corpus.sh
. tests/corpus.sh

files=$judged/files	# all, by their names

# judge_files [FUNCTION]: make $files, to which FUNCTION may add some, and the answers of bzboot check
# in $judged/json
judge_files() {
	rm -rf "$judged"/{files,made,json} "$judged"/said*
	mkdir -p "$judged"/{made,json}
	judge_keys
	cp "$judged"/keys/db.{key,pem} "$judged/made"
	BZBOOT=$bzboot tests/cli_check.t --make "$judged/made" >"$judged/make.log" ||
		fail "tests/cli_check.t: $(<"$judged/make.log")"
	corpus_into "$files"
	ln -s "$judged"/made/{good,broken}/* "$files"
	[ -z "${1-}" ] || "$1"
	# shellcheck disable=SC2016 # variables of the inner shell
	find "$files" -not -type d -printf '%f\n' | xargs -P 2 -I NAME sh -c \
		'"$1" check --json "$2/NAME" >"$3/json/NAME"; test $? != 2' - "$bzboot" "$files" "$judged"
	jq -r '(input_filename | split("/") | last) as $file | .consumers[] |
		"\($file) \(.name) \(.verdict) \(.checks | join(","))"' "$judged"/json/* >"$judged/verdicts"
}

# Where a consumer does something else than its verdict says. FILE and CONSUMER are patterns.
exception_files=() exception_consumers=() exception_used=()
while IFS=$'\t' read -r file consumer _; do
	exception_files+=("$file") exception_consumers+=("$consumer") exception_used+=("")
done < <(sed '/^#/d; /^$/d' tests/check/disagreements)

# is_known FILE CONSUMER: true if that disagreement is in the list
is_known() {
	local i known=1
	for i in "${!exception_files[@]}"; do
		# shellcheck disable=SC2053 # patterns
		if [[ $1 == ${exception_files[i]} && $2 == ${exception_consumers[i]} ]]; then
			exception_used[i]=yes
			known=0
		fi
	done
	return $known
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
# not match $only, a pattern.
only='*'
try() {
	local consumer=$1 folder=$judged/try file verdict said message begin=$SECONDS
	rm -rf "$folder"
	mkdir "$folder"
	while read -r file; do
		# shellcheck disable=SC2053 # a pattern
		[[ $file == $only ]] || continue
		ln -s "$(realpath "$files/$file")" "$folder/$file"
	done < <(awk -v "consumer=$consumer" \
		'$2 == consumer && !($3 == "refuses" && $4 == "wrong-kind") { print $1 }' "$judged/verdicts")
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
		}' "$judged/verdicts" "$judged/said")
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
