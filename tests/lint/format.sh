#!/bin/sh
# clang-format has the last word on form.
#
# usage: format.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
command -v clang-format >/dev/null || exit 77

find src tests \( -name node_modules -prune \) -o -name '*.[ch]' -print0 |
	xargs -0 clang-format --dry-run -Werror
