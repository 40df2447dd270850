"""Passes one connection on between two unix sockets and keeps the bytes of both directions.

    tee.py LISTEN DAEMON FROM_SERVER FROM_CLIENT
"""
import selectors
import socket
import sys

listen, daemon, from_server, from_client = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(listen)
listener.listen(1)
client, _ = listener.accept()
server = socket.socket(socket.AF_UNIX)
server.connect(daemon)

with open(from_server, "wb") as answers, open(from_client, "wb") as questions:
    ways = selectors.DefaultSelector()
    ways.register(server, selectors.EVENT_READ, (client, answers))
    ways.register(client, selectors.EVENT_READ, (server, questions))
    while True:
        for key, _ in ways.select():
            target, copy = key.data
            data = key.fileobj.recv(65536)
            if not data:
                sys.exit()
            copy.write(data)
            target.sendall(data)
