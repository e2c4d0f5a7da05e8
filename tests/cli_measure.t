#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot measure predicts what tests/uki/measure.py, and systemd-measure and systemd-pcrlock of systemd 257
# do, of images of bzboot and of any others; .pcrsig is that of systemd-measure, by keys of all kinds.
# shellcheck source=tests/sign.sh
. tests/sign.sh
# shellcheck source=tests/tpm.sh
. tests/tpm.sh
need jq python3 swtpm systemd-cryptenroll tpm2_createprimary
# shellcheck source=tests/systemd.sh
. tests/systemd.sh

make_kernel
mkdir -p "$out"
make_key rsa -newkey rsa:2048
make_key other -newkey rsa:2048
make_key short -newkey rsa:1024
make_key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
openssl pkey -in "$work/rsa.key" -pubout -out "$work/rsa.pub"
printf 'ID=test\nPRETTY_NAME="Test OS"\n' >"$work/osrel"
seq 5000 >"$work/initrd"
printf '070701 of microcode' >"$work/ucode"
printf 'quiet console=ttyS0\n' >"$work/cmdline"
printf 'ID=other\nTITLE=Other\n' >"$work/profile"
{
	printf BM
	bytes_le 4 100
	head -c 94 /dev/zero
} >"$work/splash"
linux=$work/linux.efi

# make_uki FILE SECTION=FILE[:VIRTUAL[:RAW]]...: a PE image with these sections, of these sizes
make_uki() {
	python3 tests/uki/sections_of.py "$@"
}

# measures ARGUMENT...: one run of measure, which succeeds without a message
measures() {
	run measure "$@"
	same "exit status of measure" 0 "$status"
	same "stderr of measure" "" "$(<"$work/stderr")"
}

# values: those that the last run printed, without comments
values() {
	grep -v '^#' "$work/stdout"
}

# as_predicted IMAGE [PROFILE [CMDLINE]]: one test: PCRs and RTMR 2 are those of tests/uki/measure.py
as_predicted() {
	local options=(--phase "")
	[ -z "${2-}" ] || options+=(--profile "$2")
	[ -z "${3-}" ] || options+=(--cmdline "$3")
	tests/uki/measure.py "$@" >"$work/expected" || fault "measure.py ended with $?"
	[ "$(wc -l <"$work/expected")" -ge 9 ] || fault "too few PCRs: $(<"$work/expected")"
	measures "$1" "${options[@]}"
	same "PCRs" "$(grep -v '^rtmr' "$work/expected")" "$(values)"
	measures "$1" --rtmr "${options[@]:2}"
	same "RTMR" "$(grep '^rtmr' "$work/expected")" "$(values)"
}

full=(--uki --os-release "@$work/osrel" --cmdline "quiet" --initrd "$work/initrd"
	--microcode "$work/ucode" --splash "$work/splash" --pcrpkey "$work/rsa.pub")
run pack "$work/kernel.elf" -o "$linux" --level 1 "${full[@]}"
same "exit status of pack" 0 "$status"
as_predicted "$linux"
finish "an image of bzboot"
as_predicted "$linux" 0 "other line"
finish "a command line of the boot loader is in PCRs 9 and 12"
signs "$linux" "$work/signed.efi" --key "$work/rsa.key" --cert "$work/rsa.pem"
as_predicted "$work/signed.efi"
finish "a signature changes no PCR"

ucode=.ucode=$work/ucode
parts=(.linux="$work/numbers" .osrel="$work/osrel" .cmdline="$work/cmdline" .initrd="$work/initrd")
foreign=$work/foreign.efi
make_uki "$foreign" "${parts[@]}" "$ucode" .uname="$work/osrel" .sbat="$work/osrel" \
	.pcrsig="$work/cmdline" .pcrpkey="$work/rsa.pub" .splash="$work/splash" .dtb="$work/ucode" \
	.other="$work/ucode"
as_predicted "$foreign"
finish "all sections, in another order"
# systemd-measure 257 takes --hwids for .dtbauto.
make_uki "$work/hwids.efi" "${parts[@]}" .hwids="$work/ucode"
as_predicted "$work/hwids.efi"
finish ".hwids"
make_uki "$work/few.efi" .linux="$work/numbers" .initrd="$work/initrd"
as_predicted "$work/few.efi"
finish "a lone initrd is not padded"
make_uki "$work/sizes.efi" "${parts[@]}" .uname="$work/osrel:5000" .sbat="$work/osrel:3" \
	.splash=":70000:0"
as_predicted "$work/sizes.efi"
finish "VirtualSize larger and smaller than the bytes in the file"
make_uki "$work/masked.efi" "${parts[@]}" .uname="$work/osrel:0"
as_predicted "$work/masked.efi"
finish "an empty section counts as none"

profiles=$work/profiles.efi
make_uki "$profiles" "${parts[@]}" .profile="$work/cmdline" .cmdline="$work/osrel" \
	.profile="$work/profile" .uname="$work/osrel" .initrd="$work/initrd:0" .linux="$work/initrd"
for profile in 0 1; do
	as_predicted "$profiles" $profile
	finish "profile $profile"
done

for version in 252 253 254 256 257; do
	printf '#### LoaderInfo: systemd-stub %s.1-2 ####' $version >"$work/magic"
	make_uki "$work/$version.efi" .sdmagic="$work/magic" "${parts[@]}" "$ucode" .uname="$work/osrel" \
		.sbat="$work/osrel" .hwids="$work/ucode" .pcrpkey="$work/rsa.pub" .profile="$work/profile"
	STUB=$version as_predicted "$work/$version.efi"
	finish "systemd-stub $version: what it measures"
done
run measure "$work/257.efi" --pcr 4 --direct --bank sha1
[[ $(<"$work/stderr") == *": warning: PCR 4 is not predicted: its stub, "* ]] ||
	fault "$(<"$work/stderr")"
same "PCR 4" "" "$(values)"
finish "systemd-stub 257 has the firmware load the kernel"
make_uki "$work/inside.efi" .profile="$work/cmdline" "${parts[@]}" .profile="$work/profile"
as_predicted "$work/inside.efi" 0
refused "a profile without .linux" 1 "$work/inside.efi: is not a unified kernel image" measure \
	"$work/inside.efi" --profile 1
printf '#### LoaderInfo: systemd-stub 261 ####' >"$work/magic"
make_uki "$work/261.efi" .sdmagic="$work/magic" "${parts[@]}"
run measure "$work/261.efi" --phase ""
[[ $(<"$work/stderr") == "bzboot: $work/261.efi: warning: PCR 9 is not predicted: "* ]] ||
	fault "$(<"$work/stderr")"
same "PCRs" "$(STUB=261 tests/uki/measure.py "$work/261.efi" | grep -v rtmr)" "$(values)"
finish "systemd-stub 261: PCR 9 depends on the machine"
make_uki "$work/dtb.efi" "${parts[@]}" .dtbauto="$work/ucode"
run measure "$work/dtb.efi" --phase ""
[[ $(<"$work/stderr") == *": warning: .dtbauto and .efifw are for some machines: "* ]] ||
	fault "$(<"$work/stderr")"
same "PCRs" "$(tests/uki/measure.py "$work/dtb.efi" | grep -v rtmr)" "$(values)"
finish ".dtbauto depends on the machine"

measures "$linux" --phase enter-initrd:leave-initrd --phase ":sysinit:"
PHASES=enter-initrd:leave-initrd tests/uki/measure.py "$linux" | grep '^11' >"$work/expected"
PHASES=sysinit tests/uki/measure.py "$linux" | grep '^11' >>"$work/expected"
same "PCR 11" "$(<"$work/expected")" "$(values | grep '^11')"
finish "phases"

measures "$linux" --pcr 4 --bank sha384
same "PCR 4" "# PCR 4, one of its events: sha384=$("$bzboot" hash --digest sha384 "$linux" | cut -d ' ' -f 1)" \
	"$(<"$work/stdout")"
measures "$linux" --pcr 4 --bank sha256 --direct
same "PCR 4" "4:sha256=$(python3 - "$("$bzboot" hash "$linux")" <<-'END'
	import hashlib, sys
	pcr = bytes(32)
	for event in [hashlib.sha256(b"Calling EFI Application from Boot Option").digest(),
	              hashlib.sha256(bytes(4)).digest(), bytes.fromhex(sys.argv[1].split()[0])]:
	    pcr = hashlib.sha256(pcr + event).digest()
	print(pcr.hex())
END
)" "$(<"$work/stdout")"
finish "PCR 4: an event, and with --direct the value"

run pack "$work/kernel.elf" -o "$work/plain.efi" --level 1
measures "$work/plain.efi" --bank sha256
same "a plain image" "# PCR 4, one of its events: sha256=$("$bzboot" hash "$work/plain.efi" |
	cut -d ' ' -f 1)" "$(<"$work/stdout")"
measures "$work/plain.efi" --bank sha256 --cmdline "$(printf ' \303\244\tb ')"
same "a plain image with a command line" "9:sha256=$(python3 -c 'import hashlib
print(hashlib.sha256(bytes(32) + hashlib.sha256("ä b\0".encode("utf-16-le")).digest()).hexdigest())')" \
	"$(values)"
finish "a plain image: PCR 4, and 9 with a command line"

measures "$linux" --json
same "JSON" "$(tests/uki/measure.py "$linux" | grep '^9:')" "$(jq -r 'to_entries[] |
	"9:\(.key)=\(.value[] | select(.pcr == 9).hash)"' "$work/stdout")"
same "phases" "enter-initrd enter-initrd:leave-initrd enter-initrd:leave-initrd:sysinit \
enter-initrd:leave-initrd:sysinit:ready" "$(jq -r '[.sha1[].phase // empty] | join(" ")' "$work/stdout")"
measures "$linux" --json --rtmr
same "RTMR" "$(tests/uki/measure.py "$linux" | sed -n 's/rtmr2:sha384=//p')" \
	"$(jq -r '.sha384[] | select(.rtmr == 2).hash' "$work/stdout")"
measures "$linux" --json -o "$work/json"
[ ! -s "$work/stdout" ] || fault "-o prints to standard output"
jq -e .sha512 "$work/json" >/dev/null || fault "-o: $(<"$work/json")"
finish "JSON, into a file"

# --- systemd's own tools ---------------------------------------------------------------

# sections_of IMAGE: sections, the options of systemd-measure, and the files
sections_of() {
	local name
	sections=()
	while read -r name; do
		run extract "$1" --section "$name" -o "$work/section$name"
		same "exit status of extract" "0 " "$status $(<"$work/stderr")"
		sections+=("--${name#.}=$work/section$name")
	done < <("$bzboot" info --json "$1" | jq -r '.pe.sections[].name' |
		grep -Ex '\.(linux|osrel|cmdline|initrd|ucode|splash|dtb|uname|sbat|pcrpkey)')
}

for file in "$linux" "$foreign"; do
	sections_of "$file"
	[ ${#sections[@]} -ge 9 ] || fault "sections: ${sections[*]}"
	systemd257 systemd-measure calculate "${sections[@]}" >"$work/expected" 2>"$work/log" ||
		fault "systemd-measure: $(<"$work/log")"
	measures "$file" --pcr 11
	same "PCR 11" "$(<"$work/expected")" "$(values)"
	systemd257 systemd-measure calculate --json=short "${sections[@]}" >"$work/expected"
	measures "$file" --pcr 11 --json
	same "JSON" "$(jq -S . "$work/expected")" "$(jq -S . "$work/stdout")"

	systemd257 systemd-measure sign --bank=sha256 --private-key="$work/rsa.key" "${sections[@]}" \
		>"$work/expected" 2>"$work/log" || fault "systemd-measure: $(<"$work/log")"
	measures "$file" --sign --bank sha256 --key "$work/rsa.key"
	cmp -s "$work/expected" "$work/stdout" || fault "signatures: $(<"$work/stdout")"
	# It signs other banks with other digests, which TPM2_VerifySignature() of systemd does not.
	systemd257 systemd-measure sign --private-key="$work/rsa.key" "${sections[@]}" |
		jq 'del(.[][].sig)' >"$work/expected"
	measures "$file" --policy-digest --public-key "$work/rsa.pub"
	same "policies" "$(<"$work/expected")" "$(jq . "$work/stdout")"
	finish "${file##*/}: systemd-measure 257 agrees"
done

for file in "$linux" "$foreign" "$work/few.efi" "$work/sizes.efi" "$work/hwids.efi" "$work/257.efi"; do
	systemd257 systemd-pcrlock lock-uki "$file" >"$work/expected" 2>"$work/log" ||
		fault "systemd-pcrlock: $(<"$work/log")"
	measures "$file" --pcrlock --pcr 4 --pcr 11
	cmp -s "$work/expected" "$work/stdout" || fault "records of $file: $(<"$work/stdout")"
done
finish "systemd-pcrlock 257 agrees"

# --- signing -----------------------------------------------------------------------------

# sign_with OPTION...: one run, and its JSON is as with the key in a file
measures "$linux" --sign --key "$work/rsa.key"
cp "$work/stdout" "$work/signed.json"
sign_with() {
	measures "$linux" --sign "$@"
	cmp -s "$work/signed.json" "$work/stdout" || fault "with $*: $(<"$work/stdout")"
}
sign_with --key "$work/rsa.key" --cert "$work/rsa.pem"
sign_with --key "$work/rsa.key" --public-key "$work/rsa.pub"
openssl pkcs8 -topk8 -in "$work/rsa.key" -passout pass:secret -out "$work/locked.key"
PIN=secret sign_with --key "$work/locked.key" --pin-env PIN
openssl pkcs12 -export -in "$work/rsa.pem" -inkey "$work/rsa.key" -passout pass:secret \
	-out "$work/rsa.p12"
echo secret >"$work/pin"
sign_with --key "$work/rsa.p12" --cert "$work/rsa.p12" --pin-file "$work/pin"
finish "keys in files of all kinds"

run measure "$linux" --sign --key "$work/other.key" --bank sha1
same "stderr" "0 bzboot: $linux: warning: section .pcrpkey is not the public key of these policies" \
	"$status $(<"$work/stderr")"
measures "$work/sizes.efi" --sign --key "$work/other.key" --bank sha1
finish "a warning if .pcrpkey is another key"

measures "$linux" --policy-digest
cp "$work/stdout" "$work/policies.json"
same "signatures" 0 "$(jq '[.[][] | select(.sig)] | length' "$work/policies.json")"
# signed_elsewhere KEY: the JSON with the signatures of openssl
signed_elsewhere() {
	python3 - "$work/policies.json" "$1" <<-'END'
		import base64, json, subprocess, sys
		policies = json.load(open(sys.argv[1]))
		for entries in policies.values():
		    for entry in entries:
		        command = ["openssl", "dgst", "-sha256", "-sign", sys.argv[2]]
		        done = subprocess.run(command, input=bytes.fromhex(entry["pol"]),
		                              capture_output=True, check=True)
		        entry["sig"] = base64.b64encode(done.stdout).decode()
		print(json.dumps(policies))
	END
}
signed_elsewhere "$work/rsa.key" >"$work/elsewhere.json"
measures "$linux" --join "$work/elsewhere.json"
cmp -s "$work/signed.json" "$work/stdout" || fault "joined: $(<"$work/stdout")"
jq -c '{sha256}' "$work/elsewhere.json" >"$work/one.json"
jq -c 'del(.sha256)' "$work/elsewhere.json" >"$work/rest.json"
measures "$linux" --join "$work/one.json" --join "$work/rest.json"
cmp -s "$work/signed.json" "$work/stdout" || fault "joined of two files: $(<"$work/stdout")"
finish "signatures that were made elsewhere"

ref=$(printf initrd | sha256sum | cut -d ' ' -f 1)
measures "$linux" --sign --key "$work/rsa.key" --bank sha256 --phase enter-initrd --policyref initrd
same "ref" initrd "$(jq -r .sha256[0].ref "$work/stdout")"
jq -r .sha256[0].sig "$work/stdout" | base64 -d >"$work/sig"
printf %b "$(printf %s "$(jq -r .sha256[0].pol "$work/stdout")$ref" | sed 's/../\\x&/g')" >"$work/bytes"
openssl dgst -sha256 -verify "$work/rsa.pub" -signature "$work/sig" "$work/bytes" >/dev/null 2>&1 ||
	fault "the signature is not of policy and reference"
cp "$work/stdout" "$work/ref.json"
measures "$linux" --sign --key "$work/rsa.key" --bank sha256 --append "$work/ref.json"
same "entries" "initrd  -" "$(jq -r '"\(.sha256[0].ref) \(.sha256[1].ref // "") -"' "$work/stdout")"
same "number of entries" 5 "$(jq '.sha256 | length' "$work/stdout")"
measures "$linux" --sign --key "$work/rsa.key" --append "$work/signed.json"
cmp -s "$work/signed.json" "$work/stdout" || fault "the same entries twice: $(<"$work/stdout")"
finish "a reference, and more entries"

# --- a TPM ---------------------------------------------------------------------------------

start_tpm_server "$work/state"
trap 'stop_tpm; rm -rf "$work"' EXIT

# tpm COMMAND...: a command of tpm2-tools, quietly
tpm() {
	timeout 60 "$@" >"$work/tpm.out" 2>"$work/tpm.err"
}

# A secret that is sealed to a key: to any policy for PCR 11 that it has signed.
tpm tpm2_loadexternal -C o -G rsa -u "$work/rsa.pub" -c "$work/key.ctx" -n "$work/key.name" ||
	fail "tpm2_loadexternal: $(<"$work/tpm.err")"
tpm tpm2_startauthsession -S "$work/trial"
tpm tpm2_policyauthorize -S "$work/trial" -L "$work/policy" -n "$work/key.name" ||
	fail "tpm2_policyauthorize: $(<"$work/tpm.err")"
tpm tpm2_flushcontext "$work/trial"
tpm tpm2_createprimary -C o -c "$work/primary"
tpm tpm2_flushcontext -t
echo -n "the secret" >"$work/secret"
tpm tpm2_create -C "$work/primary" -L "$work/policy" -i "$work/secret" -u "$work/sealed.pub" \
	-r "$work/sealed.priv" || fail "tpm2_create: $(<"$work/tpm.err")"
tpm tpm2_flushcontext -t

# unseals JSON BANK INDEX: gives the secret by a signature of the list, for PCR 11 as it is
unseals() {
	jq -r ".$2[$3].pol" "$1" | sed 's/../\\x&/g' >"$work/hex"
	printf %b "$(<"$work/hex")" >"$work/pol"
	jq -r ".$2[$3].sig" "$1" | base64 -d >"$work/sig"
	tpm tpm2_flushcontext -t
	tpm tpm2_flushcontext -s
	tpm tpm2_load -C "$work/primary" -u "$work/sealed.pub" -r "$work/sealed.priv" \
		-c "$work/sealed.ctx" &&
		tpm tpm2_flushcontext -t &&
		tpm tpm2_loadexternal -C o -G rsa -u "$work/rsa.pub" -c "$work/key.ctx" &&
		tpm tpm2_verifysignature -c "$work/key.ctx" -g sha256 -m "$work/pol" -s "$work/sig" \
			-t "$work/ticket" -f rsassa &&
		tpm tpm2_flushcontext -t &&
		tpm tpm2_startauthsession --policy-session -S "$work/session" &&
		tpm tpm2_policypcr -S "$work/session" -l "$2:11" &&
		tpm tpm2_policyauthorize -S "$work/session" -i "$work/pol" -n "$work/key.name" \
			-t "$work/ticket" &&
		tpm tpm2_unseal -p "session:$work/session" -c "$work/sealed.ctx" &&
		cmp -s "$work/tpm.out" "$work/secret"
}

# extends BANK EVENT...: PCR 11
extends() {
	local event
	for event in "${@:2}"; do
		tpm tpm2_pcrextend "11:$1=$event" || fault "tpm2_pcrextend: $(<"$work/tpm.err")"
	done
}

# events_of IMAGE BANK: those of PCR 11
events_of() {
	"$bzboot" measure "$1" --pcrlock --bank "$2" --pcr 11 | jq -r '.records[].digests[].digest'
}

for bank in sha256 sha1 sha384; do
	# shellcheck disable=SC2046 # words
	extends $bank $(events_of "$linux" $bank) "$(printf enter-initrd | "${bank}sum" | cut -d ' ' -f 1)"
	tpm tpm2_pcrread "$bank:11"
	measures "$linux" --pcr 11 --bank $bank --phase enter-initrd
	same "PCR 11 of the TPM" "$(values | sed 's/.*=//')" \
		"$(sed -n 's/^ *11: *0x//p' "$work/tpm.out" | tr A-F a-f)"
	unseals "$work/signed.json" $bank 0 || fault "not unsealed: $(<"$work/tpm.err")"
	! unseals "$work/signed.json" $bank 1 || fault "unsealed by the policy of another phase"
	finish "a TPM gives a secret, bank $bank"
done

# A volume is enrolled only if the TPM gives its secret, by the signature, for PCR 11 as it is.
cryptsetup=$(find "$(tools/unpacked.sh cryptsetup-bin)" -path '*sbin/cryptsetup' -type f)
truncate -s 20M "$work/volume"
printf secret | "$cryptsetup" luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
	"$work/volume" - || fault "cryptsetup ended with $?"
enrolls() {
	cp "$work/volume" "$work/enrolled"
	tpm tpm2_flushcontext -t
	tpm tpm2_flushcontext -s
	PASSWORD=secret tpm systemd-cryptenroll --tpm2-device="$TPM2TOOLS_TCTI" --tpm2-pcrs= \
		--tpm2-public-key="$work/rsa.pub" --tpm2-public-key-pcrs=11 \
		--tpm2-signature="$work/signed.json" "$work/enrolled"
}
enrolls || fault "systemd-cryptenroll: $(<"$work/tpm.err")"
finish "systemd-cryptenroll takes the signatures"

tpm tpm2_pcrextend "11:sha256=$(printf x | sha256sum | cut -d ' ' -f 1)"
! unseals "$work/signed.json" sha256 0 || fault "unsealed"
! enrolls || fault "enrolled"
finish "a TPM gives no secret after another event"

cp "$linux" "$work/changed.efi"
offset=$("$bzboot" info --json "$linux" | jq '.pe.sections[] | select(.name == ".initrd").raw_offset')
printf X | dd of="$work/changed.efi" bs=1 seek="$offset" conv=notrunc status=none
measures "$work/changed.efi" --sign --key "$work/rsa.key" --bank sha256
same "policies in common" 0 "$(jq -s '.[0].sha256 as $old | [.[1].sha256[].pol |
	select(IN($old[].pol))] | length' "$work/signed.json" "$work/stdout")"
finish "a byte of a section changes all policies"

quietly() {
	timeout 60 "$@" >"$work/log" 2>&1 || fail "$1: $(<"$work/log")"
}
quietly tpm2_flushcontext -t
quietly tpm2_create -Q -C "$work/primary" -G rsa2048 -u "$work/public" -r "$work/private" -p secret
quietly tpm2_flushcontext -t
quietly tpm2_load -Q -C "$work/primary" -u "$work/public" -r "$work/private" -c "$work/loaded"
quietly tpm2_flushcontext -t
quietly tpm2_evictcontrol -C o -c "$work/loaded" 0x81000003
quietly tpm2_flushcontext -t
PIN=secret measures "$work/few.efi" --sign --bank sha256 --key 'handle:0x81000003?pass' --provider tpm2 \
	--pin-env PIN
cp "$work/stdout" "$work/token.json"
quietly openssl pkey -provider tpm2 -provider default -in 'handle:0x81000003?pass' -passin pass:secret \
	-pubout -out "$work/token.pub"
run measure "$work/few.efi" --bank sha256 --join "$work/token.json" --public-key "$work/token.pub"
same "exit status" "0 " "$status $(<"$work/stderr")"
cmp -s "$work/token.json" "$work/stdout" || fault "not verified"
finish "a key in a TPM signs"

# --- refused ---------------------------------------------------------------------------------

plain=$work/plain.efi
no_uki="is not a unified kernel image: it has no section .linux"
refused "no .linux: signing" 1 "$plain: $no_uki" measure "$plain" --sign --key "$work/rsa.key"
refused "no .linux: PCR 11" 1 "$plain: $no_uki" measure "$plain" --pcr 11
refused "no .linux: a profile" 1 "$plain: $no_uki" measure "$plain" --profile 0
refused "no .linux: RTMR" 1 "$plain: $no_uki" measure "$plain" --rtmr
refused "not a PE image" 1 "$work/initrd: " measure "$work/initrd"
refused "no such profile" 1 "$profiles: has no profile 2" measure "$profiles" --profile 2
refused "a profile of an image without" 1 "$linux: has no profile 1" measure "$linux" --profile 1
make_uki "$work/long.efi" "${parts[@]}" .uname="$work/osrel:5000"
size=$(($(get "$work/long.efi" 0x90 4) - 0x1000))
put "$work/long.efi" 0x90 4 $size
refused "a section after SizeOfImage" 1 "$work/long.efi: section .uname ends after SizeOfImage" \
	measure "$work/long.efi"
refused "a command line that is not UTF-8" 1 "$linux: the command line is not UTF-8" measure "$linux" \
	--cmdline "$(printf 'a\377')"
refused "a bank" 2 "measure: --bank 'md5' is not " measure "$linux" --bank md5
for pcr in 7 24 99 x; do
	refused "PCR $pcr" 2 "measure: --pcr '$pcr' is not 4, 9, 11 or 12" measure "$linux" --pcr $pcr
done
refused "a number of a profile" 2 "measure: --profile '256' is not " measure "$linux" --profile 256
refused "--sign without --key" 2 "measure: missing option: --key" measure "$linux" --sign
refused "--key without --sign" 2 "measure: --key needs --sign" measure "$linux" --key x
refused "--append without a form that signs" 2 "measure: --append, " measure "$linux" --append x
refused "a key that is not RSA" 1 "$work/ec.key: is a key of type EC: only RSA " measure "$linux" --sign \
	--key "$work/ec.key"
refused "a short key" 1 "$work/short.key: is an RSA key of 1024 bits" measure "$linux" --sign \
	--key "$work/short.key"
refused "the certificate of another key" 1 "$work/other.pem: does not verify the signatures of" measure \
	"$linux" --sign --key "$work/rsa.key" --cert "$work/other.pem"
refused "a private key as public key" 1 "$work/osrel: does not contain a public key" measure "$linux" \
	--policy-digest --public-key "$work/osrel"
refused "no public key" 1 "$work/few.efi: has no section .pcrpkey" measure "$work/few.efi" --policy-digest
make_uki "$work/pcrpkey.efi" "${parts[@]}" .pcrpkey="$work/osrel"
refused ".pcrpkey that is not a key" 1 "$work/pcrpkey.efi: section .pcrpkey is not a public key" measure \
	"$work/pcrpkey.efi" --policy-digest
refused "a signature of another image" 1 "$work/signed.json: signs a policy that is not of this image" \
	measure "$work/changed.efi" --join "$work/signed.json"
signed_elsewhere "$work/other.key" >"$work/wrong.json"
refused "a signature of another key" 1 "$work/wrong.json: has a signature that is not by the key: sha1" \
	measure "$linux" --join "$work/wrong.json"
refused "a signature is missing" 1 "$linux: no signature is joined for sha1" measure "$linux" --join \
	"$work/one.json"
for row in 'x|not JSON: line 1' '[]|not a list of signatures' '{"md5":[]}|'"'md5' is not a list" \
	'{"sha1":[{"sig":"x"}]}|entry 1 of sha1 has no "pol"'; do
	echo "${row%%|*}" >"$work/bad.json"
	refused "a list: ${row%%|*}" 1 "$work/bad.json: ${row#*|}" measure "$linux" --join "$work/bad.json"
done
jq -c '.sha1[0].sig = "!"' "$work/elsewhere.json" >"$work/bad.json"
refused "a signature that is not base64" 1 "$work/bad.json: has a signature that is not by the key" \
	measure "$linux" --join "$work/bad.json"

plan
