#!/bin/bash
# Builds libvirt's modular daemons, which Debian does not package, from its source package for labs to run: into
# target/modular, or the folder that VIRTWIRE_MODULAR names. What is there stays as it is, until this script changes.
# Installs with apt what that takes, where it may. Nothing that it builds is installed, and no service is started.
#
#   tests/lab/modular.sh      exit 0: they are there; 3: they cannot be built here, and stderr says why
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/setup.sh

folder=${VIRTWIRE_MODULAR:-target/modular}
packages=(
    gcc libc6-dev libglib2.0-dev libgnutls28-dev libnl-3-dev libnl-route-3-dev libsasl2-dev libtirpc-dev libxml2-dev
    libxml2-utils libyajl-dev meson ninja-build perl pkg-config python3 rpcsvc-proto xsltproc
)
daemons=(virtnetworkd virtqemud virtproxyd)
# Daemons that run where they were built find there what belongs to them.
parts=(libvirt_driver_network.so libvirt_driver_qemu.so libvirt_leaseshelper)

cannot() { echo "libvirt's modular daemons cannot be built here: $*" >&2; exit 3; }

# Without optimisation: what takes long here is compiling. libvirtd is not built, but the drivers want it enabled.
configure() {
    meson setup "$folder/build" "$folder/9.0.0" --auto-features=disabled --buildtype=plain \
        -Dprefix=/usr -Dsysconfdir=/etc -Dlocalstatedir=/var -Drunstatedir=/run -Dno_git=true \
        -Ddriver_remote=enabled -Ddriver_libvirtd=enabled -Ddriver_network=enabled -Ddriver_qemu=enabled \
        -Dlibnl=enabled -Dsasl=enabled -Dyajl=enabled
}

build() {
    rm -rf "$folder/build"
    tests/libvirt-source --whole "$folder"
    configure
    nice -n 10 ninja -C "$folder/build" -j "$(nproc)" "${daemons[@]/#/src/}" "${parts[@]/#/src/}"
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
exec 9>"$folder/.lock"
flock 9
made_by=$(sha256sum <tests/lab/modular.sh)
stamp=$folder/.made-by log=$folder/log
if [ "$(cat "$stamp" 2>/dev/null)" = "$made_by" ]; then exit 0; fi
rm -f "$stamp"
have apt-get || cannot "no apt-get, to fetch the source with"
echo "building libvirt's modular daemons: $folder"
install_missing || cannot "what it takes cannot be installed"
# Apart, since in a condition a failure in the middle would not end it.
build >"$log" 2>&1 &
wait $! || { tail -n 20 "$log" >&2; cannot "all that was said: $log"; }
echo "$made_by" >"$stamp"
rm -f "$log"
