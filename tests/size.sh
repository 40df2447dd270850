#!/bin/bash
# How large the static binary is, as releases have it (see docs/features.md).
#
#   tests/size.sh            builds the whole program and the smallest, and fails where one is over its limit
#   tests/size.sh --table    what each feature brings, in crates and bytes: the table of docs/features.md
set -euo pipefail
cd "$(dirname "$0")/.."

target=x86_64-unknown-linux-musl
# Bytes: the limit, and, of the smallest, which is to have 1258291, no more than was reached.
whole_max=4194304
smallest_max=1312768
alone=(blocking evidence tracing xml)
with_program=(annotations ansible completions edit exports gssapi json local-time man net-event net-port page sasl several ssh tcp
    testdaemon tls trace xpath)

# The size of the program with these options of cargo's, built as for a release.
size() { stat -c %s "$(dist/build.sh "$target" --quiet "$@")"; }

# How many crates are compiled in, ours included.
crates() {
    cargo tree --locked --target "$target" --edges normal --prefix none "$@" | sed 's/ (\*)$//' | sort -u | wc -l
}

table() {
    local feature library smallest
    library=$(crates --no-default-features)
    echo "| features | crates | bytes |"
    echo "|---|---|---|"
    echo "| none: the library | $library | - |"
    for feature in "${alone[@]}"; do
        echo "| \`$feature\`, of the library | +$(($(crates --no-default-features --features "$feature") - library)) | - |"
    done
    library=$(crates --no-default-features --features cli)
    smallest=$(size --no-default-features --features cli)
    echo "| \`cli\` | $library | $smallest |"
    for feature in "${with_program[@]}"; do
        echo "| \`cli\` and \`$feature\` | +$(($(crates --no-default-features --features "cli,$feature") - library)) |" \
            "+$(($(size --no-default-features --features "cli,$feature") - smallest)) |"
    done
    echo "| all of the program: the default | $(crates) | $(size) |"
}

within() {
    echo "$1: $2 bytes of $3"
    [ "$2" -le "$3" ] || { echo "size: $1 is over its limit by $(($2 - $3)) bytes" >&2; return 1; }
}

case "${1:-}" in
    "")
        failed=0
        within "whole program" "$(size)" $whole_max || failed=1
        within "smallest program" "$(size --no-default-features --features cli)" $smallest_max || failed=1
        exit $failed
        ;;
    --table) table ;;
    *) echo "usage: tests/size.sh [--table]" >&2; exit 2 ;;
esac
