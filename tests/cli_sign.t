#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bzboot hash, sign, verify and unsign by themselves: keys and certificates of all kinds, times,
# several signatures, trust.
# shellcheck source=tests/sign.sh
. tests/sign.sh
need jq

make_key rsa -newkey rsa:2048
make_key stranger -newkey rsa:2048
make_image
ours=$work/ours.efi
signed=$work/signed.efi
key=(--key "$work/rsa.key" --cert "$work/rsa.pem")
size=$(size_of "$ours")

# The file

signs "$ours" "$signed" "${key[@]}"
verifies "$signed" --cert "$work/rsa.pem"
finish "an image is signed and verified"

table=$(field .pe.certificate.offset "$signed")
same "the start of the certificates" "$size" "$table"
same "the end of the certificates" "$(size_of "$signed")" $((table + $(field .pe.certificate.size "$signed")))
same "the size of the file, modulo 8" 0 $(($(size_of "$signed") % 8))
same "revision and type" 0x20200 "$(get "$signed" "$table + 4" 4)"
# cmp counts from 1, in decimal: the directory is at 0xe8, eight bytes.
same "bytes that changed outside of the directory" "" \
	"$(cmp -l -n "$size" "$ours" "$signed" | awk '$1 <= 232 || $1 > 240')"
same CheckSum 0 "$(field .pe.checksum "$signed")"
finish "the certificates are appended, and only their directory changes"

signs "$ours" "$work/later.efi" "${key[@]}" --no-signing-time
run pack "$work/kernel.elf" -o "$work/packed.efi" --level 1 "${key[@]}" --no-signing-time
same "exit status" 0 "$status"
identical "$work/later.efi" "$work/packed.efi"
run pack "$work/kernel.elf" -o "$work/half.efi" --key "$work/rsa.key"
same "exit status without --cert" 2 "$status"
run pack "$work/kernel.elf" -o "$work/half.efi" --key "$work/stranger.key" --cert "$work/rsa.pem"
same "exit status with another key's --cert" 1 "$status"
same "stderr" "bzboot: $work/stranger.key: is not the key of $work/rsa.pem" "$(<"$work/stderr")"
[ ! -e "$work/half.efi" ] || fault "an image was left"
finish "pack --key equals pack and sign"

run unsign "$signed" -o "$work/unsigned.efi"
expect_silence
identical "$ours" "$work/unsigned.efi"
finish "unsign restores the image"

cp "$ours" "$work/in-place.efi"
run sign "$work/in-place.efi" "${key[@]}"
expect_silence
verifies "$work/in-place.efi" --cert "$work/rsa.pem"
run unsign "$work/in-place.efi"
expect_silence
identical "$ours" "$work/in-place.efi"
finish "without --output both write in place"

# access_of FILE: mode, owner and group
access_of() {
	stat -c '%a %u %g' "$1"
}

# keeps_access FILE: sign and unsign in place do not change it
keeps_access() {
	local before
	before=$(access_of "$1")
	run sign "$1" "${key[@]}"
	expect_silence
	same "mode, owner and group when signed" "$before" "$(access_of "$1")"
	run unsign "$1"
	expect_silence
	same "mode, owner and group when unsigned" "$before" "$(access_of "$1")"
	identical "$ours" "$1"
}

for mode in 600 640 444 755; do
	chmod "$mode" "$work/in-place.efi"
	keeps_access "$work/in-place.efi"
done
ln -s in-place.efi "$work/link.efi"
run sign "$work/link.efi" "${key[@]}"
same "mode of the target of a link" 755 "$(stat -L -c %a "$work/link.efi")"
rm -f "$work/new.efi"
(umask 027 && "$bzboot" sign "$ours" -o "$work/new.efi" "${key[@]}") || fault "sign ended with $?"
same "mode of a new file with umask 027" 640 "$(stat -c %a "$work/new.efi")"
finish "a file that is replaced keeps its mode"

if [ "$(id -u)" -eq 0 ]; then
	cp "$ours" "$work/theirs.efi"
	chmod 640 "$work/theirs.efi"
	chown 65534:65533 "$work/theirs.efi"
	keeps_access "$work/theirs.efi"
	# Only root can give the new file to that group, so the group has no rights.
	mkdir -m 777 "$work/shared"
	cp -p "$work/theirs.efi" "$work/shared"
	chmod 644 "$work/rsa.key"
	runner=(setpriv --reuid=65534 --regid=65532 --clear-groups)
	run sign "$work/shared/theirs.efi" "${key[@]}"
	runner=()
	expect_silence
	same "mode, owner and group" "600 65534 65532" "$(access_of "$work/shared/theirs.efi")"
	finish "no access is added"
else
	finish "no access is added # SKIP only root can set that up"
fi

# An image with a correct CheckSum, as linkers write it: the sum of all words with carries, and the
# size. Signing keeps it correct, unsign restores it.
checksum_of() {
	od -An -v -t u2 -w2 "$1" | awk -v skip=$((0x98 / 2)) -v size="$(size_of "$1")" '
		NR - 1 != skip && NR - 1 != skip + 1 { sum += $1 }
		END { while (sum > 65535) sum = sum % 65536 + int(sum / 65536); print sum + size }'
}
data=$(field '.pe.sections[] | select(.name == ".data").raw_offset' "$ours")
cp "$ours" "$work/summed.efi"
# Without the magic number in its manifest it is no longer one of ours, whose CheckSum is 0.
put "$work/summed.efi" "$data" 1 0
put "$work/summed.efi" 0x98 4 "$(checksum_of "$work/summed.efi")"
signs "$work/summed.efi" "$signed" "${key[@]}"
same "CheckSum when signed" "$(checksum_of "$signed")" "$(field .pe.checksum "$signed")"
run unsign "$signed"
identical "$work/summed.efi" "$signed"
finish "a correct CheckSum stays correct"

for extra in 1 4 7; do
	cp "$ours" "$work/odd.efi"
	printf 'trailer' | head -c "$extra" >>"$work/odd.efi"
	run hash "$work/odd.efi"
	digest=$(cut -d ' ' -f 1 "$work/stdout")
	signs "$work/odd.efi" "$signed" "${key[@]}"
	verifies "$signed" --cert "$work/rsa.pem"
	same "digest" "sha256 $digest" "$(listed digest)"
	same "the start of the certificates" $((size + 8)) "$(field .pe.certificate.offset "$signed")"
	cmp -n 8 -i "$((size + extra)):0" "$signed" <(head -c $((8 - extra)) /dev/zero) \
		>"$work/cmp" 2>&1 || grep -q EOF "$work/cmp" || fault "$(<"$work/cmp")"
done
finish "a file of odd length is padded with zeros, which are signed"

# Keys

# with_key NAME TYPE OPTION...: one test: the image is signed with the options, by a key of TYPE;
# sign prints only $saying
with_key() {
	signs "$ours" "$signed" "${@:3}"
	verifies "$signed" --cert "${cert:-$work/rsa.pem}"
	same "the key" "$2" "$(listed key)"
	finish "$1"
}

for bits in 3072 4096; do
	make_key "rsa$bits" -newkey "rsa:$bits"
	cert=$work/rsa$bits.pem with_key "RSA of $bits bits" "RSA, $bits bits, sha256" \
		--key "$work/rsa$bits.key" --cert "$work/rsa$bits.pem"
done
for curve in P-256 P-384; do
	make_key "$curve" -newkey ec -pkeyopt "ec_paramgen_curve:$curve"
	saying="bzboot: $work/$curve.pem: $ecdsa" cert=$work/$curve.pem \
		with_key "ECDSA with $curve" "EC, ${curve#P-} bits, sha256" \
		--key "$work/$curve.key" --cert "$work/$curve.pem"
done
{
	openssl ecparam -name prime256v1
	cat "$work/P-256.key"
} >"$work/parameters.key"
saying="bzboot: $work/P-256.pem: $ecdsa" cert=$work/P-256.pem \
	with_key "a key file that begins with the curve's parameters" "EC, 256 bits, sha256" \
	--key "$work/parameters.key" --cert "$work/P-256.pem"

run pack "$work/kernel.elf" -o "$work/packed.efi" --level 1 --key "$work/P-256.key" \
	--cert "$work/P-256.pem"
same "exit status" 0 "$status"
same "the warning of pack about ECDSA" "bzboot: $work/P-256.pem: $ecdsa" \
	"$(grep -v 'no relocations' "$work/stderr")"
finish "pack --key warns about ECDSA, too"

openssl rsa -in "$work/rsa.key" -outform DER -out "$work/rsa.key.der" 2>/dev/null
openssl x509 -in "$work/rsa.pem" -outform DER -out "$work/rsa.der"
with_key "key and certificate in DER" "RSA, 2048 bits, sha256" \
	--key "$work/rsa.key.der" --cert "$work/rsa.der"
with_key "key and certificate by file: URI" "RSA, 2048 bits, sha256" \
	--key "file:$work/rsa.key" --cert "file:$work/rsa.pem"

openssl pkcs12 -export -inkey "$work/rsa.key" -in "$work/rsa.pem" -passout pass:secret \
	-out "$work/rsa.p12"
openssl rsa -in "$work/rsa.key" -aes256 -passout pass:secret -out "$work/locked.key" 2>/dev/null
echo secret >"$work/pin"
with_key "PKCS #12, its passphrase from a file" "RSA, 2048 bits, sha256" \
	--key "$work/rsa.p12" --cert "$work/rsa.p12" --pin-file "$work/pin"
export PIN_OF_TEST=secret
with_key "an encrypted key, its passphrase from the environment" "RSA, 2048 bits, sha256" \
	--key "$work/locked.key" --cert "$work/rsa.pem" --pin-env PIN_OF_TEST

for digest in sha384 sha512; do
	signs "$ours" "$signed" "${key[@]}" --digest "$digest"
	verifies "$signed" --cert "$work/rsa.pem"
	run hash --digest "$digest" "$ours"
	value=$(cut -d ' ' -f 1 "$work/stdout")
	verifies "$signed" --cert "$work/rsa.pem"
	same "digest" "$digest $value" "$(listed digest)"
	finish "signed with $digest"
done

# Times

export SOURCE_DATE_EPOCH=1700000000
signs "$ours" "$work/first.efi" "${key[@]}"
sleep 1
signs "$ours" "$work/second.efi" "${key[@]}"
identical "$work/first.efi" "$work/second.efi"
verifies "$work/first.efi" --cert "$work/rsa.pem"
same "time" 2023-11-14T22:13:20Z "$(listed time)"
finish "SOURCE_DATE_EPOCH gives the same bytes each time"

signs "$ours" "$work/second.efi" "${key[@]}" --signing-time 1700000001
! cmp -s "$work/first.efi" "$work/second.efi" || fault "--signing-time has no effect"
unset SOURCE_DATE_EPOCH
signs "$ours" "$work/second.efi" "${key[@]}" --signing-time 1700000000
identical "$work/first.efi" "$work/second.efi"
finish "--signing-time is like SOURCE_DATE_EPOCH and overrides it"

for time in 0=1970-01-01T00:00:00Z 2524607999=2049-12-31T23:59:59Z 2524608000=2050-01-01T00:00:00Z \
	253402300799=9999-12-31T23:59:59Z; do
	signs "$ours" "$signed" "${key[@]}" --signing-time "${time%=*}"
	verifies "$signed" --cert "$work/rsa.pem"
	same time "${time#*=}" "$(listed time)"
done
finish "times from 1970 to 9999"

signs "$ours" "$work/first.efi" "${key[@]}" --no-signing-time
sleep 1
SOURCE_DATE_EPOCH=5 signs "$ours" "$work/second.efi" "${key[@]}" --no-signing-time
identical "$work/first.efi" "$work/second.efi"
verifies "$work/first.efi" --cert "$work/rsa.pem"
same "time" none "$(listed time)"
finish "--no-signing-time signs without a time, and gives the same bytes each time"

before=$(date +%s)
signs "$ours" "$signed" "${key[@]}"
after=$(date +%s)
verifies "$signed" --cert "$work/rsa.pem"
time=$(date -d "$(listed time)" +%s)
if [ "$time" -lt "$before" ] || [ "$time" -gt "$after" ]; then
	fault "signed at $before, but the time is $time"
fi
finish "the default time is now"

# Several signatures, and trust

# verdict IMAGE STATUS LIST OPTION...: verify's result; LIST is yes or no for each signature
verdict() {
	run verify "$1" "${@:4}"
	same "exit status of verify ${*:4}" "$2" "$status"
	same "trusted by ${*:4}" "$3" "$(listed trusted | tr '\n' ' ')"
}

signs "$ours" "$work/one.efi" "${key[@]}"
saying="bzboot: $work/two.efi: $added 2 signatures
bzboot: $work/P-256.pem: $ecdsa" signs "$work/one.efi" "$work/two.efi" \
	--key "$work/P-256.key" --cert "$work/P-256.pem"
saying="bzboot: $work/three.efi: $added 3 signatures" signs "$work/two.efi" "$work/three.efi" \
	"${key[@]}" --digest sha512
verdict "$work/three.efi" 0 "yes no yes " --cert "$work/rsa.pem"
verdict "$work/three.efi" 0 "no yes no " --cert "$work/P-256.pem"
verdict "$work/three.efi" 0 "yes yes yes " --cert "$work/P-256.pem" --cert "$work/rsa.pem"
verdict "$work/three.efi" 1 "no no no " --cert "$work/stranger.pem"
verdict "$work/three.efi" 1 "no no no "
same "stderr" "bzboot: $work/three.efi: no signature is trusted: give a certificate with --cert or --ca" \
	"$(<"$work/stderr")"

# one.efi is signed by rsa, two.efi by rsa and P-256, three.efi by rsa, P-256 and rsa
run unsign "$work/three.efi" --cert "$work/P-256.pem" -o "$work/some.efi"
expect_silence
verdict "$work/some.efi" 0 "yes yes " --cert "$work/rsa.pem"
run unsign "$work/two.efi" --cert "$work/P-256.pem" -o "$work/some.efi"
expect_silence
identical "$work/one.efi" "$work/some.efi"
run unsign "$work/three.efi" --cert "$work/rsa.pem" -o "$work/some.efi"
expect_silence
verdict "$work/some.efi" 0 "yes " --cert "$work/P-256.pem"
run unsign "$work/some.efi" --cert "$work/P-256.pem"
expect_silence
identical "$ours" "$work/some.efi"
run unsign "$work/three.efi" --cert "$work/rsa.pem" --cert "$work/P-256.pem" -o "$work/some.efi"
identical "$ours" "$work/some.efi"
finish "unsign --cert removes only the signatures by that certificate"

before=$(sha256sum <"$work/three.efi")
run unsign "$work/three.efi" --cert "$work/stranger.pem"
same "exit status" 1 "$status"
same "stderr" "bzboot: $work/three.efi: has no signature of this certificate: 'bzboot verify' lists \
the signers" "$(<"$work/stderr")"
run unsign "$work/three.efi" --cert "$work/nothing.pem"
same "exit status" 1 "$status"
[[ $(<"$work/stderr") == "bzboot: $work/nothing.pem: "* ]] || fault "it prints: $(<"$work/stderr")"
same "the image" "$before" "$(sha256sum <"$work/three.efi")"
finish "unsign --cert: without such a signature nothing is written"

for command in verify unsign; do
	run "$command" "$work/three.efi" --cert pkcs11:object=x
	same "exit status of $command" 1 "$status"
	same "stderr of $command" "bzboot: pkcs11:object=x: cannot open: pkcs11: URIs need a provider: \
save the certificate in a file" "$(<"$work/stderr")"
done
finish "the error does not mention --provider if the command has no such option"

run verify --help
text=$(tr '\n' ' ' <"$work/stdout")
for words in dbx "one good signature" "RSA signatures only"; do
	[[ $text == *"$words"* ]] || fault "no '$words'"
done
finish "verify --help distinguishes firmware's rules from its own"

run unsign "$work/three.efi"
identical "$ours" "$work/three.efi"
finish "all signatures are kept when one is added; one trusted signature is enough"

make_key root -newkey rsa:2048 -addext basicConstraints=critical,CA:TRUE
make_issued middle root basicConstraints=critical,CA:TRUE
make_issued leaf middle basicConstraints=CA:FALSE extendedKeyUsage=codeSigning
signs "$ours" "$work/chain.efi" --key "$work/leaf.key" --cert "$work/leaf.pem" \
	--chain "$work/middle.pem"
verdict "$work/chain.efi" 0 "yes " --ca "$work/root.pem"
same "the chain" "CN = test leaf, CN = test middle" "$(listed signer), $(listed issuer)"
verdict "$work/chain.efi" 0 "yes " --ca "$work/middle.pem"
verdict "$work/chain.efi" 0 "yes " --ca "$work/leaf.pem"
verdict "$work/chain.efi" 0 "yes " --cert "$work/leaf.pem"
verdict "$work/chain.efi" 1 "no " --cert "$work/middle.pem"
verdict "$work/chain.efi" 1 "no " --cert "$work/root.pem"
verdict "$work/chain.efi" 1 "no " --ca "$work/stranger.pem"
signs "$ours" "$work/chain.efi" --key "$work/leaf.key" --cert "$work/leaf.pem"
verdict "$work/chain.efi" 1 "no " --ca "$work/root.pem"
verdict "$work/chain.efi" 0 "yes " --ca "$work/middle.pem"
finish "--ca trusts signers with certificates issued by it, --cert only the signer"

# Bundles: the key's certificate may be anywhere, and all are included, each once.

# certificates IMAGE: the subjects of those in its first signature, the signer's first
certificates() {
	tail -c "+$(($(field .pe.certificate.offset "$1") + 9))" "$1" >"$work/pkcs7"
	openssl pkcs7 -inform DER -in "$work/pkcs7" -print_certs 2>"$work/log" |
		sed -nE 's/^subject=CN ?= ?//p' | tr '\n' ' '
}

cat "$work/leaf.pem" "$work/middle.pem" >"$work/bundle.pem"
cat "$work/middle.pem" "$work/leaf.pem" >"$work/reversed.pem"
openssl crl2pkcs7 -nocrl -certfile "$work/reversed.pem" -out "$work/pem.p7b"
openssl crl2pkcs7 -nocrl -certfile "$work/bundle.pem" -outform DER -out "$work/der.p7b"
openssl pkcs12 -export -inkey "$work/leaf.key" -in "$work/bundle.pem" -passout pass: \
	-out "$work/bundle.p12"
for bundle in bundle.pem reversed.pem pem.p7b der.p7b bundle.p12; do
	for chain in "" leaf.pem middle.pem bundle.pem; do
		signs "$ours" "$work/bundle.efi" --key "$work/leaf.key" --cert "$work/$bundle" \
			${chain:+--chain "$work/$chain"}
		verdict "$work/bundle.efi" 0 "yes " --ca "$work/root.pem"
		same "certificates" "test leaf test middle " "$(certificates "$work/bundle.efi")"
	done
	run sign "$ours" --cert "$work/$bundle" --prepare "$work/attributes"
	expect_silence
	openssl dgst -sha256 -sign "$work/leaf.key" -out "$work/signature" "$work/attributes"
	signs "$ours" "$work/bundle.efi" --cert "$work/$bundle" --prepared "$work/attributes" \
		--attach "$work/signature"
	verdict "$work/bundle.efi" 0 "yes " --ca "$work/root.pem"
	finish "$bundle: the key's certificate signs, its issuer's is included"
done
verdict "$work/chain.efi" 0 "yes " --ca "$work/der.p7b"
finish "verify reads PKCS #7, too"

if openssl list -providers -provider legacy >/dev/null 2>&1; then
	openssl pkcs12 -export -legacy -inkey "$work/rsa.key" -in "$work/rsa.pem" \
		-passout pass:secret -out "$work/rc2.p12"
	openssl pkcs12 -export -legacy -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES \
		-inkey "$work/rsa.key" -in "$work/rsa.pem" -passout pass:secret -out "$work/3des.p12"
	signs "$ours" "$signed" --key "$work/rc2.p12" --cert "$work/rc2.p12" \
		--pin-file "$work/pin" --provider legacy
	verifies "$signed" --cert "$work/rsa.pem"
	signs "$ours" "$signed" --key "$work/3des.p12" --cert "$work/3des.p12" --pin-file "$work/pin"
	verifies "$signed" --cert "$work/rsa.pem"
	run sign "$ours" -o "$work/nothing" --key "$work/rc2.p12" --cert "$work/rc2.p12" \
		--pin-file "$work/pin"
	expect_refusal 1 "$work/rc2.p12: is encrypted with RC2-40-CBC, which OpenSSL has only in its \
legacy provider (--provider legacy)"
	finish "PKCS #12 with RC2: the error names the legacy provider"
else
	finish "PKCS #12 with RC2 # SKIP OpenSSL has no legacy provider here"
fi

cat "$work/stranger.pem" "$work/rsa.pem" >"$work/both.pem"
verdict "$work/one.efi" 0 "yes " --cert "$work/both.pem"
verdict "$work/one.efi" 0 "yes " --ca "$work/both.pem"
finish "all certificates in a file are trusted"

openssl req -new -key "$work/rsa.key" -subj /CN=past -out "$work/past.csr"
cat >"$work/ca.cnf" <<-END
	[ca]
	default_ca = past
	[past]
	database = $work/ca.txt
	new_certs_dir = $work
	rand_serial = yes
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
END
touch "$work/ca.txt"
openssl ca -batch -selfsign -notext -config "$work/ca.cnf" -keyfile "$work/rsa.key" \
	-startdate 20200101000000Z -enddate 20200102000000Z -in "$work/past.csr" \
	-out "$work/past.pem" 2>"$work/log" || fail "openssl ca: $(<"$work/log")"
! openssl verify -CAfile "$work/past.pem" "$work/past.pem" >"$work/log" 2>&1 ||
	fault "control: the certificate has not expired"
signs "$ours" "$signed" --key "$work/rsa.key" --cert "$work/past.pem"
verdict "$signed" 0 "yes " --cert "$work/past.pem"
verdict "$signed" 0 "yes " --ca "$work/past.pem"
finish "expired certificates are accepted"

run verify "$ours" --cert "$work/rsa.pem"
expect_refusal 1 "$ours: is not signed"
run unsign "$ours" -o "$work/nothing"
expect_refusal 1 "$ours: is not signed"
[ ! -e "$work/nothing" ] || fault "unsign wrote a file"
finish "an image that is not signed"

# tampered NAME OFFSET: one test: a byte of the image, outside the signature, is changed
tampered() {
	cp "$work/two.efi" "$signed"
	put "$signed" "$2" 1 "$(get "$signed" "$2" 1) ^ 1"
	run verify "$signed" --cert "$work/rsa.pem"
	same "exit status" 1 "$status"
	same "good" 2 "$(listed good | grep -c '^no, it is of another image')"
	same "trusted" "" "$(listed trusted)"
	finish "$1"
}

tampered "a byte of the headers has changed" 0x10
tampered "a byte of the setup header has changed" 0x1f4
tampered "a byte of the payload has changed" "$(field .manifest.payload_offset "$ours") + 5"
tampered "the last byte of the image has changed" "$size - 1"

cp "$work/two.efi" "$signed"
put "$signed" 0x98 4 0x12345678
verifies "$signed" --cert "$work/rsa.pem"
finish "CheckSum is not signed"

cp "$work/two.efi" "$signed"
second=$((size + $(get "$signed" "$size" 4) + 7 & ~7))
end=$((second + $(get "$signed" "$second" 4)))
put "$signed" $((end - 4)) 1 "$(get "$signed" $((end - 4)) 1) ^ 1"
run verify "$signed" --cert "$work/rsa.pem"
same "exit status" 1 "$status"
same "trusted" yes "$(listed trusted)"
same "good" 1 "$(listed good | grep -c '^no, it is not good: ')"
finish "a broken signature is an error even beside a good one"

# user_seconds COMMAND...: its CPU time
user_seconds() {
	local TIMEFORMAT=%U
	{ time "$@" >"$work/log" 2>&1; } 2>&1
}

head -c 100M /dev/zero >"$work/zeros"
run pack "$work/kernel.elf" -o "$work/large.efi" --level 1 --initrd "$work/zeros" "${key[@]}"
same "exit status of pack" 0 "$status"
one=$(user_seconds "$bzboot" verify "$work/large.efi" --cert "$work/rsa.pem")
for ((count = 2; count <= 10; count++)); do
	run sign "$work/large.efi" "${key[@]}"
done
run verify "$work/large.efi" --cert "$work/rsa.pem"
same "exit status of verify" 0 "$status"
same "good signatures" 10 "$(listed good | grep -c yes)"
ten=$(user_seconds "$bzboot" verify "$work/large.efi" --cert "$work/rsa.pem")
awk "BEGIN { exit $ten > 3 * $one + 0.05 }" || fault "one signature takes $one s, ten take $ten s"
finish "an image is hashed once for all signatures"

# The image is mapped before the certificate is read.
cp "$work/large.efi" "$work/shorter.efi"
mkfifo "$work/late"
status=0
"$bzboot" verify "$work/shorter.efi" --cert - <"$work/late" >"$work/stdout" 2>"$work/stderr" &
{
	while ! grep -q shorter.efi "/proc/$!/maps"; do sleep 0.01; done
	truncate -s 1M "$work/shorter.efi"
	cat "$work/rsa.pem"
} >"$work/late"
wait "$!" || status=$?
expect_refusal 1 "$work/shorter.efi: cannot read: the file was truncated meanwhile"
finish "an image that becomes shorter while it is read"

plan
