#!/bin/bash
# Links a static program as rust-lld does, with what a start runs side by side: see dist/start.txt. It links once to learn
# what the functions are called by the compiler, and once more in that order. Whether a name is known decides only where the
# function lies: a list that is out of date costs memory, nothing else.
#
#   dist/link.sh OPTIONS-OF-RUST-LLD
#   dist/link.sh --plain        names from stdin as the list has them
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# The names without what changes with compiler, features, versions and neighbours: hashes, numbers that point back within
# the name or count what is alike, and the crate, last in the name, for which a generic function was compiled.
plain() {
    sed 's/Cs[0-9A-Za-z]*_/C_/g; s/\.[0-9]*$//; s/B[0-9A-Za-z]*_/B_/g; s/B_$//; s/\([MX]\)s[0-9A-Za-z]*_/\1/g' |
        awk '{
            at = match($0, /C_[0-9]+[^C]*$/)
            crate = substr($0, at + 2)
            if (at > 4 && crate + 0 == length(crate) - length(crate + 0)) $0 = substr($0, 1, at - 1)
            print
        }'
}

if [ "${1:-}" = --plain ]; then
    plain
    exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Of functions that are the same byte for byte, each one is named.
rust-lld "$@" --icf=none --no-demangle -Map="$work/map"
awk 'NF == 5 { print $5 }' "$work/map" >"$work/names"
plain <"$work/names" | paste - "$work/names" |
    awk 'NR == FNR { starts[$1]; next } $1 in starts { print $2 }' "$here/start.txt" - >"$work/order"
rust-lld "$@" --symbol-ordering-file="$work/order" --no-warn-symbol-ordering
