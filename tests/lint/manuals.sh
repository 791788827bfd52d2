#!/bin/sh
# mandoc finds nothing to complain about in the manual pages.
#
# usage: manuals.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
command -v mandoc >/dev/null || exit 77

find man -name '*.[0-9]' -exec mandoc -T lint -W warning {} +
