#!/bin/bash
# Builds the static binary as releases have it, and prints where it is: as `cargo build --release --target TARGET` does, but
# with a standard library that std.sh builds for size, and the functions of a start side by side (link.sh).
#
#   dist/build.sh [TARGET [CARGO-OPTION...]]     TARGET: as for std.sh
#
# VIRTWIRE_STD=debian has std.sh build it with bookworm's Rust.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-x86_64-unknown-linux-musl}
sysroot=$(dist/std.sh ${VIRTWIRE_STD:+"--$VIRTWIRE_STD"} "$target")
if [ -x "$sysroot/bin/rustc" ]; then export RUSTC=$sysroot/bin/rustc; fi
small=
if [ -n "$sysroot" ]; then
    # What std was compiled with that no stable compiler takes by itself.
    export RUSTC_BOOTSTRAP=1
    small="--sysroot $sysroot $(cat "$sysroot/flags")"
fi
settings=CARGO_TARGET_${target^^}
settings=${settings//-/_}
# A panic names its place: the same one, wherever the source lies, and shortly.
cargo fetch --quiet --locked --target "$target" >&2
flags="--remap-path-prefix=$PWD=virtwire $small"
for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do flags+=" --remap-path-prefix=$crates=crates"; done
# Such names tell all that link.sh has to know a function by.
export "${settings}_RUSTFLAGS=$flags -Csymbol-mangling-version=v0 -Clinker-flavor=ld.lld"
export "${settings}_LINKER=$PWD/dist/link.sh"
cargo build --release --locked --target "$target" --bin virtwire "${@:2}" >&2
realpath "${CARGO_TARGET_DIR:-target}/$target/release/virtwire"
