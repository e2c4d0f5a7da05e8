#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Input that bzboot hash, sign, verify and unsign refuse: one line on stderr, nothing written.
# Signatures made elsewhere; command lines; keys; images and certificate tables, named for their
# defects.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need jq setsid objcopy ld

make_key rsa -newkey rsa:2048
make_key other -newkey rsa:2048
make_key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
make_key ed25519 -newkey ed25519
make_key short -newkey rsa:1024
make_image
ours=$work/ours.efi
signed=$work/signed.efi
key=(--key "$work/rsa.key" --cert "$work/rsa.pem")
size=$(size_of "$ours")
signs "$ours" "$signed" "${key[@]}"
bad=$work/bad.efi

# Signatures made elsewhere

export SOURCE_DATE_EPOCH=1700000000
signs "$ours" "$work/direct.efi" "${key[@]}"
run sign "$ours" --cert "$work/rsa.pem" --prepare "$work/attributes"
expect_silence
unset SOURCE_DATE_EPOCH
openssl dgst -sha256 -sign "$work/rsa.key" -out "$work/signature" "$work/attributes"
sleep 1
signs "$ours" "$work/attached.efi" --cert "$work/rsa.pem" --prepared "$work/attributes" \
	--attach "$work/signature"
identical "$work/direct.efi" "$work/attached.efi"
finish "a signature made elsewhere gives the same bytes"

run sign "$ours" --cert "$work/ec.pem" --prepare "$work/ec.attributes" --no-signing-time
openssl pkeyutl -sign -rawin -digest sha256 -inkey "$work/ec.key" -in "$work/ec.attributes" \
	-out "$work/ec.signature"
saying="bzboot: $work/ec.pem: $ecdsa" signs "$ours" "$work/attached.efi" \
	--cert "$work/ec.pem" --prepared "$work/ec.attributes" --attach "$work/ec.signature"
verifies "$work/attached.efi" --cert "$work/ec.pem"
same "time" none "$(listed time)"
finish "the same with ECDSA, without a time"

run sign "$ours" --cert "$work/rsa.pem" --prepare "$work/sha512.attributes" --digest sha512
openssl dgst -sha512 -sign "$work/rsa.key" -out "$work/sha512.signature" \
	"$work/sha512.attributes"
saying="bzboot: $work/attached.efi: $added 2 signatures" \
	signs "$signed" "$work/attached.efi" --cert "$work/rsa.pem" --digest sha512 \
	--prepared "$work/sha512.attributes" --attach "$work/sha512.signature"
verifies "$work/attached.efi" --cert "$work/rsa.pem"
same "digests" "sha256 sha512" "$(listed digest | cut -d ' ' -f 1 | xargs)"
finish "the same with SHA-512, as the second signature"

# wrong NAME IMAGE CERT ATTRIBUTES SIGNATURE OPTION...: one test: they do not match
wrong() {
	refused "$1" 1 "$2: cannot sign: " sign "$2" -o "$image" --cert "$3" --prepared "$4" \
		--attach "$5" "${@:6}"
}

run pack "$work/kernel.elf" -o "$work/another.efi" --level 1 --cmdline another
openssl dgst -sha256 -sign "$work/other.key" -out "$work/other.signature" "$work/attributes"
openssl dgst -sha384 -sign "$work/rsa.key" -out "$work/sha384.signature" "$work/attributes"
head -c 255 "$work/signature" >"$work/cut.signature"
openssl rand 256 >"$work/random"
head -c 60 "$work/attributes" >"$work/cut.attributes"
{
	cat "$work/attributes"
	printf '\0'
} >"$work/long.attributes"
rsa=$work/rsa.pem
wrong "attached: another image" "$work/another.efi" "$rsa" "$work/attributes" "$work/signature"
wrong "attached: another digest" "$ours" "$rsa" "$work/attributes" "$work/signature" \
	--digest sha384
wrong "attached: another certificate" "$ours" "$work/other.pem" "$work/attributes" \
	"$work/signature"
wrong "attached: a certificate with another type of key" "$ours" "$work/ec.pem" "$work/attributes" \
	"$work/signature"
wrong "attached: a signature by another key" "$ours" "$rsa" "$work/attributes" \
	"$work/other.signature"
wrong "attached: a signature with another digest" "$ours" "$rsa" "$work/attributes" \
	"$work/sha384.signature"
wrong "attached: a signature over other attributes" "$ours" "$rsa" "$work/attributes" \
	"$work/sha512.signature"
wrong "attached: a truncated signature" "$ours" "$rsa" "$work/attributes" "$work/cut.signature"
wrong "attached: random bytes" "$ours" "$rsa" "$work/attributes" "$work/random"
wrong "attached: truncated attributes" "$ours" "$rsa" "$work/cut.attributes" "$work/signature"
wrong "attached: attributes with an extra byte" "$ours" "$rsa" "$work/long.attributes" \
	"$work/signature"
wrong "attached: invalid attributes" "$ours" "$rsa" "$work/random" "$work/signature"

# Command lines

# refused_usage NAME COMMAND ARGUMENT...
refused_usage() {
	refused "usage: $1" 2 "$2: " "${@:2}"
}

refused_usage "sign without a key" sign "$ours" -o "$image" --cert "$rsa"
refused_usage "sign without a certificate" sign "$ours" -o "$image" --key "$work/rsa.key"
refused_usage "sign with two keys" sign "$ours" -o "$image" "${key[@]}" --key "$work/rsa.key"
refused_usage "sign with two images" sign "$ours" "$signed" -o "$image" "${key[@]}"
refused_usage "a key and --prepare" sign "$ours" "${key[@]}" --prepare "$image"
refused_usage "--prepare and --output" sign "$ours" -o "$image" --cert "$rsa" --prepare "$image"
refused_usage "--attach without --prepared" sign "$ours" -o "$image" --cert "$rsa" \
	--attach "$work/signature"
refused_usage "--attach with a time" sign "$ours" -o "$image" --cert "$rsa" \
	--prepared "$work/attributes" --attach "$work/signature" --signing-time 1
refused_usage "--signing-time and --no-signing-time" sign "$ours" -o "$image" "${key[@]}" --signing-time 1 \
	--no-signing-time
refused_usage "a PIN from two places" sign "$ours" -o "$image" "${key[@]}" --pin-file x --pin-env y
refused_usage "a digest that is not accepted" sign "$ours" -o "$image" "${key[@]}" --digest sha1
refused_usage "an unknown digest" hash "$ours" --digest sha257
refused_usage "hash of two images" hash "$ours" "$signed"
refused_usage "unsign of two images" unsign "$signed" "$signed" -o "$image"
refused_usage "verify of two images" verify "$signed" "$signed"
for time in "" -1 +1 1x " 1" 0x10 253402300800 99999999999999999999 now; do
	refused_usage "the time '$time'" sign "$ours" -o "$image" "${key[@]}" --signing-time "$time"
	SOURCE_DATE_EPOCH=$time refused "SOURCE_DATE_EPOCH '$time'" 1 "SOURCE_DATE_EPOCH: " \
		sign "$ours" -o "$image" "${key[@]}"
done

# Keys and certificates

# refused_key NAME SUBJECT KEY CERT OPTION...
refused_key() {
	refused "key: $1" 1 "$2" sign "$ours" -o "$image" --key "$3" --cert "$4" "${@:5}"
}

openssl rsa -in "$work/rsa.key" -aes256 -passout pass:secret -out "$work/locked.key" 2>/dev/null
openssl pkcs12 -export -inkey "$work/rsa.key" -in "$rsa" -passout pass:secret \
	-out "$work/rsa.p12"
echo wrong >"$work/wrong.pin"
: >"$work/empty"
printf '%2000s\n' x >"$work/long.pin"
export PIN_OF_TEST=wrong
refused_key "a key that is missing" "$work/missing" "$work/missing" "$rsa"
refused_key "a certificate that is missing" "$work/missing" "$work/rsa.key" "$work/missing"
refused_key "a certificate in place of the key" "$rsa" "$rsa" "$rsa"
refused_key "a key in place of the certificate" "$work/rsa.key" "$work/rsa.key" "$work/rsa.key"
refused_key "an image in place of the key" "$ours" "$ours" "$rsa"
refused_key "an image in place of the certificate" "$ours" "$work/rsa.key" "$ours"
refused_key "an empty file" "$work/empty" "$work/empty" "$rsa"
cat "$rsa" "$work/ec.pem" >"$work/bundle.pem"
refused_key "the key of another certificate" "$work/other.key: is not the key of $rsa" "$work/other.key" \
	"$rsa"
refused_key "a key of another type than its certificate" "$work/ec.key: is not the key of $rsa" \
	"$work/ec.key" "$rsa"
refused_key "a key without its certificate in a bundle" \
	"$work/other.key: is not the key of a certificate in $work/bundle.pem" "$work/other.key" \
	"$work/bundle.pem"
refused_key "RSA of 1024 bits" "$work/short.pem" "$work/short.key" "$work/short.pem"
refused_key "Ed25519, which PKCS #7 does not support" \
	"$work/ed25519.pem: has a key of type ED25519: only RSA and ECDSA sign images" \
	"$work/ed25519.key" "$work/ed25519.pem"
refused_key "a wrong passphrase" "$work/locked.key" "$work/locked.key" "$rsa" \
	--pin-file "$work/wrong.pin"
refused_key "a wrong passphrase of PKCS #12" "$work/rsa.p12" "$work/rsa.p12" "$work/rsa.p12" \
	--pin-env PIN_OF_TEST
refused_key "a file for the PIN that is missing" "$work/missing" "$work/locked.key" "$rsa" \
	--pin-file "$work/missing"
refused_key "a PIN that is too long" "$work/long.pin" "$work/locked.key" "$rsa" \
	--pin-file "$work/long.pin"
refused_key "a variable for the PIN that is missing" "NO_SUCH_VARIABLE" "$work/locked.key" "$rsa" \
	--pin-env NO_SUCH_VARIABLE
runner=(setsid --wait)
refused_key "a passphrase, and no terminal to ask on" "$work/locked.key: needs a PIN" \
	"$work/locked.key" "$rsa"
runner=()
openssl req -new -key "$work/rsa.key" -subj /CN=test -out "$work/rsa.csr"
refused_key "a certificate request in place of the certificate" "$work/rsa.csr: does not contain a certificate" \
	"$work/rsa.key" "$work/rsa.csr"
refused_key "a URI of a token, without a provider" \
	"pkcs11:object=x: cannot open: pkcs11: URIs need a provider (--provider pkcs11)" \
	"pkcs11:object=x" "$rsa"
refused_key "a URI that no provider supports" \
	"x:object=x: cannot open: x: URIs need a provider (--provider NAME)" "x:object=x" "$rsa"
refused_key "a file: URI of a file that is missing" \
	"file:$work/missing: cannot open: No such file" "file:$work/missing" "$rsa"
refused_key "a provider that is missing" "nonsense: cannot load the provider" "$work/rsa.key" \
	"$rsa" --provider nonsense
refused_key "a provider that is not in the folder" "legacy: cannot load the provider" \
	"$work/rsa.key" "$rsa" --provider legacy --provider-path "$work"
refused_key "a chain that is missing" "$work/missing" "$work/rsa.key" "$rsa" \
	--chain "$work/missing"
refused "verify with a certificate that is missing" 1 "$work/missing: " verify "$signed" \
	--cert "$work/missing"

for ((i = 0; i < 90; i++)); do
	openssl req -x509 -key "$work/rsa.key" -subj "/CN=$i" 2>/dev/null
done >"$work/many.pem"
refused_key "a signature larger than the reserved space" "$ours: has no room for the signature" \
	"$work/rsa.key" "$rsa" --chain "$work/many.pem"

# Images, each of which has one defect. The PE header is at 0x40, the optional header at 0x58, the
# directory of certificates at 0xe8, the section table at 0xf8.

# each_refused NAME [SUBJECT]: one test for each command: $bad is refused
each_refused() {
	refused "$1: hash" 1 "$bad: ${2-}" hash "$bad"
	refused "$1: sign" 1 "$bad: ${2-}" sign "$bad" -o "$image" "${key[@]}"
	refused "$1: prepare" 1 "$bad: ${2-}" sign "$bad" --cert "$rsa" --prepare "$image"
	refused "$1: verify" 1 "$bad: ${2-}" verify "$bad" --cert "$rsa"
	refused "$1: unsign" 1 "$bad: ${2-}" unsign "$bad" -o "$image"
}

# spoiled FILE OFFSET WIDTH VALUE...: $bad
spoiled() {
	cp "$1" "$bad"
	shift
	while [ $# -gt 0 ]; do
		put "$bad" "$1" "$2" "$3"
		shift 3
	done
}

cp "$work/kernel.elf" "$bad"
each_refused image_is_elf "is an x86-64 ELF file, not a PE image"
head -c 48 "$ours" >"$bad"
each_refused image_cut_in_dos_header "is a truncated EFI zboot image"
head -c $((0x1800)) "$ours" >"$bad"
each_refused image_cut_in_section "is a truncated bzImage"
spoiled "$ours" 0xc4 4 0x20000006
each_refused directories_wrap "is a broken bzImage (PE image: a header field has an invalid value)"
spoiled "$ours" 0x94 4 0x10
each_refused headers_size_small "SizeOfHeaders is 0x10, but the section table ends at 0x198"
spoiled "$ours" 0x94 4 0x7ffffff0
each_refused headers_past_end "SizeOfHeaders is 0x7ffffff0, but the file ends at $(hex "$size")"
spoiled "$ours" 0x94 4 0x2000
each_refused headers_overlap_section \
	"section .setup at 0x1000 overlaps the headers, which end at 0x2000"
spoiled "$ours" "0xf8 + 0x28 + 0x14" 4 0x1000
each_refused sections_overlap "sections .setup at 0x1000 and .text at 0x1000 overlap in the file"

table=$(hex "$size")
end=$(($(size_of "$signed")))
inside=$(hex "$size - 4096")
spoiled "$signed" 0xe8 4 0x100 0x104 4 0x20200
each_refused table_in_headers "the certificate table at 0x100 overlaps the headers, which end at 0x1000"
spoiled "$signed" 0xe8 4 "$inside" "$inside + 4" 4 0x20200
each_refused table_in_section \
	"the certificate table at $inside overlaps section .payload, which ends at $table"
spoiled "$signed" 0xec 4 "$end - $size + 12"
each_refused table_is_cut "the certificate table at $table is truncated: 12 bytes are missing"
spoiled "$signed" 0xe8 4 "$size + 4" 0xec 4 "$end - $size - 4" "$size + 8" 4 0x20200
each_refused table_is_not_aligned \
	"the certificate table at $(hex "$size + 4") is not at a multiple of 8"
cp "$signed" "$bad"
printf '1234567890123456' >>"$bad"
each_refused table_is_followed \
	"16 bytes follow the certificate table, at $(hex "$end"): cut them off (truncate -s $end)"
truncate -s "$end" "$bad"
cmp -s "$signed" "$bad" || fault "it is not the signed image"
finish "table_is_followed: the remedy in the message works"

cp "$signed" "$bad"
append_module_signature "$bad" 300
each_refused table_is_followed_by_a_module_signature \
	"an appended module signature of 340 bytes follows the certificate table, at $(hex "$end"): cut \
it off (truncate -s $end)"

# Odd images, which are accepted with a warning

# warns NAME WARNING UNSIGNED: $bad is an image with this warning; unsign makes UNSIGNED, unless
# that is empty
warns() {
	local warning="bzboot: $bad: warning: $2" digest
	run hash "$bad"
	digest=$(cut -d ' ' -f 1 "$work/stdout")
	same "stderr of hash" "$warning" "$(<"$work/stderr")"
	run verify "$bad" --cert "$rsa"
	same "stderr of verify" "$warning
bzboot: $bad: is not signed" "$(<"$work/stderr")"
	run sign "$bad" -o "$work/odd.efi" "${key[@]}"
	same "exit status of sign" 0 "$status"
	same "stderr of sign" "$warning" "$(<"$work/stderr")"
	run verify "$work/odd.efi" --cert "$rsa"
	same "exit status of verify" 0 "$status"
	same "digest" "sha256 $digest" "$(listed digest)"
	if [ -n "$3" ]; then
		run unsign "$bad"
		expect_silence
		identical "$3" "$bad"
	fi
	finish "$1"
}

# warns_of_stale NAME OFFSET: the certificate directory points to nothing
warns_of_stale() {
	warns "$1" "its PE header points to certificates at $(hex "$2"), but there are none (objcopy \
leaves such a header): it is treated as not signed" "$ours"
}

spoiled "$ours" 0xe8 4 "$size" 0xec 4 1384
warns_of_stale directory_at_end "$size"
spoiled "$ours" 0xe8 4 "$size + 8" 0xec 4 1384
warns_of_stale directory_past_end "$size + 8"
spoiled "$ours" 0xe8 4 "$size - 4096" 0xec 4 1384
warns_of_stale directory_in_section "$size - 4096"
spoiled "$ours" 0xe8 4 "$size - 4096" 0xec 4 0x7fffffff
warns_of_stale directory_in_section_and_past_end "$size - 4096"
spoiled "$ours" 0xe8 4 0xfffffff8 0xec 4 0x10
warns_of_stale directory_wraps 0xfffffff8

# The output of objcopy
printf '.globl start\nstart: ret\n' | gcc -c -x assembler - -o "$work/app.o"
objcopy -O pe-x86-64 "$work/app.o" "$work/app.obj"
ld -m i386pep --image-base 0 --subsystem 10 -e start "$work/app.obj" -o "$work/app.efi"
signs "$work/app.efi" "$work/app.signed" "${key[@]}"
objcopy --add-section .osrel=/etc/os-release --change-section-vma .osrel=0x100000 \
	"$work/app.signed" "$bad"
run hash "$bad"
same "exit status" 0 "$status"
[[ $(<"$work/stderr") == "bzboot: $bad: warning: its PE header points to certificates at "* ]] ||
	fault "stderr: $(<"$work/stderr")"
run sign "$bad" "${key[@]}"
same "exit status of sign" 0 "$status"
verifies "$bad" --cert "$rsa"
finish "a signed application, after objcopy, can be signed again"

cp "$ours" "$bad"
append_module_signature "$bad" 700
warns module_signature "an appended module signature of 740 bytes, at $(hex "$size"), is part of what \
is signed; nothing on x86 reads it" ""

# Four directories: the section table moves to the place of the fifth. Such a PE header has no room
# for the certificate directory.
pe=$(($(get "$work/app.efi" 0x3c 4)))
directories=$((pe + 24 + 112))
table=$((directories + 16 * 8))
sections=$(($(get "$work/app.efi" $((pe + 6)) 2)))
{
	head -c $((directories + 4 * 8)) "$work/app.efi"
	tail -c "+$((table + 1))" "$work/app.efi" | head -c $((sections * 40))
	head -c $((12 * 8)) /dev/zero
	tail -c "+$((table + sections * 40 + 1))" "$work/app.efi"
} >"$bad"
put "$bad" $((pe + 24 + 108)) 4 4
put "$bad" $((pe + 20)) 2 $((112 + 4 * 8))
run hash "$bad"
same "exit status of hash" 0 "$status"
finish "control: an image with four directories has a digest"
refused four_directories 1 "$bad: its PE header has 4 data directories, but the one of certificates is \
the fifth: link the image with 16" sign "$bad" -o "$image" "${key[@]}"

# Tables with wrong entries. hash still works, and unsign removes the table.

# bad_entry NAME OFFSET WIDTH VALUE...: offsets from the table
bad_entry() {
	local name=$1 values=()
	shift
	while [ $# -gt 0 ]; do
		values+=("$size + $1" "$2" "$3")
		shift 3
	done
	spoiled "$signed" "${values[@]}"
	refused "$name: sign" 1 "$bad: the entry of the certificate table at 0x" sign "$bad" \
		-o "$image" "${key[@]}"
	refused "$name: verify" 1 "$bad: the entry of the certificate table at 0x" verify "$bad" \
		--cert "$rsa"
	run unsign "$bad"
	expect_silence
	identical "$ours" "$bad"
	finish "$name: unsign removes it"
}

bad_entry entry_length_zero 0 4 0
bad_entry entry_without_content 0 4 8
bad_entry entry_past_table 0 4 "$(size_of "$signed") - $size + 1"
bad_entry entry_of_4g 0 4 0xffffffff
bad_entry entry_wraps_when_rounded_up 0 4 0xfffffff9

# Invalid signatures. verify lists them and prints the error.

# bad_signature NAME WHAT: one test, of $bad
bad_signature() {
	run verify "$bad" --cert "$rsa"
	same "exit status" 1 "$status"
	same "trusted" "" "$(listed trusted)"
	same "stderr" "bzboot: $bad: signature 1 $2" "$(<"$work/stderr")"
	[[ $(listed good) == "no, it $2" ]] || fault "listed as: $(listed good)"
	finish "$1"
}

# with_der NAME WHAT FROM TO: one test: hexadecimal FROM, once in the signature, becomes TO
with_der() {
	local hex
	hex=$(tail -c "+$((size + 1))" "$signed" | od -An -v -t x1 | tr -d ' \n')
	same "places" 1 "$(grep -o "$3" <<<"$hex" | wc -l)"
	{
		head -c "$size" "$signed"
		printf '%b' "$(sed "s/$3/$4/; s/../\\\\x&/g" <<<"$hex")"
	} >"$bad"
	same "size" "$(size_of "$signed")" "$(size_of "$bad")"
	bad_signature "$1" "$2"
}

spoiled "$signed" "$size + 4" 2 0x0100
bad_signature entry_of_revision_1 "is of revision 0x100, not 0x200"
spoiled "$signed" "$size + 6" 2 0x0ef1
bad_signature entry_of_another_type "is of type 0xef1, not 0x2 (PKCS #7)"
spoiled "$signed" "$size + 8" 1 0x31
run verify "$bad" --cert "$rsa"
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == "bzboot: $bad: signature 1 is not PKCS #7"* ]] || fault "$(<"$work/stderr")"
finish pkcs7_is_no_sequence

run hash "$ours"
digest=$(cut -d ' ' -f 1 "$work/stdout")
with_der pkcs7_lies_about_its_digest \
	"is of another image: the digest of this image is not the signed one" \
	"$digest" "${digest:0:62}$(printf %02x $((0x${digest:62} ^ 1)))"
# The other image's digest in its place: now it is the file's digest, but not the signed one.
printf x | dd of="$bad" bs=1 seek=$((size - 1)) conv=notrunc status=none
run hash "$bad"
changed=$(cut -d ' ' -f 1 "$work/stdout")
cp "$signed" "$work/honest.efi"
printf x | dd of="$signed" bs=1 seek=$((size - 1)) conv=notrunc status=none
with_der pkcs7_with_a_forged_digest "is not good: digest failure" "$digest" "$changed"
cp "$work/honest.efi" "$signed"
with_der pkcs7_digest_of_another_algorithm "signs a digest that bzboot does not accept (SHA224)" \
	"65030402010500""0420$digest" "65030402040500""0420$digest"
with_der pkcs7_type_of_another_content \
	"is not an Authenticode signature (it signs 1.3.6.1.4.1.311.2.1.5)" \
	"2b060104018237020104a0" "2b060104018237020105a0"
with_der pkcs7_signs_something_else "signs content that is not a PE image (1.3.6.1.4.1.311.2.1.16)" \
	"2b06010401823702010f" "2b060104018237020110"
# SET OF one SignerInfo, of version 1; the name of a signer's issuer
name=$(printf 'test rsa' | od -An -v -t x1 | tr -d ' \n')
hex=$(tail -c "+$((size + 1))" "$signed" | od -An -v -t x1 | tr -d ' \n')
before=${hex%"$name"*}
same "occurrences of the issuer's name" 3 "$(grep -o "$name" <<<"$hex" | wc -l)"
# Changing only the case of a letter would give the same name.
spoiled "$signed" "$size + ${#before} / 2" 1 0x55
bad_signature pkcs7_without_the_certificate_of_its_signer \
	"does not contain the certificate of its signer"

# The signature itself is at the end of its entry, before padding.
end=$((size + $(get "$signed" "$size" 4)))
spoiled "$signed" "$end - 8" 1 "$(get "$signed" "$end - 8" 1) ^ 1"
run verify "$bad" --cert "$rsa"
same "exit status" 1 "$status"
# The result of RSA depends on the key.
[[ $(listed good) == "no, it is not good: "* ]] || fault "listed as: $(listed good)"
finish pkcs7_signature_is_another
saying="bzboot: $work/ec.pem: $ecdsa" signs "$ours" "$work/ec.efi" --key "$work/ec.key" \
	--cert "$work/ec.pem"
cp "$work/ec.efi" "$bad"
table=$(field .pe.certificate.size "$bad")
put "$bad" "$size" 4 "$table"
run verify "$bad" --cert "$work/ec.pem"
same "exit status" 0 "$status"
finish "control: the length of an entry may include its padding"
put "$bad" 0xec 4 "$table + 8"
put "$bad" "$size" 4 "$table + 8"
printf '\0\0\0\0\0\0\0\1' >>"$bad"
bad_signature entry_has_bytes_after_its_pkcs7 "has data after its PKCS #7"

plan
