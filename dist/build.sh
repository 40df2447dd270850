#!/bin/bash
# Builds the static binary, and prints where it is. Where rustup has the target, this is no more than
# `cargo build --release --target TARGET`; else std.sh builds the standard library first.
#
#   dist/build.sh [TARGET [CARGO-OPTION...]]     TARGET: as for std.sh
#
# VIRTWIRE_STD=own or =debian has std.sh build one also where rustc has it.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-x86_64-unknown-linux-musl}
sysroot=$(dist/std.sh ${VIRTWIRE_STD:+"--$VIRTWIRE_STD"} "$target")
if [ -x "$sysroot/bin/rustc" ]; then export RUSTC=$sysroot/bin/rustc; fi
settings=CARGO_TARGET_${target^^}
settings=${settings//-/_}
# A panic names its place: the same one, wherever the source lies.
flags="--remap-path-prefix=$PWD=virtwire --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo${sysroot:+ --sysroot $sysroot}"
# Such names tell all that link.sh has to know a function by.
export "${settings}_RUSTFLAGS=$flags -Csymbol-mangling-version=v0 -Clinker-flavor=ld.lld"
export "${settings}_LINKER=$PWD/dist/link.sh"
cargo build --release --locked --target "$target" --bin virtwire "${@:2}" >&2
realpath "${CARGO_TARGET_DIR:-target}/$target/release/virtwire"
