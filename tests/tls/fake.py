"""A server that speaks TLS and is no daemon: `fake.py CERT KEY HOW` prints its port and serves one client."""
import socket
import ssl
import sys
import time

cert, key, how = sys.argv[1:]
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
if how == "mute":
    time.sleep(60)
if how == "plain":
    client.recv(4096)
    client.sendall(b"\x00\x00\x00\x1c" + bytes(24))
    time.sleep(60)
if how == "cut":
    client.recv(16)
    sys.exit()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
tls = context.wrap_socket(client, server_side=True)
if how == "close":
    tls.unwrap()
elif how == "drop":
    socket.socket(fileno=tls.detach()).close()
elif how == "garbage":
    tls.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
elif how == "zero":
    tls.sendall(b"\x00")
elif how == "break":
    # Not a record of this connection.
    socket.socket(fileno=tls.detach()).sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
time.sleep(60)
