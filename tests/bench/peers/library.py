"""The same with Debian's python3-libvirt: see library.c."""

import sys
import threading
import time

import libvirt

THREADS, WARM = 8, 200


def ask(connection, what):
    if what in ("version", "flight"):
        connection.getLibVersion()
    elif what == "lookup":
        connection.networkLookupByName("default")
    elif what == "all":
        connection.listAllNetworks(0)


def loop(connection, what, calls):
    if what != "flight":
        for _ in range(calls):
            ask(connection, what)
        return

    def caller():
        for _ in range(calls // THREADS):
            ask(connection, what)

    threads = [threading.Thread(target=caller) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    uri, what = sys.argv[1:3]
    connection = libvirt.open(uri)
    if what == "list":
        for network in connection.listAllNetworks(0):
            print(network.name(), network.isActive(), network.autostart(), network.isPersistent())
    elif what == "files":
        # Every file that this program is made of: what is mapped, and the modules that were read.
        with open("/proc/self/maps") as maps:
            files = {line.split(None, 5)[-1].strip() for line in maps if "/" in line}
        files.update(module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None))
        print("\n".join(sorted(files)))
    else:
        calls = int(sys.argv[3])
        loop(connection, what, THREADS if calls < WARM else WARM)
        wall, cpu = time.monotonic_ns(), time.process_time_ns()
        loop(connection, what, calls)
        print(calls, time.monotonic_ns() - wall, time.process_time_ns() - cpu)
    connection.close()


main()
