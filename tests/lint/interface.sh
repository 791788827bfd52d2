#!/bin/sh
# framed-module(3) describes every call and every field of struct framed_module
# that module.h has, and names no others.
#
# usage: interface.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
page=man/framed-module.3
header=src/framed/module.h
tests_header=src/framed/fake.h
failed=0

complain()
{
	echo "$page: $1"
	failed=1
}

# The house form puts the name of a function in the first column.
calls_of()
{
	sed -n 's/^\(framed_[a-z_]*\)(.*/\1/p' "$1" | sort -u
}

# The names before "," and ";", and in "(*name)(", of the struct.
fields()
{
	awk '/^struct framed_module {/ { inside = 1; next }
	/^};/ { inside = 0 }
	inside && match($0, /\(\*[a-z_]+\)\(/) {
		print substr($0, RSTART + 2, RLENGTH - 4)
	}
	inside && /^\t[a-z].*[a-z_]+;/ && !/[()]/ {
		sub(/;.*/, "")
		print $NF
	}' "$header" | tr -d '*'
}

for call in $(calls_of "$header"); do
	grep -q "^\.It Ft .* Fn $call " "$page" ||
		complain "$call() is not described"
done
count=0
for field in $(fields); do
	count=$((count + 1))
	grep -qE "^\.It Ft .* Fn \(\*$field\) |^\.It Fa (.*, )?$field( |$)" \
	    "$page" || complain "the field $field is not described"
done
[ $count -ge 3 ] || complain "there are $count fields in $header"

sed -n 's/.*Fn \(framed_[a-z_]*\).*/\1/p' "$page" | sort -u |
while read -r call; do
	grep -qE "(^|[^a-z_])$call\(" "$header" "$tests_header" ||
		echo "$page: there is no $call()"
done | grep . && failed=1
exit $failed
