# guest.sh CLIENT: plugs a guest into virbr0, in a network namespace of its own, and lets it ask for an address. Run inside
# a lab's namespaces, from which the guest is gone when it has its lease.
set -e
ip link add vwguest type veth peer name vwlease
ip link set vwguest master virbr0 up
unshare --net --mount sh -c '
    mount -t sysfs none /sys
    until [ -e /sys/class/net/vwlease ]; do sleep 0.1; done
    ip link set vwlease address 52:54:00:77:69:99 up
    exec python3 "$0" vwlease guest-1' "$1" &
# Until it has namespaces of its own, its pid names ours.
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set vwlease netns $!
wait $!
