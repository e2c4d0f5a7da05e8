# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by the scripts that use apt: becoming root, the machine's own apt, and one of ours that
# supports several releases of Debian, whatever the machine runs. Sourced, not run.

# The folder for downloads, outside the checkout
bzboot_cache=${BZBOOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bzboot}

# fail MESSAGE: print the error, and stop
fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# as_root COMMAND...: run it as root, through sudo if necessary
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
		return
	fi
	command -v sudo >/dev/null || fail "must be root for: $* (sudo is missing)"
	echo "${0##*/}: sudo $*" >&2
	sudo "$@"
}

# apt_update: fetch the package lists
apt_update() {
	as_root apt-get update -q >&2 || fail "apt-get update failed"
}

# --- An apt of our own. It needs no root, and uses only the proxies of the machine's settings.

archive=$bzboot_cache/apt
archive_architecture=amd64
archive_check_valid=true	# refuse expired lists
archive_url=http://deb.debian.org
archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# SUITE FOLDER
archive_suites="bullseye debian
bullseye-security debian-security
bookworm debian
bookworm-security debian-security
trixie debian
trixie-updates debian
trixie-security debian-security
trixie-backports debian"
archive_lists_last=24	# hours

# use_archive SUITE [ARCHITECTURE]: use SUITE's archive from now on. A suite that is not in the
# table has an archive of its own, so that kernels of the next release are not taken for the latest
# of these. Its packages are unpacked, not installed: they may be old.
use_archive() {
	archive_architecture=${2:-amd64}
	if [ "$archive_architecture" != amd64 ] || ! grep -q "^$1 " <<<"$archive_suites"; then
		archive=$bzboot_cache/apt-$1-$archive_architecture
		archive_suites="$1 debian"
		archive_check_valid=false
	fi
}

# archive_apt COMMAND...: an apt command with this configuration
archive_apt() {
	APT_CONFIG=$archive/apt.conf "$@"
}

archive_sources() {
	local suite folder
	while read -r suite folder; do
		echo "deb [signed-by=$archive_keyring] $archive_url/$folder $suite main"
	done <<<"$archive_suites"
}

archive_configuration() {
	cat <<-END
		APT::Architecture "$archive_architecture";
		APT::Architectures { "$archive_architecture"; };
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Check-Valid-Until "$archive_check_valid";
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
		Acquire::Retries "1";
		Dir::State "$archive";
		Dir::State::Lists "$archive/lists";
		Dir::State::status "$archive/status";
		Dir::Cache "$archive/cache";
		Dir::Etc "$archive";
		Dir::Etc::SourceList "$archive/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::Etc::Main "/dev/null";
		Dir::Etc::Parts "/dev/null";
	END
	apt-config dump | grep -E '^Acquire::https?::' || true
}

# replace FILE: by standard input; fails if the content is the same
replace() {
	cat >"$1.new"
	! cmp -s "$1.new" "$1" || return 1
	mv "$1.new" "$1"
}

# configure_archive: fails if the suites are the same as before
configure_archive() {
	[ -e "$archive_keyring" ] ||
		fail "$archive_keyring is missing; install debian-archive-keyring"
	mkdir -p "$archive"/{lists/partial,cache/archives/partial}
	: >>"$archive/status"
	archive_configuration | replace "$archive/apt.conf" || true
	archive_sources | replace "$archive/sources.list"
}

# fetch_lists: lists that cannot be fetched stay as they were, with a warning
fetch_lists() {
	local said
	lists_fetched=yes
	echo "${0##*/}: fetching Debian's package lists" >&2
	if said=$(archive_apt apt-get update -q 2>&1); then
		touch "$archive/fetched"
		return
	fi
	echo "${0##*/}: cannot refresh $(failed_suites <<<"$said"); apt says" \
		"\"$(first_error <<<"$said")\"; using what was fetched before" >&2
	# Retry after an hour.
	touch -d "$((archive_lists_last - 1)) hours ago" "$archive/fetched"
}

# failed_suites: the suites named in errors of apt-get
failed_suites() {
	local suites
	suites=$(sed -nE -e "s|^[EW]: .*/dists/([^/ ]+)/.*|\1|p; t" \
		-e "s|^[EW]: .*'[^ ]+ ([^ ]+) [A-Za-z]+'.*|\1|p" | sort -u | paste -s -d ' ')
	echo "${suites:-the package lists}"
}

# first_error: the first error of apt-get
first_error() {
	sed -n '/^[EW]: /{ s///p; q }'
}

# lists_are_old: true if they are missing, too
lists_are_old() {
	[ -z "$(find "$archive/fetched" -mmin "-$((archive_lists_last * 60))" 2>/dev/null)" ]
}

# see_to_archive [now]: make sure that the package lists are from today; with now, fetch them in any
# case, unless this script already has
lists_fetched=
see_to_archive() {
	local lock
	[ -z "$lists_fetched" ] || return 0
	mkdir -p "$archive"
	exec {lock}>"$archive/.lock"
	flock "$lock"
	if configure_archive || lists_are_old || [ -n "${1-}" ]; then
		fetch_lists
	fi
	exec {lock}>&-
}

# published RELEASE: the day of the release's lists
published() {
	local date
	date=$(sed -n 's/^Date: //p' "$archive"/lists/*_dists_"$1"_InRelease 2>/dev/null) &&
		[ -n "$date" ] && date -u -d "$date" +%Y%m%d
}
