"""Runs the clients in turns, and prints one table. `run` has made all that is needed before.

Every figure is a median, and every ratio the median of the ratios in each round, so that a machine that is faster at one
time than at another favours nobody. What the machine itself adds is shown by the floor beside itself.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile

from sizes import sizes

FOLDER, PEERS, MODE, *COUNTS = sys.argv[1:]
COUNTS = [int(count) for count in COUNTS]
SMOKE = MODE == "--smoke"
VIRTWIRE = os.environ["VIRTWIRE_BIN"]
PYTHON = ["/usr/bin/python3", os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers/library.py")]
missed = []


def socket(count, kind="run/libvirt-sock"):
    return f"{FOLDER}/{count}/{kind}"


def uri(count, kind="run/libvirt-sock"):
    return f"qemu:///system?socket={socket(count, kind)}"


def clients(count, kind="run/libvirt-sock"):
    """Who may be measured, and by which words; those that could not be built are left out."""
    path, name = socket(count, kind), uri(count, kind)
    every = {
        "floor": [f"{PEERS}/floor", path],
        "floor, dynamic": [f"{PEERS}/floor-dynamic", path],
        "floor again": [f"{PEERS}/floor", path],
        "virtwire, library": [f"{PEERS}/virtwire-library", name],
        "libvirt-pure": [f"{PEERS}/libvirt-pure", path],
        "go-libvirt": [f"{PEERS}/go", path],
        "C library": [f"{PEERS}/c", name],
        "python3-libvirt": [*PYTHON, name],
    }
    return {who: words for who, words in every.items() if os.path.exists(words[0])}


def line(*cells):
    widths = [30, 20, 11, 23, 8, 10, 9, 9]
    print(" ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip(), flush=True)


def target(what, value, limit, is_most=True):
    kept = value <= limit if is_most else value >= limit
    line("", f"target {'<=' if is_most else '>='} {limit}", f"{value:.2f}", "kept" if kept else "MISSED")
    if not kept:
        missed.append(f"{what}: {value:.2f}, wanted {'<=' if is_most else '>='} {limit}")


def pairs(ours, base):
    return statistics.median(one / other for one, other in zip(ours, base))


# Whole programs.


def times(commands, rounds):
    """Each command's runs: clock and CPU in nanoseconds, peak memory in KiB."""
    words = [str(rounds)]
    for at, command in enumerate(commands.values()):
        words += (["--"] if at else []) + command
    out = subprocess.run([f"{PEERS}/times", *words], capture_output=True, text=True, check=True).stdout
    runs = {who: [] for who in commands}
    names = list(commands)
    for which, wall, cpu, peak, status in (map(int, row.split()) for row in out.splitlines()):
        if status:
            sys.exit(f"{names[which]} ended with {status}: {commands[names[which]]}")
        runs[names[which]].append((wall, cpu, peak))
    return runs


def system_calls(command):
    with tempfile.NamedTemporaryFile("r") as file:
        subprocess.run(
            ["strace", "-f", "-c", "-o", file.name, *command], stdout=subprocess.DEVNULL, check=True
        )
        return int(re.findall(r"(\d+) +(?:\d+ )?total", file.read())[-1])


def program(count, rounds):
    commands = {who: [*words, "list"] for who, words in clients(count).items()}
    commands["virtwire"] = [VIRTWIRE, "-c", uri(count), "net-list", "--all"]
    commands["virsh"] = ["/usr/bin/virsh", "-c", uri(count), "net-list", "--all"]
    runs = times(commands, rounds)
    base = [wall for wall, _, _ in runs["floor"]]
    for who, command in commands.items():
        wall, cpu, peak = ([run[at] for run in runs[who]] for at in range(3))
        spread = f"{min(wall) / 1e6:.2f} .. {max(wall) / 1e6:.2f}"
        line(
            f"net-list, {count}", who, f"{statistics.median(wall) / 1e6:.2f} ms", spread,
            f"{pairs(wall, base):.2f}", f"{statistics.median(cpu) / 1e6:.2f} ms", system_calls(command),
            f"{statistics.median(peak)} K",
        )
    ours = runs["virtwire"]
    if count in (1, 1000):
        limit = 1.4 if count == 1 else 1.3
        target(f"net-list of {count} beside the floor", pairs([run[0] for run in ours], base), limit)
        limit = 2.5 if count == 1 else 3
        target(f"peak memory of net-list of {count}, MiB", statistics.median(run[2] for run in ours) / 1024, limit)


def turns(count, command):
    """How many round trips a command needs, as the link without a delay counts them."""
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    with open(f"{FOLDER}/{count}/record.turns") as file:
        return int(file.read())


def far(count, rounds):
    """Over 20 ms, and how many round trips that is."""

    def commands(kind):
        return {
            "floor": [*clients(count, kind)["floor"], "list"],
            "virtwire": [VIRTWIRE, "-c", uri(count, kind), "net-list", "--all"],
            "virsh": ["/usr/bin/virsh", "-c", uri(count, kind), "net-list", "--all"],
        }

    away = commands("far")
    last = {"virsh": away.pop("virsh")}
    runs = times(away, rounds)
    # Once is enough for what takes a minute.
    runs.update(times(last, 1) if not SMOKE or count == 1 else {})
    trips = {who: turns(count, command) for who, command in commands("written").items() if who in runs}
    for who, found in runs.items():
        wall = [run[0] / 1e6 for run in found]
        line(
            f"net-list, {count}, 20 ms away", who, f"{statistics.median(wall):.1f} ms",
            f"{min(wall):.1f} .. {max(wall):.1f}", "", "", f"{trips[who]} trips",
        )
    target(f"round trips of net-list of {count}", trips["virtwire"], 5)


def same_frames():
    """Virtwire and the floor say the same to the daemon, byte for byte."""
    said = []
    for command in (
        [*clients(COUNTS[0], "written")["floor"], "list"],
        [VIRTWIRE, "-c", uri(COUNTS[0], "written"), "net-list", "--all"],
    ):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        with open(f"{FOLDER}/{COUNTS[0]}/record", "rb") as record:
            said.append(record.read())
    if said[0] != said[1] or len(said[0]) < 200:
        sys.exit(f"floor and virtwire send different frames:\n{said[0].hex()}\n{said[1].hex()}")


# Calls on one connection.


def calls(title, what, count, number, rounds, base="floor"):
    everyone = clients(count)
    everyone.pop("floor, dynamic")
    rate, cpu = {who: [] for who in everyone}, {who: [] for who in everyone}
    for _ in range(rounds):
        for who, words in everyone.items():
            out = subprocess.run([*words, what, str(number)], capture_output=True, text=True, check=True).stdout
            done, wall, used = map(int, out.split())
            rate[who].append(done / wall * 1e9)
            cpu[who].append(used / done)
    for who in everyone:
        middle, low, high = statistics.median(rate[who]), min(rate[who]), max(rate[who])
        line(
            title, who, f"{middle:.0f} /s", f"{low:.0f} .. {high:.0f}", f"{pairs(rate[who], rate[base]):.2f}",
            f"{statistics.median(cpu[who]) / 1e3:.1f} us",
        )
    ours = "virtwire, library"
    if ours not in everyone:
        return
    limit = {"flight": 0.95, "all": 0.98}.get(what, 0.92)
    target(title, pairs(rate[ours], rate[base]), limit, is_most=False)
    if what == "all":
        target(f"{title}: CPU beside the floor's", pairs(cpu[ours], cpu[base]), 2)
    return


# Switching a network off.


def switching(rounds):
    """net-disable beside what guides say: both find the network started and autostarted."""
    holder = open(f"{FOLDER}/1/holder").read().strip()
    inside = ["/usr/bin/nsenter", "-t", holder, "-m", "-n"]
    virsh = [*inside, "/usr/bin/virsh", "-c", uri(1)]
    ours = [*inside, VIRTWIRE, "-c", uri(1), "net-disable", "default"]
    guides = ["/bin/sh", "-c", " && ".join(
        " ".join([*virsh, *words]).replace("?", "\\?")
        for words in (["net-destroy", "default"], ["net-autostart", "default", "--disable"])
    )]
    found = {"virtwire": [], "virsh, two commands": []}
    for _ in range(rounds):
        for who, command in (("virtwire", ours), ("virsh, two commands", guides)):
            for words in (["net-start", "default"], ["net-autostart", "default"]):
                subprocess.run([*virsh, *words], stdout=subprocess.DEVNULL, check=True)
            found[who] += times({who: command}, 1)[who]
    for who, runs in found.items():
        wall, cpu = [run[0] / 1e6 for run in runs], [run[1] / 1e6 for run in runs]
        line(
            "net-disable", who, f"{statistics.median(wall):.0f} ms", f"{min(wall):.0f} .. {max(wall):.0f}",
            f"{pairs(wall, [run[0] / 1e6 for run in found['virsh, two commands']]):.2f}",
            f"{statistics.median(cpu):.1f} ms",
        )


def main():
    same_frames()
    rounds = 1 if SMOKE else 40
    line("case", "who", "median", "min .. max", "ratio", "CPU", "syscalls", "memory")
    for count in COUNTS:
        program(count, rounds)
    for count in COUNTS:
        far(count, 1 if SMOKE else 5)
    rounds, number = (1, 200) if SMOKE else (9, 8000)
    calls("get_lib_version", "version", 1, number, rounds)
    calls("network_lookup_by_name", "lookup", 1, number, rounds)
    calls("8 callers, get_lib_version", "flight", 1, number, rounds)
    calls(f"list_all of {COUNTS[-1]}", "all", COUNTS[-1], max(number // 20, 20), rounds)
    switching(1 if SMOKE else 5)
    sizes(line, VIRTWIRE, PEERS, PYTHON, uri(1))
    if SMOKE:
        print("It works. What one round says of speed means nothing.")
        return
    for miss in missed:
        print("missed:", miss)


main()
