#!/bin/sh
# The manual page lists every way a session can end, in the order of the table
# of close reasons, each with its log level and, unless the table leaves it
# open with 0, its code.
#
# usage: reasons.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
page=man/framed.8
table=src/core/close_reason.def

# .It Li WORD Ta LEVEL Ta CODE Ta MEANING
told=$(awk -F ' Ta ' 'NF == 4 && sub(/^\.It Li /, "") { print $1, $2, $3 }' \
    "$page")

# CLOSE_REASON(SYMBOL, CODE, WHO, LEVEL, "WORD", "SENTENCE")
tr -d '\n' <"$table" | sed 's/CLOSE_REASON(/\n&/g' |
awk -F '[(,"][ "]*' -v told="$told" '
/^CLOSE_REASON\(/ {
	rows++
	split(lines[rows], row, " ")
	if (row[1] != $6 || row[2] != tolower($5) || $3 != 0 && row[3] != $3) {
		printf "the manual has \"%s\" for %s %s %s\n", lines[rows],
		    $6, tolower($5), $3
		wrong = 1
	}
}

BEGIN { count = split(told, lines, "\n") }

END {
	if (rows == 0 || rows != count) {
		printf "%d close reasons, the manual has %d\n", rows, count
		wrong = 1
	}
	exit wrong
}'
