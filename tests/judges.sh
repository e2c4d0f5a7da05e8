# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# Programs that read boot images, asked about each file of a folder. Each function judge_NAME takes a
# folder and prints a line for each of its files:
#
#   FILE accepts|refuses MESSAGE
#
# Firmware, boot loaders and kernels are asked about all files in one boot. Sourced by tests.
# shellcheck source=tests/matrix.sh
. tests/matrix.sh
# shellcheck source=tests/loaders/grub.sh
. tests/loaders/grub.sh
need jq cpio kexec certutil pk12util

judged=$boot/judged/$(basename "$0" .t)	# folders and logs of the judges
judge_limit=300		# seconds that a boot may take

# judge_begin NAME: a new folder, $work, for a boot, and its log, $log
judge_begin() {
	work=$judged/$1
	log=$work/log limit=$judge_limit
	rm -rf "$work"
	mkdir -p "$work/tree"
	: >"$log.raw"
}

# judge_end: the text of the log; what was made for the boot is removed
judge_end() {
	readable_log
	rm -rf "${work:?}"/{tree,disk,cd,vars,first,signed,shim}
}

# judge_lines: from pairs of lines in $log, "JUDGE FILE begin" and "JUDGE FILE status=STATUS", with the
# judge's messages between. STATUS 0 is success; without a number, a line "error" is failure.
judge_lines() {
	awk '
	/JUDGE [^ ]+ begin/ { said = ""; next }
	!/JUDGE [^ ]+ status=/ { if ($0 !~ /^ *$/ && said !~ /^error/) said = $0; next }
	{
		sub(/.*JUDGE /, "")
		status = $2
		sub(/^status=/, "", status)
		good = status == "" ? said !~ /^error/ : status == "0"
		print $1, good ? "accepts" : "refuses", good ? "-" : said ? said : status
	}' "$log" | sort
}

# --- Firmware

try_program=$build/tests/secure/try.efi

# judge_try FOLDER RUN-ARGUMENT...: each file by LoadImage(), called by $try_program in $work/tree
judge_try() {
	mkdir "$work/tree/try"
	cp -L "$1"/* "$work/tree/try"
	ovmf/run.sh --tree "$work/tree" --timeout "$limit" --log "$log.raw" "${@:2}" \
		>"$work/output" 2>&1 || fail "OVMF: $(<"$work/output")"
	judge_end
	judge_loaded
}

# judge_loaded: from the lines of $try_program in $log
judge_loaded() {
	grep -q '^TRY started' "$log" || fail "$try_program was not started"
	sed -n -e 's/^TRY file=\([^ ]*\) load=Success$/\1 accepts -/p; t' \
		-e 's/^TRY file=\([^ ]*\) load=/\1 refuses /p' "$log" | sort
}

# judge_firmware FOLDER VERSION: LoadImage(), of OVMF of that VERSION of ovmf/run.sh
judge_firmware() {
	judge_begin "firmware-$2"
	mkdir -p "$work/tree/EFI/BOOT"
	cp "$try_program" "$work/tree/EFI/BOOT/BOOTX64.EFI"
	judge_try "$1" --firmware "$2"
}

# judge_keys: make $judge_keys, for Secure Boot
judge_keys=$boot/judged/keys
judge_keys() {
	mkdir -p "$boot/judged"
	made "$judge_keys/vars.fd" ovmf/keys.sh -- ovmf/keys.sh "$judge_keys"
}

# judge_sign_into FOLDER FILE...: each, signed by the key in db; one that cannot be signed stays as it is
judge_sign_into() {
	local file out
	mkdir -p "$1"
	for file in "${@:2}"; do
		out=$1/${file##*/}
		sbsign --key "$judge_keys/db.key" --cert "$judge_keys/db.pem" --output "$out" "$file" \
			>/dev/null 2>&1 || cp -L "$file" "$out"
	done
}

# judge_shim FOLDER: with Secure Boot, LoadImage() as shim 16 replaces it; sbsign signs the files before
judge_shim() {
	judge_begin shim
	judge_keys
	judge_sign_into "$work/signed" "$1"/*
	cp "$(corpus_file shim-16.1-trixie)" "$work/BOOTX64.EFI"
	printf 'sbat,1,SBAT,sbat,1,-\ntry,1,bzboot,try,1,-\n' >"$work/sbat"
	objcopy --add-section .sbat="$work/sbat" --change-section-vma .sbat=0x100000 \
		--set-section-flags .sbat=alloc,load,readonly,data "$try_program" "$work/grubx64.efi"
	judge_sign_into "$work/tree/EFI/BOOT" "$work"/{BOOTX64.EFI,grubx64.efi}
	judge_try "$work/signed" --secure "$judge_keys/vars.fd"
}

# --- GRUB

# judge_grub_image FOLDER FORMAT OUT LIBRARY MODULE...: a GRUB, with the modules in LIBRARY, that loads
# each file of /try, with /initrd if there is one, and says whether it could
judge_grub_image() {
	local name
	{
		printf '%s\n' "serial --unit=0 --speed=115200" "terminal_output serial"
		for name in "$1"/*; do
			name=${name##*/}
			printf '%s\n' "echo JUDGE $name begin" "linux /try/$name"
			[ ! -e "$work/tree/initrd" ] || echo "initrd /initrd"
			echo "echo JUDGE $name status="
		done
		echo halt
	} >"$work/grub.cfg"
	mkdir -p "$(dirname "$work/tree/$3")" "$work/tree/try"
	cp -L "$1"/* "$work/tree/try"
	grub-mkimage -O "$2" -d "$4" -p / -c "$work/grub.cfg" -o "$work/tree/$3" \
		serial terminal echo halt linux "${@:5}"
}

# judge_grub_bios FOLDER: with an initrd
judge_grub_bios() {
	judge_begin grub-bios
	echo initrd >"$work/tree/initrd"
	judge_grub_image "$1" i386-pc-eltorito grub.img /usr/lib/grub/i386-pc biosdisk iso9660
	(cd "$work" && cd_image grub.img --grub2-boot-info && bios "${from_cd[@]}" -m 2048) \
		>"$work/output" 2>&1 || fail "GRUB: $(<"$work/output")"
	judge_end
	judge_lines
}

# judge_grub_efi FOLDER: without initrds, whose memory it does not free
judge_grub_efi() {
	judge_begin grub-efi
	judge_grub_image "$1" x86_64-efi EFI/BOOT/BOOTX64.EFI \
		/usr/lib/grub/x86_64-efi part_msdos fat
	sed -i '1i set root=hd0,msdos1' "$work/grub.cfg"
	(cd "$work" && fat_disk && efi "${from_disk[@]}" -m 6144) >"$work/output" 2>&1 ||
		fail "GRUB: $(<"$work/output")"
	judge_end
	judge_lines
}

# --- kexec

# judge_kexec FOLDER CALL: one of the system calls, kexec or kexec-file. --no-checks saves kexec hashing
# what it loads.
judge_kexec() {
	judge_begin "$2"
	mkdir -p "$work/tree/try"
	cp -L "$1"/* "$work/tree/try"
	kernel 6.12-cloud
	initramfs_of "$work/tree" "$work/first" kexec <<-END
		#!/bin/busybox sh
		/bin/busybox mkdir /proc /sys
		/bin/busybox mount -t proc proc /proc
		/bin/busybox mount -t sysfs sysfs /sys
		/bin/busybox dmesg -n 1
		cd /try
		for file in *; do
			echo "JUDGE \$file begin"
			/bin/kexec --$2-syscall --no-checks --load "\$file" --command-line=quiet
			echo "JUDGE \$file status=\$?"
		done
		/bin/busybox poweroff -f
	END
	bios -kernel "$boot/6.12-cloud.vmlinuz" -initrd "$work/first" -m 2560 \
		-append "console=ttyS0 no_timer_check panic=-1" >"$work/output" 2>&1 ||
		fail "kexec: $(<"$work/output")"
	judge_end
	judge_lines
}

# --- Programs on this machine

# judge_each FOLDER COMMAND...: run COMMAND FILE for each
judge_each() {
	local file said verdict
	mkdir -p "$judged"
	for file in "$1"/*; do
		verdict=accepts
		said=$("${@:2}" "$file" 2>&1 </dev/null) || verdict=refuses
		said=$(grep -av '^ *$' <<<"$said" | tail -n 1 | tr -d '\0') || true
		echo "${file##*/} $verdict ${said:--}"
	done
}

# sbsign and osslsigncode verify a file that has signatures, with the certificates in them as trusted
# ones; any other file they sign, and verify then.

# judge_key: $judged/key.pem, key.key, and both in $judged/nss
judge_key() {
	mkdir -p "$judged"
	made "$judged/key.pem" tests/judges.sh -- judge_new_key
}

judge_new_key() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$judged/key.key" \
		-out "$judged/key.pem" -subj "/CN=judge" 2>/dev/null
	openssl pkcs12 -export -inkey "$judged/key.key" -in "$judged/key.pem" -name key \
		-passout pass: -out "$judged/key.p12"
	rm -rf "$judged/nss"
	mkdir "$judged/nss"
	certutil -N -d "$judged/nss" --empty-password
	pk12util -i "$judged/key.p12" -d "$judged/nss" -W ''
}

# has_signatures FILE: true if its directory of certificates, the fifth one, points into the file (PE
# specification, "Optional Header")
has_signatures() {
	local at offset size
	at=$(number "$1" 0x3c 4)
	[ "$at" -lt "$(stat -L -c %s "$1")" ] || return
	at=$((at + 24 + ($(number "$1" $((at + 24)) 2) == 0x20b ? 112 : 96)))
	[ "$(number "$1" $((at - 4)) 4)" -ge 5 ] || return
	offset=$(number "$1" $((at + 32)) 4)
	size=$(number "$1" $((at + 36)) 4)
	[ "$size" -gt 0 ] && [ "$offset" -lt "$(stat -L -c %s "$1")" ]
}

# judge_certificates FILE: $judged/certificate.pem, the certificates in its signature
judge_certificates() {
	local out=$judged/certificate
	rm -f "$out".*
	cp "$1" "$out.efi"
	sbattach --detach "$out.p7" "$out.efi" &&
		openssl pkcs7 -inform DER -in "$out.p7" -print_certs -out "$out.pem"
}

# judge_sbsign FOLDER
judge_sbsign() {
	judge_key
	judge_each "$1" sbsign_one
}

sbsign_one() {
	local out=$judged/sbsign.out certificate=$judged/key.pem
	if has_signatures "$1"; then
		certificate=$judged/certificate.pem
		judge_certificates "$1" || return
		out=$1
	else
		sbsign --key "$judged/key.key" --cert "$certificate" --output "$out" "$1" || return
	fi
	sbverify --cert "$certificate" "$out"
}

# judge_osslsigncode FOLDER
judge_osslsigncode() {
	judge_key
	judge_each "$1" osslsigncode_one
}

osslsigncode_one() {
	local out=$judged/osslsigncode.out file=$1 certificate=$judged/certificate.pem said
	if has_signatures "$1"; then
		judge_certificates "$1" >&2 || certificate=$judged/key.pem
	else
		certificate=$judged/key.pem
		rm -f "$out"
		osslsigncode sign -certs "$judged/key.pem" -key "$judged/key.key" -h sha256 \
			-in "$1" -out "$out" || return
		file=$out
	fi
	if said=$(osslsigncode verify -CAfile "$certificate" -in "$file" 2>&1); then
		return
	fi
	# The certificates of others are not in that file.
	if [[ $said == *"unable to get local issuer"* && $said != *MISMATCH* ]]; then
		echo "the issuer is not trusted"
		return
	fi
	grep -a -e MISMATCH -e Corrupt -e 'rror: ' -e '^No ' -e Warning -e Unable <<<"$said" | head -n 1
	return 1
}

# judge_pesign FOLDER: it adds a signature, and lists it; the message is the SHA-256 digest
judge_pesign() {
	judge_key
	judge_each "$1" pesign_one
}

pesign_one() {
	local out=$judged/pesign.out said
	rm -f "$out"
	pesign --force -n "$judged/nss" -c key -s -i "$1" -o "$out" || return
	has_signatures "$1" || sbverify --cert "$judged/key.pem" "$out" || return
	[ "$(pesign -S -i "$out" | grep -c "common name is judge")" -eq 1 ] || return
	said=$(pesign -h -i "$1") || return
	grep -oE '[0-9a-f]{64}' <<<"$said"
}

# judge_extract_vmlinux FOLDER: Linux's script finds the ELF that bzboot extract finds; zeros at its end
# may be missing, for the programs that it calls write files with holes
judge_extract_vmlinux() {
	extract=$(tools/linux.sh source)/scripts/extract-vmlinux
	judge_each "$1" extract_one
}

extract_one() {
	local out=$judged/extracted
	sh "$extract" "$1" >"$out" 2>/dev/null || return
	[ "$(head -c 4 "$out" | tail -c 3)" = ELF ] || return
	"$bzboot" extract "$1" -o "$out.elf" 2>/dev/null || return 0
	cmp -n "$(stat -c %s "$out")" "$out" "$out.elf"
}

# judge_ukify FOLDER: ukify 257 makes a unified kernel image of the file
judge_ukify() {
	python_pe - "$(tools/unpacked.sh systemd-ukify/trixie)/usr/bin/ukify" \
		"$efi_stubs/linuxx64.efi.stub" "$judged/ukify.out" "$1"/* <<-'END' 2>"$judged/ukify.err"
		import contextlib, importlib.machinery, importlib.util, os, sys
		loader = importlib.machinery.SourceFileLoader("ukify", sys.argv[1])
		ukify = importlib.util.module_from_spec(importlib.util.spec_from_loader("ukify", loader))
		sys.modules["ukify"] = ukify
		loader.exec_module(ukify)
		stub, out, files = sys.argv[2], sys.argv[3], sys.argv[4:]
		for file in files:
		    verdict, said = "accepts", "-"
		    sys.argv = ["ukify", "build", "--linux=" + file, "--stub=" + stub,
		                "--os-release=ID=test", "--cmdline=quiet", "--output=" + out]
		    with contextlib.redirect_stdout(sys.stderr):
		        try:
		            ukify.main()
		        except (Exception, SystemExit) as error:
		            verdict, said = "refuses", repr(error).split("\n")[0]
		    print(os.path.basename(file), verdict, said)
	END
}

# judge_kernel_install FOLDER [SUITE]: bootctl kernel-identify finds a kind, which is the message; if that
# is uki, kernel-inspect reads the sections
judge_kernel_install() {
	judge_each "$1" bootctl_one "${2-trixie}"
}

bootctl_one() {
	local kind said
	kind=$(bootctl_of "$1" kernel-identify "$2") || return
	if [ "$kind" = uki ]; then
		said=$(bootctl_of "$1" kernel-inspect "$2" 2>&1 >"$judged/inspected") || return
		[ -z "$said" ] || { echo "$said" && return 1; }
	fi
	echo "$kind"
}

# judge_seabios FOLDER: QEMU takes the file with -kernel and starts
judge_seabios() {
	judge_each "$1" qemu_one
}

qemu_one() {
	timeout 20 qemu-system-x86_64 -machine pc -accel tcg -nodefaults -display none -S \
		-monitor stdio -m 1024 -kernel "$1" <<<quit >"$judged/qemu.out" 2>&1 && return
	cat "$judged/qemu.out"
	return 1
}

# judge_file FOLDER: the message is what file(1) says
judge_file() {
	judge_each "$1" file -b
}
