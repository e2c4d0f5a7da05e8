#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The rules for options are the same for every option of every command (packer/cli/command_line.h),
# and "-" means standard input or standard output for every file.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need cmp

make_image
make_key rsa -newkey rsa:2048
ours=$work/ours.efi
kernel=$work/kernel.elf
signed=$work/signed.efi
signs "$ours" "$signed" --key "$work/rsa.key" --cert "$work/rsa.pem" --no-signing-time
finish "an image and a signed image"

list_commands
[ ${#commands[@]} -eq 18 ] || fail "commands: ${commands[*]}"

# says STATUS TEXT ARGUMENT...: one run
says() {
	run "${@:3}"
	same "exit status of ${*:3}" "$1" "$status"
	[[ $(<"$work/stderr") == "bzboot: $2"* ]] || fault "${*:3}: $(<"$work/stderr")"
	[ ! -s "$work/stdout" ] || fault "${*:3} prints to standard output"
}

# A valid argument for each kind of option
# Old names, which --help does not list
declare -A old=([pack]="devicetree-auto hwids efifw segments")
declare -A values=([CODEC]=zstd [MAGIC]=zelf [N]=4 [UNITS]=objects [NAME]=sha256 [CHECK]=wrong-kind
	[FORM]=elf [ARCH]=aa64 [CONSUMERS]=shim [LAYOUT]=uki [WHAT]=warn)

# Commands that take no operand
declare -A missing=([addon]=option) unnamed=(
	[addon]="takes no argument: "
	[config]="takes no argument: "
	[status]="takes no argument: "
)

# The options that exclude each other, one set per line: the command, then the names
excluded="pack level best fast
pack cmdline default-cmdline
pack initrd no-initrd default-initrd no-default-initrd
pack signing-time no-signing-time
pack pin-file pin-env
edit cmdline append
addon signing-time no-signing-time
check list explain
config json example
config defaults example
config root example
addon pin-file pin-env
edit signing-time no-signing-time
edit pin-file pin-env
info json relocs map
info headers relocs budget map
extract raw section
keys esp efivars
keys pin-file pin-env
measure json pcrlock sign policy-digest join
measure pcr rtmr sign policy-digest join
measure phase pcrlock rtmr
measure direct pcrlock rtmr sign policy-digest join
measure bank rtmr
measure cert public-key
measure pin-file pin-env
sign key prepare attach
sign output prepare
sign signing-time no-signing-time attach
sign pin-file pin-env"

# option NAME: the option with a valid argument, as words
option() {
	local argument=${option_argument[$1]}
	echo "--$1${argument:+ ${values[$argument]-x}}"
}

count=0
for command in "${commands[@]}"; do
	list_options "$command"
	for name in "${option_names[@]}"; do
		argument=${option_argument[$name]}
		if [ -n "${option_may[$name]}" ]; then
			says 2 "$command: --$name SEED: the argument is empty" "$command" "--$name="
		elif [ -z "$argument" ]; then
			says 2 "$command: --$name takes no argument" "$command" "--$name=1"
		else
			says 2 "$command: --$name $argument: the argument is missing" \
				"$command" "--$name"
			[[ $argument = @(TEXT|PHASES) ]] ||
				says 2 "$command: --$name $argument: the argument is empty" \
					"$command" "--$name" ""
		fi
		count=$((count + 1))
	done
	finish "$command: missing, empty, or too many arguments"

	for name in "${option_names[@]}"; do
		[ "$name" != help ] || continue
		words=$(option "$name")
		if [ -n "${option_repeats[$name]-}" ]; then
			# shellcheck disable=SC2086 # an option and its argument
			says 2 "$command: missing ${missing[$command]-argument}: " "$command" $words $words
		else
			# shellcheck disable=SC2086 # likewise
			says 2 "$command: --$name is given more than once" "$command" $words $words
		fi
	done
	finish "$command: an option is given once, unless its help says 'may be repeated'"

	# Of the beginnings of a name that match as many names, the shortest
	declare -A tried=()
	for name in "${option_names[@]}"; do
		count_before=0
		for ((length = 1; length < ${#name}; length++)); do
			short=${name:0:length} matches=()
			for other in "${option_names[@]::${#option_names[@]}-1}" ${old[$command]-} help; do
				[[ $other != "$short"* ]] || matches+=("--$other")
			done
			[[ " ${option_names[*]} " != *" $short "* ]] || continue
			[ -z "${tried[$short]-}" ] && [ ${#matches[@]} -ne $count_before ] || continue
			tried[$short]=yes count_before=${#matches[@]}
			if [ ${#matches[@]} -gt 1 ]; then
				says 2 "$command: --$short is ambiguous: ${matches[0]}, " "$command" "--$short"
			elif [ "$name" != help ] && [ -n "${option_argument[$name]}" ]; then
				says 2 "$command: --$name ${option_argument[$name]}: the argument is missing" \
					"$command" "--$short"
			fi
		done
	done
	finish "$command: an unambiguous beginning of an option's name"

	while read -r of first rest; do
		[ "$of" = "$command" ] || continue
		read -ra set <<<"$first $rest"
		for one in "${set[@]}"; do
			for other in "${set[@]}"; do
				[ "$one" != "$other" ] || continue
				# shellcheck disable=SC2046 # options and their arguments
				says 2 "$command: --$one and --$other are mutually exclusive" \
					"$command" $(option "$one") $(option "$other")
			done
		done
	done <<<"$excluded"
	says 2 "$command: --quiet and --verbose are mutually exclusive" "$command" -qv
	says 2 "$command: --verbose and --quiet are mutually exclusive" "$command" -v --quiet
	finish "$command: options that exclude each other"

	says 2 "$command: no such option: --nonsense" "$command" --nonsense=1
	says 2 "$command: no such option: -Z" "$command" -Z
	says 2 "$command: ${unnamed[$command]-the name of the }" "$command" ""
	finish "$command: unknown options, and an empty operand"
done
[ "$count" -ge 50 ] || fault "only $count options were found"
finish "control: the options were found"

run pack "$kernel" -o "$work/empty.efi" --level 1 --cmdline ""
same "exit status" 0 "$status"
finish "a command line may be empty"

# --- old names of options --------------------------------------------------------------

# packed OPTION...: $work/packed.efi
packed() {
	run pack "$kernel" -o "$work/packed.efi" --compress xz --level 0 "$@"
	same "exit status of pack $*" 0 "$status"
}

packed --parts 1
mv "$work/packed.efi" "$work/one.efi"
packed --parts 2
mv "$work/packed.efi" "$work/two.efi"
packed --segments 2
cmp -s "$work/packed.efi" "$work/two.efi" || fault "--segments 2 is not --parts 2"
! cmp -s "$work/one.efi" "$work/two.efi" || fault "--parts 2 changes nothing"
run pack --help
! grep -q -e --segments "$work/stdout" || fault "--help lists --segments"
says 2 "pack: --parts and --segments are mutually exclusive" pack --parts 2 --segments 2
says 2 "pack: --segments and --parts are mutually exclusive" pack --segments 2 --parts 2
says 2 "pack: --segments is given more than once" pack --segments 2 --segments 2
finish "--segments is an old name of --parts"

# --- standard input and standard output ------------------------------------------------

# pipes INPUT ARGUMENT...: one run with INPUT as standard input
pipes() {
	status=0
	"$bzboot" "${@:2}" <"$1" >"$work/stdout" 2>"$work/stderr" || status=$?
}

# reads NAME INPUT ARGUMENT...: one test: "-", with INPUT as standard input, gives the same as INPUT
reads() {
	local argument from=()
	for argument in "${@:3}"; do
		from+=("${argument/"$2"/-}")
	done
	run "${@:3}"
	cp "$work/stdout" "$work/expected"
	same "exit status" 0 "$status"
	pipes "$2" "${from[@]}"
	same "exit status with -" 0 "$status"
	[ -s "$work/stdout" ] || fault "nothing is printed"
	sed "s|$2|-|g" "$work/expected" | cmp -s - "$work/stdout" || fault "something else is printed"
	finish "$1 from standard input"
}

reads "check" "$kernel" check --except kernel-kaslr "$kernel"
reads "info" "$ours" info --json "$ours"
reads "hash" "$signed" hash "$signed"
reads "verify" "$signed" verify "$signed" --cert "$work/rsa.pem"
reads "verify --cert" "$work/rsa.pem" verify "$signed" --cert "$work/rsa.pem"
reads "verify --ca" "$work/rsa.pem" verify "$signed" --ca "$work/rsa.pem"
reads "extract" "$ours" extract "$ours" -o -
reads "unsign" "$signed" unsign "$signed" -o -
key=(--key "$work/rsa.key" --cert "$work/rsa.pem" --no-signing-time)
reads "sign" "$ours" sign "$ours" -o - "${key[@]}"
reads "sign --key" "$work/rsa.key" sign "$ours" -o - "${key[@]}"
reads "sign --cert" "$work/rsa.pem" sign "$ours" -o - "${key[@]}"
make_key other -newkey rsa:2048
reads "sign --chain" "$work/other.pem" sign "$ours" -o - "${key[@]}" --chain "$work/other.pem"
echo secret >"$work/pin"
openssl pkcs8 -topk8 -in "$work/rsa.key" -out "$work/locked.key" -passout "file:$work/pin" ||
	fault "openssl pkcs8"
reads "sign --pin-file" "$work/pin" sign "$ours" -o - --key "$work/locked.key" \
	--cert "$work/rsa.pem" --no-signing-time --pin-file "$work/pin"
reads "sign --prepare" "$ours" sign "$ours" --prepare - --cert "$work/rsa.pem" --no-signing-time
cp "$work/stdout" "$work/prepared"
openssl dgst -sha256 -sign "$work/rsa.key" -out "$work/signature" "$work/prepared" ||
	fault "openssl dgst"
attach=(--cert "$work/rsa.pem" --prepared "$work/prepared" --attach "$work/signature")
reads "sign --prepared" "$work/prepared" sign "$ours" -o - "${attach[@]}"
reads "sign --attach" "$work/signature" sign "$ours" -o - "${attach[@]}"
reads "edit" "$ours" edit "$ours" -o - --cmdline quiet
reads "pack" "$kernel" pack "$kernel" -o - --level 1
for option in --initrd --default-initrd; do
	reads "pack $option" "$work/numbers" pack "$kernel" -o - --level 1 $option "$work/numbers"
done
echo "quiet" >"$work/cmdline"
reads "pack --cmdline @FILE" "$work/cmdline" pack "$kernel" -o - --level 1 \
	--cmdline "@$work/cmdline"
printf 'sbat,1,SBAT Version,sbat,1,https://example.org\n' >"$work/sbat"
reads "pack --sbat" "$work/sbat" pack "$kernel" -o - --level 1 --sbat "$work/sbat"
stub=${BUILD:-build}/stub/zstd.elf
reads "pack --stub" "$stub" pack "$kernel" -o - --level 1 --stub "$stub"

cat "$work/rsa.key" "$work/rsa.pem" >"$work/both.pem"
pipes "$work/both.pem" sign "$ours" -o - --key - --cert - --no-signing-time
same "exit status" 0 "$status"
identical "$signed" "$work/stdout"
finish "a key and its certificate from standard input"

pipes "$ours" sign - "${key[@]}"
same "exit status" 0 "$status"
identical "$signed" "$work/stdout"
pipes "$signed" unsign -
same "exit status" 0 "$status"
identical "$ours" "$work/stdout"
finish "sign and unsign are filters if the image is '-'"

pipes "$kernel" pack - -o "$work/twice.efi" --initrd -
same "exit status" 1 "$status"
same "stderr" "bzboot: -: standard input has already been read for another argument" "$(<"$work/stderr")"
[ ! -e "$work/twice.efi" ] || fault "an image was written"
pipes /dev/null hash -
same "stderr" "bzboot: -: is empty" "$(<"$work/stderr")"
finish "standard input that is empty, or read twice"

run pack "$kernel" -o "$work/file.efi" --level 1
for name in - /dev/stdout; do
	pipes /dev/null pack "$kernel" -o "$name" --level 1
	same "exit status, $name" 0 "$status"
	identical "$work/file.efi" "$work/stdout"
	grep -q "^$name: [0-9]* bytes" "$work/stderr" || fault "$name: $(<"$work/stderr")"
	"$bzboot" sign "$ours" -o "$name" "${key[@]}" 2>"$work/stderr" | cmp -s - "$signed" ||
		fault "not a signed image in a pipe"
	same "stderr, $name" "" "$(<"$work/stderr")"
	echo "log" >"$work/log"
	"$bzboot" extract "$ours" -o "$name" >>"$work/log" || fault "$name: exit status $?"
	[ "$(head -n 1 "$work/log")" = log ] || fault "$name: the file's old content is lost"
done
[ ! -e ./- ] || fault "a file called - was made"
finish "standard output has the image, standard error the messages"

(
	cd "$work"
	"$bzboot" pack "$kernel" -o ./- --level 1 >"$work/stdout" 2>"$work/stderr"
) || fault "exit status $?"
[ -s "$work/-" ] || fault "the file does not exist"
finish "./- is a file"

mkfifo "$work/fifo"
cat "$work/fifo" >"$work/piped.efi" &
run pack "$kernel" -o "$work/fifo" --level 1
wait $!
same "exit status" 0 "$status"
identical "$work/file.efi" "$work/piped.efi"
[ -p "$work/fifo" ] || fault "it is no longer a pipe"
run pack "$kernel" -o /dev/null --level 1
same "exit status, /dev/null" 0 "$status"
[ -c /dev/null ] || fault "/dev/null is no longer a device"
finish "a pipe and a device are written, not replaced"

for arguments in "pack $kernel -o - --level 1" "pack $kernel -o /dev/full --level 1" \
	"unsign $signed -o -" "extract $ours -o -"; do
	status=0
	# shellcheck disable=SC2086 # words
	"$bzboot" $arguments >/dev/full 2>"$work/stderr" || status=$?
	same "exit status of ${arguments%% *}" 1 "$status"
	[[ $(tail -n 1 "$work/stderr") == *": cannot write: No space left on device" ]] ||
		fault "${arguments%% *}: $(<"$work/stderr")"
done
finish "a full standard output or device is an error"

# --- the order of messages ------------------------------------------------------------------

status=0
"$bzboot" verify "$signed" >"$work/stdout" 2>&1 || status=$?
same "exit status" 1 "$status"
[[ $(tail -n 1 "$work/stdout") == "bzboot: $signed: no signature is trusted"* ]] ||
	fault "last of all: $(tail -n 1 "$work/stdout")"
finish "messages follow the output before them"

# The message flushes standard output, which fails; other system calls follow.
status=0
"$bzboot" verify "$signed" >/dev/full 2>"$work/stderr" || status=$?
same "exit status" 1 "$status"
same "stderr" "bzboot: standard output: cannot write: No space left on device" \
	"$(tail -n 1 "$work/stderr")"
finish "the error of standard output is that of its first failure"

# --- info --json ----------------------------------------------------------------------------

: >"$work/nothing"
gzip -c "$kernel" | head -c 20000 >"$work/cut.gz"
for file in nothing cut.gz; do
	run info --json "$work/$file"
	same "exit status, $file" 1 "$status"
	same "stderr, $file" "" "$(<"$work/stderr")"
	jq -r '.errors[]' "$work/stdout" >"$work/$file.errors"
done
same "errors of an empty file" "is empty" "$(<"$work/nothing.errors")"
grep -q "^gzip: the compressed data is truncated" "$work/cut.gz.errors" ||
	fault "errors of a truncated file: $(<"$work/cut.gz.errors")"
finish "JSON has the error of an empty or a truncated file"

plan
