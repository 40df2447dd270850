#!/bin/bash
# Links a static program as rust-lld does, with what a start runs side by side: see dist/start.txt. It links once to learn
# what the functions are called by the compiler, which puts a hash into each name, and once more in that order. Whether a
# name is known decides only where the function lies: a list that is out of date costs memory, nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The names without what depends on the compiler, on features and on versions.
plain() { sed 's/Cs[0-9A-Za-z]*_/C_/g'; }

# Of functions that are the same byte for byte, each one is named.
rust-lld "$@" --icf=none --no-demangle -Map="$work/map"
awk 'NF == 5 { print $5 }' "$work/map" >"$work/names"
plain <"$work/names" | paste - "$work/names" |
    awk 'NR == FNR { starts[$1]; next } $1 in starts { print $2 }' "$here/start.txt" - >"$work/order"
rust-lld "$@" --symbol-ordering-file="$work/order" --no-warn-symbol-ordering
