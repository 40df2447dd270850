#!/bin/bash
# Lists the functions that a start of the program runs, for dist/link.sh: made anew where tests/minimal says that
# net-list takes too much memory. Needs valgrind.
#
#   dist/start.sh >dist/start.txt.new && mv dist/start.txt.new dist/start.txt
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$work"' EXIT

binary=$(CARGO_PROFILE_RELEASE_STRIP=none dist/build.sh)
"$binary" testd --listen "unix:$work/socket" >"$work/testd" &
daemon=$!
for _ in {1..100}; do [ -S "$work/socket" ] && break || sleep 0.1; done
uri="test+unix:///default?socket=$work/socket"

# The functions that a command line runs.
run() {
    valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file="$work/calls" "$binary" "$@" >/dev/null
    sed -n "s/^c\\?fn=([0-9]*) \\([A-Za-z_][^']*\\).*/\\1/p" "$work/calls"
}

# Gives the daemon so many networks that to sort them takes more than the code for a few.
bring() {
    local number
    for number in {1..999}; do
        echo "<network><name>network-$number</name><bridge name='br-$number'/></network>" >"$work/xml"
        "$binary" -q -c "$uri" net-define "$work/xml" >/dev/null
    done
}

{
    # musl's, by which a start begins, and its assembly: valgrind has other names for them, or none.
    printf '%s\n' __libc_start_main __init_tls __set_thread_area memcpy memmove memset
    run --version
    run -c "$uri" net-info default
    run -c "$uri" net-list --all
    bring
    run -c "$uri" net-list --all
} | dist/link.sh --plain | LC_ALL=C sort -u
