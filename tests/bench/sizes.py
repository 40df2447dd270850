"""What must be there for a client to run: its program, and every file that this loads."""

import os
import re
import subprocess


def loaded(program):
    """A program and its libraries; a static one has none."""
    found = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return {program, *re.findall(r"(/\S+) \(0x", found)}


def sizes(line, virtwire, peers, python, uri):
    everyone = {
        "virtwire": loaded(virtwire),
        "libvirt-pure": loaded(f"{peers}/libvirt-pure"),
        "go-libvirt": loaded(f"{peers}/go"),
        "C library": loaded(f"{peers}/c"),
        "virsh": loaded("/usr/bin/virsh"),
        "python3-libvirt": set(
            subprocess.run([*python, uri, "files"], capture_output=True, text=True, check=True).stdout.split()
        ),
    }
    for who, files in everyone.items():
        there = {os.path.realpath(file) for file in files if os.path.isfile(file)}
        if who == "python3-libvirt" or os.path.exists(next(iter(sorted(files)))):
            size = sum(os.path.getsize(file) for file in there)
            line("installed", who, f"{size / 1024:.0f} K", f"{len(there)} files")
