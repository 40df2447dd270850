"""A guest that wants an address: `dhcp_client.py INTERFACE NAME` asks for one over an interface that has none yet, prints
it, and ends. It knows as much of DHCP (RFC 2131) as that needs, and must not be used for anything else."""

import os, socket, struct, sys, time

MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def message(kind, mac, name, *more):
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x77690001, 0, 0x8000) + bytes(16) + mac + bytes(10 + 64 + 128)
    options = [(53, bytes([kind])), (12, name), (61, b"\x01" + mac), *more]
    return head + MAGIC + b"".join(bytes([code, len(data)]) + data for code, data in options) + b"\xff"


def parse(reply):
    options, at = {}, 240
    while at < len(reply) and reply[at] != 255:
        code, length = reply[at], reply[at + 1]
        options[code] = reply[at + 2 : at + 2 + length]
        at += 2 + length
    return reply[16:20], options


def ask(link, text, kind, deadline):
    while time.time() < deadline:
        link.sendto(text, ("255.255.255.255", 67))
        try:
            while True:
                address, options = parse(link.recv(2048))
                if options.get(53) == bytes([kind]):
                    return address, options
        except socket.timeout:
            pass
    sys.exit("nobody answers")


interface, name = sys.argv[1], sys.argv[2].encode()
mac = bytes.fromhex(open(f"/sys/class/net/{interface}/address").read().strip().replace(":", ""))
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
link.bind(("", 68))
link.settimeout(1)
deadline = time.time() + 25
address, options = ask(link, message(DISCOVER, mac, name), OFFER, deadline)
request = message(REQUEST, mac, name, (50, address), (54, options[54]))
address, _ = ask(link, request, ACK, deadline)
print(socket.inet_ntoa(address))
