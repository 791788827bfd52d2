#!/bin/sh
# Each header compiles alone and twice; those of src/ have the house's guard,
# and the public ones are C++ as well.
#
# usage: headers.sh [TREE]; CC, CXX and CFLAGS come from the environment
set -u
cd "${1:-${srcdir:-.}}" || exit 1
: "${CC:=cc}" "${CXX:=c++}" "${CFLAGS:=-std=c11 -Wall -Wextra}"
failed=0

complain()
{
	echo "$1: $2"
	failed=1
}

for header in $(find src tests/unit -name '*.h' | sort); do
	name=${header#src/}
	guard=FRAMED_$(echo "${name#framed/}" | tr "a-z/.-" "A-Z___")
	[ "$name" = "$header" ] || grep -q "^#ifndef $guard\$" "$header" ||
		complain "$header" "its guard is not $guard"
	# CC and CFLAGS are lists of words.
	# shellcheck disable=SC2086
	printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
		$CC -Isrc -I. $CFLAGS -Werror -fsyntax-only -x c - ||
		complain "$header" "does not compile alone"
done

# shellcheck disable=SC2086
if [ -f src/framed/module.h ] && command -v ${CXX%% *} >/dev/null; then
	for header in src/framed/*.h; do
		printf '#include <%s>\nFRAMED_MODULE(.name = "cxx");\n' \
			"${header#src/}" |
			$CXX -Isrc -std=c++20 -Wall -Wextra \
				-Werror -fsyntax-only -x c++ - ||
			complain "$header" "does not compile as C++20"
	done
fi
exit $failed
