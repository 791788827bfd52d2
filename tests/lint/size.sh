#!/bin/sh
# What fits a screen can be reviewed: functions of at most 80 lines, three
# levels of nesting, files of at most 600 lines. Relies on the house form: the
# braces of a function stand alone in the first column. The one exception is the
# public header: a manual that is read by looking up, and one file by promise.
#
# usage: size.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"

# $0 and the like belong to awk.
# shellcheck disable=SC2016
find src tests scripts \( -name node_modules -prune \) -o -type f \
    \( -name '*.[ch]' -o -name '*.def' -o -name '*.py' -o -name '*.js' \
    -o -name '*.mjs' -o -name '*.sh' -o -path 'scripts/*' \) -print |
sort | xargs awk -v max_file=600 -v max_function=80 -v max_nesting=3 '
function complain(line, why) {
	printf "%s:%d: %s\n", FILENAME, line, why
	wrong = 1
}

FNR == 1 { inside = 0; start = 0 }
FNR == max_file + 1 && FILENAME != "src/framed/module.h" { complain(FNR, "file longer than " max_file " lines") }
FILENAME !~ /\.[ch]$/ { next }

# A name in the first column, "(" right behind it, may begin a function.
!inside && /^[A-Za-z_][A-Za-z0-9_]*\(/ {
	start = FNR
	name = $0
	sub(/^START_TEST\(/, "", name)
	sub(/[^A-Za-z0-9_].*/, "", name)
}
!inside && start && /^{$/ { inside = 1; depth = 0; next }
inside && /^}/ {
	if (FNR - start + 1 > max_function)
		complain(start, name "() has " FNR - start + 1 " lines")
	inside = 0
	start = 0
	next
}
inside && /^[[:blank:]]*}/ { depth-- }
inside && /{$/ && ++depth > max_nesting {
	complain(FNR, name "() nests " depth " levels deep")
}

END { exit wrong }
'
