"""A server for clients under test: it sends exactly what it is told."""
import os
import re
import socket
import tempfile

import peer
from daemon import DEADLINE


class Session(peer.Peer):
    """The server's end of a connection, whose request is there."""

    def __init__(self, connection):  # pylint: disable=super-init-not-called
        self.socket = connection
        self.socket.settimeout(DEADLINE)
        self.buffer = bytearray()
        self.request = self.take_until(b"\r\n\r\n").decode()

    def header(self, name):
        """The value of a header of the request, or None."""
        found = re.search(rf"(?im)^{name}: (.*)\r$", self.request)
        return found.group(1) if found else None

    def accept(self, *lines):
        key = self.header("Sec-WebSocket-Key").encode()
        return self.send("\r\n".join([
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: " + peer.accept_of(key), *lines, "", "",
        ]).encode())

    def say(self, opcode, payload=b"", **more):
        return super().say(opcode, payload, key=None, **more)

    def masked_frame(self):
        """The next frame, and the key it was masked with."""
        first, second = self.take(2)
        assert second & 0x80, "a client's frame is not masked"
        length = second & 0x7f
        if length > 125:
            length = int.from_bytes(
                self.take(2 if length == 126 else 8), "big")
        key = self.take(4)
        return peer.Frame(first & 15, peer.masked(self.take(length), key),
                          bool(first & 0x80), first >> 4 & 7), key

    def frame(self):
        return self.masked_frame()[0]

    def close_after(self, client_close):
        """Answers a Close, as which this frame is to be, and hangs up."""
        found = self.frame()
        assert found == peer.Frame(peer.CLOSE, client_close), found
        self.say(peer.CLOSE, client_close)
        self.close()


class Server:
    """Listens on a free port, or on a Unix socket."""

    def __init__(self, is_unix=False):
        self.folder = None
        if is_unix:
            self.folder = tempfile.TemporaryDirectory()
            path = os.path.join(self.folder.name, "socket")
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
            self.url = "ws+unix:" + path + ":"
        else:
            self.socket = socket.socket()
            self.socket.bind((peer.HOST, 0))
            self.port = self.socket.getsockname()[1]
            self.url = f"ws://{peer.HOST}:{self.port}"
        self.socket.listen()
        self.socket.settimeout(DEADLINE)

    def await_client(self):
        return Session(self.socket.accept()[0])

    def close(self):
        self.socket.close()
        if self.folder is not None:
            self.folder.cleanup()
