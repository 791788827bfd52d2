"""A client that sends exactly the bytes it is told, right or wrong."""
import base64
import collections
import contextlib
import hashlib
import os
import select
import socket
import ssl
import struct

from daemon import DEADLINE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
HOST = "127.0.0.1"

Frame = collections.namedtuple("Frame", "opcode payload fin rsv",
                               defaults=[True, 0])


class Response(collections.namedtuple("Response", "status headers body")):
    def get(self, name):
        """The values of a header, joined as RFC 9110 says; None without."""
        values = [value for key, value in self.headers
                  if key.lower() == name.lower()]
        return ", ".join(values) if values else None


def masked(payload, key):
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big")
            ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def header(opcode, length, *, fin=True, rsv=0, key=b"\1\2\3\4", form=None):
    """A frame header; key None for an unmasked one, form 7, 16 or 64 for a
    length in that many bits."""
    if form is None:
        form = 7 if length < 126 else 16 if length < 65536 else 64
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask = 0x80 if key is not None else 0
    if form == 7:
        head = bytes([first, mask | length])
    elif form == 16:
        head = struct.pack("!BBH", first, mask | 126, length)
    else:
        head = struct.pack("!BBQ", first, mask | 127, length)
    return head + (key or b"")


def frame(opcode, payload=b"", *, key=b"\1\2\3\4", **more):
    """A whole frame."""
    if isinstance(payload, str):
        payload = payload.encode()
    head = header(opcode, len(payload), key=key, **more)
    return head + (payload if key is None else masked(payload, key))


def fragments(opcode, payload, size, *, rsv=0, **more):
    """A message in frames of that size, at least one; rsv is the first's."""
    parts = [payload[i:i + size]
             for i in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return [frame(CONTINUATION if i else opcode, part, fin=i == last,
                  rsv=0 if i else rsv, **more)
            for i, part in enumerate(parts)]


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


def request(target="/echo", *, drop=(), extra=(), method="GET",
            version="HTTP/1.1", **changes):
    """An upgrade request. `changes` gives other values to headers, by names
    with _ for -; `drop` leaves headers out; `extra` adds lines."""
    headers = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY.decode(),
        "Sec-WebSocket-Version": "13",
    }
    headers.update((name.replace("_", "-"), value)
                   for name, value in changes.items())
    lines = [f"{method} {target} {version}"]
    lines += [f"{name}: {value}" for name, value in headers.items()
              if name not in drop]
    return "\r\n".join([*lines, *extra, "", ""]).encode("latin-1")


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key):
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    return base64.b64encode(digest.digest()).decode()


class Peer:
    """One connection, to a port, or a Unix socket by its path; with the context
    `tls` it is of TLS, and its end without close_notify an error."""

    def __init__(self, port, receive_buffer=None, tls=None, source=HOST,
                 name="localhost"):
        is_unix = isinstance(port, str)
        self.socket = socket.socket(
            socket.AF_UNIX if is_unix else socket.AF_INET)
        self.socket.settimeout(DEADLINE)
        if receive_buffer is not None:
            self.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if is_unix:
            self.socket.connect(port)
        else:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.bind((source, 0))
            self.socket.connect((HOST, port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=name,
                                          suppress_ragged_eofs=False)
        self.buffer = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def drip(self, data):
        """Each byte alone."""
        for i in range(len(data)):
            self.socket.sendall(data[i:i + 1])
        return self

    def send_until_blocked(self, data):
        """Sends, reading nothing, until the other side takes no more, for a
        second. Returns what is left."""
        self.socket.setblocking(False)
        rest = memoryview(data)
        while rest and select.select([], [self.socket], [], 1)[1]:
            rest = rest[self.send_some(rest):]
        self.socket.settimeout(DEADLINE)
        return rest

    def send_some(self, data):
        """What is taken at once, which of TLS may be nothing."""
        try:
            return self.socket.send(data)
        except ssl.SSLWantWriteError:
            return 0

    def send_while_reading(self, rest):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.setblocking(False)
        while rest:
            readable, writable, _ = select.select(
                [self.socket], [self.socket], [], DEADLINE)
            assert readable or writable, "it neither takes nor gives"
            if readable:
                with contextlib.suppress(ssl.SSLWantReadError):
                    self.receive_some()
            if writable:
                rest = rest[self.send_some(rest):]
        self.socket.settimeout(DEADLINE)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def receive_some(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise EOFError("the connection ended with "
                           f"{bytes(self.buffer[:200])!r} left")
        self.buffer += data

    def take(self, count):
        while len(self.buffer) < count:
            self.receive_some()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def take_until(self, end):
        while end not in self.buffer:
            self.receive_some()
        return self.take(self.buffer.index(end) + len(end))

    def response(self):
        head = self.take_until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1", first
        headers = [tuple(line.split(": ", 1)) for line in lines]
        found = Response(int(status), headers, b"")
        length = int(found.get("Content-Length") or 0)
        return found._replace(body=self.take(length))

    def upgrade(self, target="/echo", **changes):
        """Asks for a WebSocket and checks the answer, which it returns."""
        self.send(request(target, **changes))
        return self.upgraded()

    def upgraded(self):
        answer = self.response()
        assert answer.status == 101, answer
        assert answer.get("Upgrade").lower() == "websocket", answer
        assert answer.get("Connection").lower() == "upgrade", answer
        assert answer.get("Sec-WebSocket-Accept") == accept_of(KEY), answer
        return answer

    def frame(self):
        first, second = self.take(2)
        assert not second & 0x80, "a server's frame is masked"
        length = second
        if length == 126:
            length, = struct.unpack("!H", self.take(2))
            assert length > 125, "length not in its shortest form"
        elif length == 127:
            length, = struct.unpack("!Q", self.take(8))
            assert length > 65535, "length not in its shortest form"
        return Frame(first & 15, self.take(length), bool(first & 0x80),
                     first >> 4 & 7)

    def say(self, opcode, payload=b"", **more):
        return self.send(frame(opcode, payload, **more))

    def ended(self):
        """Awaits the end, which must be a FIN with nothing before it."""
        rest = bytes(self.buffer) or self.socket.recv(200)
        assert rest == b"", f"{rest!r} instead of the end"

    def closed(self):
        """Awaits a Close and the end behind it. Returns code and reason."""
        found = self.frame()
        assert found.opcode == CLOSE and found.fin and not found.rsv, found
        self.ended()
        return parse_close(found.payload)


def parse_close(payload):
    if not payload:
        return None, b""
    code, = struct.unpack("!H", payload[:2])
    return code, payload[2:]


def open_peer(port, target="/echo", receive_buffer=None, tls=None,
              **changes):
    peer = Peer(port, receive_buffer, tls)
    try:
        peer.upgrade(target, **changes)
    except BaseException:
        peer.close()
        raise
    return peer
