# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A TPM 2.0 in software. Sourced by tests.

# start_tpm STATE ARGUMENT...: swtpm with this folder for its state; sets tpm_process. It is ready
# when there is $STATE/socket, whose path has at most 100 characters, because sockets have a limit.
start_tpm() {
	mkdir -p "$1"
	swtpm socket --tpm2 --tpmstate "dir=$1" "${@:2}" >"$1/log" 2>&1 &
	tpm_process=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$1/socket" ] || return 0
		sleep 0.1
	done
	fail "swtpm: $(<"$1/log")"
}

# start_tpm_server STATE: one for tpm2-tools and for OpenSSL's provider
start_tpm_server() {
	start_tpm "$1" --flags not-need-init,startup-clear --server "type=unixio,path=$1/socket" \
		--ctrl "type=unixio,path=$1/socket.ctrl"
	export TPM2TOOLS_TCTI=swtpm:path=$1/socket
	export TPM2OPENSSL_TCTI=$TPM2TOOLS_TCTI
}

# stop_tpm
stop_tpm() {
	kill "$tpm_process" 2>/dev/null || true
	wait "$tpm_process" || true
}
