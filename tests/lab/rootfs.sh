#!/bin/bash
# Makes the root file system of a Debian suite with its libvirtd, virsh and all they start, for labs to run: as
# target/rootfs/SUITE, or in the folder that VIRTWIRE_ROOTFS names. One that is there stays as it is, until this script
# changes. It must never start a service, nor leave a mount or half a root behind.
#
#   tests/lab/rootfs.sh SUITE...      exit 0: they are there; 3: they cannot be made here, and stderr says why
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${VIRTWIRE_ROOTFS:-$here/../../target/rootfs}
packages=(libvirt-daemon libvirt-clients dnsmasq-base iptables nftables iproute2)

cannot() { echo "no root of a Debian suite can be made here: $*" >&2; exit 3; }

# Where this machine gets Debian from; what it knows of an archive's origin it knows from its lists.
mirror() {
    local format='$(ORIGIN)/$(LABEL)/$(COMPONENT) $(REPO_URI)'
    apt-get indextargets --format "$format" 'Created-By: Packages' | sed -n 's,^Debian/Debian/main ,,p' | head -n 1
}

# The drivers of the network and of qemu are packages of their own since bullseye, which in turn makes the users that
# its daemon wants in the package of its services.
packages_of() {
    echo "${packages[@]}"
    case $1 in
        bullseye) echo libvirt-daemon-system ;;
        *) echo libvirt-daemon-driver-network libvirt-daemon-driver-qemu ;;
    esac
}

# Runs in namespaces of its own: when it ends, however it ends, so do its mounts and processes.
make() {
    local suite=$1 root=$2 from=$3
    debootstrap --variant=minbase "$suite" "$root" "$from"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    # The lists of a suite in development can be past their date.
    printf '%s "false";\n' Acquire::Check-Valid-Until APT::Install-Recommends >"$root/etc/apt/apt.conf.d/lab"
    mount -t proc proc "$root/proc"
    local apt=(chroot "$root" env -i PATH="$PATH" LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive apt-get -q -y)
    "${apt[@]}" update
    # shellcheck disable=SC2046 # words are meant
    "${apt[@]}" install $(packages_of "$suite")
    "${apt[@]}" clean
    rm -rf "$root/var/lib/apt/lists"
}

need() {
    local suite=$1 root=$folder/$1 stamp=.made-by log=$folder/$1.log from
    local made_by
    made_by=$(sha256sum <"$here/rootfs.sh")
    if [ "$(cat "$root/$stamp" 2>/dev/null)" = "$made_by" ]; then return 0; fi
    [ "$(id -u)" = 0 ] || cannot "not root"
    for program in debootstrap unshare apt-get; do
        command -v $program >/dev/null || cannot "no program $program"
    done
    from=$(mirror)
    [ -n "$from" ] || cannot "no archive of Debian among this machine's apt sources (or never updated)"
    echo "making the root of $suite: $root"
    rm -rf "$root.new"
    if ! unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        "$0" --make "$suite" "$root.new" "$from" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -rf "$root.new"
        cannot "$suite from $from; all that was said: $log"
    fi
    echo "$made_by" >"$root.new/$stamp"
    rm -rf "$root.old"
    [ ! -e "$root" ] || mv "$root" "$root.old"
    mv "$root.new" "$root"
    rm -rf "$root.old" "$log"
}

if [ "${1:-}" = --make ]; then
    make "$2" "$3" "$4"
    exit
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
exec 9>"$folder/.lock"
flock 9
for suite in "$@"; do need "$suite"; done
