#!/bin/bash
# Prints the sysroot of a standard library for a musl target that is built for size: one for `rustc --sysroot`, with a file
# `flags` of what programs are to be compiled with. It is built from Debian's rust-src of the very version that rustc is: in
# a minute, under target/std, once. Where Debian has that version no more, it brings bookworm's own Rust and builds from
# its source: then the sysroot has a compiler, bin/rustc, that alone can use it. Where none can be built and rustc has one
# of its own, it prints nothing. It must change neither rustup nor this machine, nor compile any C.
#
#   dist/std.sh [TARGET]            x86_64-unknown-linux-musl without it, or aarch64-unknown-linux-musl
#   dist/std.sh --debian [TARGET]   builds it with bookworm's Rust
#   exit 0: there it is; 3: it cannot be made here, and stderr says why
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/../target/std"
folder=$(cd "$here/../target/std" && pwd)
mode=
case "${1:-}" in --*) mode=$1 && shift ;; esac
target=${1:-x86_64-unknown-linux-musl}
# A panic unwinds; but one in a destructor ends the program where it is, once it was reported: else each destructor would
# have to be ready for another's to fail, 7 % of the program. No stable compiler has that flag for a program by itself.
flags=-Zpanic-in-drop=abort
key=/usr/share/keyrings/debian-archive-keyring.gpg

cannot() {
    echo "no standard library for $target can be made here: $*" >&2
    if [ -z "$mode" ] && ls "$(rustc --print target-libdir --target "$target")"/libstd-*.rlib >/dev/null 2>&1; then
        echo "that of rustc is taken: the program will be larger" >&2
        exit 0
    fi
    exit 3
}

case $target in
    x86_64-unknown-linux-musl) architecture=amd64 ;;
    aarch64-unknown-linux-musl) architecture=arm64 ;;
    *) cannot "only x86_64 and aarch64 are known" ;;
esac
rustc=$(rustc -vV) || cannot "no program rustc"
release=$(sed -n 's/^release: //p' <<<"$rustc")
made_by=$({ cat "$here/std.sh"; echo "$rustc $mode"; } | sha256sum | cut -c 1-16)
# Not named after the target: what the guard of the tests takes for linking for it is such a name.
sysroot=$folder/${target%%-*}-$release-$made_by

# Where this machine gets Debian from; what it knows of an archive's origin it knows from its lists.
mirror() {
    local format='$(ORIGIN)/$(LABEL)/$(COMPONENT) $(REPO_URI)'
    apt-get indextargets --format "$format" 'Created-By: Packages' | sed -n 's,^Debian/Debian/main ,,p' | head -n 1
}

# Brings packages, signed as any of Debian's, by way of lists that are no business of this machine's apt.
download() {
    local from=$1 source= own
    own=$(dpkg --print-architecture)
    mkdir -p lists/partial cache/archives/partial none
    # trixie-backports keeps every version of Rust that it ever had, for as long as it is kept itself.
    for suite in bookworm trixie trixie-backports; do echo "deb [signed-by=$key] $from $suite main"; done >sources.list
    cat >apt.conf <<CONF
Dir::Etc::sourcelist "$PWD/sources.list";
Dir::Etc::sourceparts "$PWD/none";
Dir::State::lists "$PWD/lists";
Dir::Cache "$PWD/cache";
APT::Architecture "$own";
APT::Architectures { "$own"; "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONF
    export APT_CONFIG=$PWD/apt.conf
    apt-get -q update
    apt-get -q download {musl-dev,libunwind-19-dev,libgcc-14-dev}":$architecture/trixie"
    [ "$mode" = --debian ] || source=$(version rust-src "$release+")
    if [ -n "$source" ]; then apt-get -q download "rust-src=$source"; else download_compiler; fi
}

version() { apt-cache madison "$1" | awk -v start="$2" 'index($3, start) == 1 { print $3; exit }'; }

# bookworm's own Rust is the oldest that builds this, and stays as long as bookworm does.
download_compiler() {
    local source
    source=$(version rust-web-src 1.85.0+)
    if [ -z "$source" ]; then echo "neither rust-src $release nor rust-web-src 1.85.0" && exit 1; fi
    apt-get -q download {rust-web-src,rustc-web,libstd-rust-web-dev,libstd-rust-web-1.85}"=$source" {libllvm19,lld-19}/bookworm
}

# Makes of the sysroot one with a compiler, which finds its libraries, and a linker by the name that Rust's own has.
bring_compiler() {
    local host=$1/lib/rustlib/$2 llvm=$1/lib/llvm-19
    mkdir -p "$host/bin"
    cp -r unpacked/usr/lib/. "$1/lib"
    mkdir "$1/bin"
    cp unpacked/usr/bin/rustc "$1/bin/rustc.bin"
    cat >"$1/bin/rustc" <<'SCRIPT'
#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH=$(echo "$here"/../lib/*-linux-gnu):$here/../lib/llvm-19/lib exec "$here/rustc.bin" "$@"
SCRIPT
    chmod +x "$1/bin/rustc"
    ln -s "../../../llvm-19/bin/lld" "$host/bin/rust-lld"
    [ -x "$llvm/bin/lld" ]
}

# What the compiler links programs with beside std: musl, the objects that a program starts and ends with, an unwinder.
bring_native() {
    mkdir -p "$1"
    cp unpacked/usr/lib/*-linux-musl/*.[ao] "$1"
    cp unpacked/usr/lib/gcc*/*/14/crt{begin,beginS,end,endS}.o "$1"
    cp unpacked/usr/lib/llvm-19/lib/libunwind.a "$1/libunwind-19.a"
    # Debian's is made for glibc, by whose names for it it prints; which it does when asked to trace itself, or to abort.
    cat >"$1/libunwind.a" <<'SCRIPT'
INPUT(libunwind-19.a)
PROVIDE(__vfprintf_chk = abort);
PROVIDE(__vsnprintf_chk = abort);
SCRIPT
}

# For size, whatever profile the program is built with, which "s" serves better than "z" here; without the reader of debug
# information, for a program without symbols has none to read; with bitcode, for link-time optimization.
build() {
    local library=$1 commit
    commit=$("${RUSTC:-rustc}" -vV | sed -n 's/^commit-hash: //p')
    unset CARGO_ENCODED_RUSTFLAGS "${!CARGO_PROFILE_@}"
    cd "$library/sysroot"
    RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=stablestd CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=s RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes \
        -Cforce-unwind-tables=no $flags --remap-path-prefix=$library=/rustc/$commit/library" \
        cargo build --locked --release --target "$target" --target-dir "$2" --features panic-unwind,optimize_for_size
}

make() {
    local libraries=$1/lib/rustlib/$target/lib from host
    from=$(mirror)
    if [ -z "$from" ]; then echo "no archive of Debian among this machine's apt sources (or never updated)" && exit 1; fi
    download "$from"
    for deb in *.deb; do dpkg-deb -x "$deb" unpacked; done
    bring_native "$libraries/self-contained"
    if [ -e unpacked/usr/bin/rustc ]; then
        host=$(sed -n 's/^host: //p' <<<"$rustc")
        bring_compiler "$1" "$host"
        export RUSTC=$PWD/$1/bin/rustc
    fi
    (build "$(echo "$PWD"/unpacked/usr/src/rustc-*/library)" "$PWD/built")
    cp "built/$target"/release/deps/*.rlib "$libraries"
    echo "$flags" >"$1/flags"
}

if [ "$mode" = --make ]; then
    mode=${VIRTWIRE_STD_MODE:-}
    make sysroot
    exit
fi
exec 9>"$folder/.lock"
flock 9
if [ ! -e "$sysroot" ]; then
    for program in cargo apt-get dpkg-deb; do
        command -v $program >/dev/null || cannot "no program $program"
    done
    work=$folder/.work
    trap 'rm -rf "$work"' EXIT
    rm -rf "$work"
    mkdir "$work"
    cd "$work"
    VIRTWIRE_STD_MODE=$mode "$here/std.sh" --make "$target" >log 2>&1 || { tail -n 20 log >&2; cannot "its last words stand above"; }
    mv sysroot "$sysroot"
fi
echo "$sysroot"
