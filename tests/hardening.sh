#!/bin/sh
# Reads from the built daemon that the hardening flags took effect: a flag
# that is probed away, or lost in a link line, would not be missed otherwise.
# Run by make check, in the build folder.
set -u
[ "${hardening:-yes}" = yes ] && [ "${sanitizers:-no}" = no ] || exit 77
command -v readelf >/dev/null || exit 77
headers=$(readelf -hldW framed) || exit 1
failed=0

# expect WHAT PATTERN
expect()
{
	echo "$headers" | grep -qE "$2" && return
	echo "framed: $1"
	failed=1
}

expect "is no position-independent executable" 'FLAGS_1.* PIE'
expect "binds symbols late" '(FLAGS.* BIND_NOW|FLAGS_1.* NOW)'
expect "has no read-only relocations" '^ +GNU_RELRO'
expect "has an executable stack" '^ +GNU_STACK .* RW +0x'
exit $failed
