# What scripts/run and scripts/test share; to be sourced by bash.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_packages=(autoconf automake gcc libc6-dev libconfig-dev libdeflate-dev
	libevent-dev libjansson-dev libssl-dev libtool make pkg-config zlib1g-dev)

say()
{
	printf 'framed: %s\n' "$*" >&2
}

# show LOG: all but the tests that passed.
show()
{
	grep -vE '^(ok [0-9]|PASS: )' "$1" >&2 || true
}

# quietly LOG COMMAND...: the output goes to LOG, and is shown only when the
# command fails. Standard input is empty: nothing may wait for a person.
quietly()
{
	local log=$1 rc=0

	shift
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ $rc -ne 0 ]; then
		show "$log"
		say "failed: $*"
	fi
	return $rc
}

# is_installed PACKAGE
is_installed()
{
	dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

# Says on standard output, a word a line, how to become root; fails when there
# is no way that needs no password.
root_prefix()
{
	if [ "$(id -u)" -eq 0 ]; then
		echo env
	elif sudo -n true 2>/dev/null; then
		printf '%s\n' sudo env
	else
		return 1
	fi
}

# install_packages PACKAGE...: installs those that are missing. On other
# systems than Debian it does nothing, and configure tells what it lacks.
install_packages()
{
	local -a missing=() apt=()
	local package log rc=0

	command -v dpkg-query >/dev/null || return 0
	for package; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	mapfile -t apt < <(root_prefix)
	if [ ${#apt[@]} -eq 0 ]; then
		say "packages are missing; install them with:"
		say "  apt-get install --no-install-recommends ${missing[*]}"
		exit 1
	fi
	say "installing packages: ${missing[*]}"
	apt+=(DEBIAN_FRONTEND=noninteractive apt-get -y)
	log=$(mktemp)
	# The lists of a fresh machine are empty or stale: then ask again.
	"${apt[@]}" install --no-install-recommends "${missing[@]}" \
		>"$log" 2>&1 </dev/null || {
		quietly "$log" "${apt[@]}" update &&
		quietly "$log" "${apt[@]}" install --no-install-recommends \
			"${missing[@]}"
	} || rc=$?
	rm -f "$log"
	return $rc
}

# configure_into FOLDER [ARGUMENT...]: makes FOLDER ready for make. Afterwards
# make itself notices changes of configure.ac and the like.
configure_into()
{
	local folder=$1

	shift
	mkdir -p "$folder"
	# Makefile.in is the last of what autoreconf makes
	if [ ! -e "$top/Makefile.in" ]; then
		quietly "$folder/autoreconf.log" autoreconf -i "$top" || return
	fi
	if [ ! -e "$folder/Makefile" ] ||
		[ "$*" != "$(cat "$folder/configured-with" 2>/dev/null)" ]; then
		say "configuring and building in ${folder#"$top"/}"
		(cd "$folder" && quietly configure.log \
			"$(realpath --relative-to=. "$top")/configure" "$@" &&
			quietly configure.log make -s clean) || return
		printf '%s\n' "$*" >"$folder/configured-with"
	fi
}

# make_in FOLDER [ARGUMENT...]
make_in()
{
	local folder=$1

	shift
	quietly "$folder/make.log" make -C "$folder" -s "-j$(nproc)" "$@"
}
