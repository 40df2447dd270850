#!/bin/sh
# Keeps the namespaces of one lab: makes them, prints the pid to enter them by, waits until its stdin closes (the test
# dropped the lab, panicked or was killed), then removes every trace of them.
# It must never touch what is not inside the namespace NAME or the directory DIR.
# With ROOT, the same daemon's view is also there below ROOT, another system's root, which nobody can write to; so are the
# tests' own FILES.
#   keeper.sh up NAME DIR [ROOT FILES]      keeper.sh down NAME DIR
set -eu
# Interrupting the tests must not stop the cleaning.
trap '' INT TERM HUP
action=$1 name=$2 dir=$3 root=${4-} files=${5-}

down() {
    # Whoever is in the network namespace is ours: the daemon, its dnsmasq, its hooks, the holder.
    tries=0
    while pids=$(ip netns pids "$name" 2>/dev/null) && [ -n "$pids" ] && [ $tries -lt 250 ]; do
        for pid in $pids; do kill -9 "$pid" 2>/dev/null || :; done
        tries=$((tries + 1))
        sleep 0.02
    done
    ip netns del "$name" 2>/dev/null || :
    rm -rf "$dir"
}

# The holder sees the lab's directories where libvirt keeps its own; its stdin, stdout and stderr pin nothing.
# /run is replaced as a whole, so that the daemon finds no bus, no lock and no state of the host there.
hold='
    set -eu
    mount -t tmpfs tmpfs /run
    mkdir /run/libvirt
    mount --bind "$0/run" /run/libvirt
    mount --bind "$0/lib" /var/lib/libvirt
    mount --bind "$0/etc" /etc/libvirt
    mount --bind "$0/log" /var/log/libvirt
    mount --bind "$0/cache" /var/cache/libvirt
    if [ -n "$1" ]; then
        mkdir -p "$1${0%/*}" "$1$2"
        mount --bind "$1" "$1"
        mount -o remount,bind,ro "$1"
        for seen in /proc /sys /dev /run /var/lib/libvirt /etc/libvirt /var/log/libvirt /var/cache/libvirt; do
            mount --rbind $seen "$1$seen"
        done
        mount --bind "${0%/*}" "$1${0%/*}"
        mount --bind "$2" "$1$2"
        [ ! -e "$0/tc" ] || mount --bind "$0/tc" "$1/usr/sbin/tc"
    fi
    ip link set lo up
    echo $$
    exec sleep infinity </dev/null >/dev/null 2>&1
'

up() {
    trap down EXIT
    ip netns add "$name"
    ip netns exec "$name" unshare --mount --propagation private sh -c "$hold" "$dir" "$root" "$files" </dev/null &
    # No one ever writes a line here: read returns when the other end is closed.
    read -r _ || :
}

"$action"
