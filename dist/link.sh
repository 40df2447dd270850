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
rust-lld "$@" --no-demangle -Map="$work/map" --print-icf-sections >"$work/same"
# Each function, and where it is kept: of those that are the same byte for byte, one is.
{
    awk 'NF == 5 { print $5, $5 }' "$work/map"
    sed -n 's/.*:(\.text\.\(unlikely\.\)\{0,1\}\(.*\))$/\2 &/p' "$work/same" |
        awk '$2 == "selected" { kept = $1 } { print $1, kept }'
} >"$work/functions"
{
    cut -d ' ' -f 1 "$work/functions" | plain | paste -d ' ' - "$work/functions" |
        awk 'NR == FNR { starts[$1]; next } $1 in starts { print $3 }' "$here/start.txt" -
    # The smallest, of up to 0x37 bytes, come behind: the compiler makes one of those that are alike, and each time it is
    # another whose name stays.
    awk 'NF == 5 && (length($3) == 1 || length($3) == 2 && $3 <= "37") { print $5 }' "$work/map"
} >"$work/order"
rust-lld "$@" --symbol-ordering-file="$work/order" --no-warn-symbol-ordering
