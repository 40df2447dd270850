#!/bin/bash
# Builds the static binary, and prints where it is. Where rustup has the target, this is no more than
# `cargo build --release --target TARGET`; else std.sh builds the standard library first.
#
#   tests/minimal/build.sh [TARGET [CARGO-OPTION...]]     TARGET: as for std.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:-x86_64-unknown-linux-musl}
sysroot=$(tests/minimal/std.sh "$target")
if [ -n "$sysroot" ]; then
    flags=CARGO_TARGET_${target^^}_RUSTFLAGS
    export "${flags//-/_}=--sysroot $sysroot"
fi
cargo build --release --locked --target "$target" --bin virtwire "${@:2}" >&2
realpath "${CARGO_TARGET_DIR:-target}/$target/release/virtwire"
