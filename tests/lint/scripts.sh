#!/bin/sh
# Every shell script is read by shellcheck.
#
# usage: scripts.sh [TREE]
set -eu
cd "${1:-${srcdir:-.}}"
command -v shellcheck >/dev/null || exit 77

find .ci scripts tests \( -name node_modules -prune \) -o -type f -print |
while read -r file; do
	case $(head -n 1 "$file" | tr -d '\0') in
	'#!/bin/sh'*|'#!/usr/bin/env bash'*) echo "$file" ;;
	esac
done | xargs shellcheck -x
