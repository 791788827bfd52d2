"""permessage-deflate (RFC 7692) by Python's zlib: as much as was agreed, and
never more."""
import collections
import zlib

import peer

NAME = "permessage-deflate"
RSV1 = 4
TAIL = b"\0\0\xff\xff"  # of each message, and not sent: §7.2.1
FINAL_BLOCK = b"\1\0\0\xff\xff"  # stored and empty

Agreed = collections.namedtuple(
    "Agreed", "server_bits client_bits server_takeover client_takeover")


def parameters(value):
    """Those of a header's value that names the extension once, by name; None
    without the header."""
    if value is None:
        return None
    name, *params = value.split("; ")
    assert name == NAME, value
    found = dict(param.partition("=")[::2] for param in params)
    assert len(found) == len(params), value
    return found


def agreed_by(params):
    """What the parameters of a response say."""
    return Agreed(int(params.get("server_max_window_bits", 15)),
                  int(params.get("client_max_window_bits", 15)),
                  "server_no_context_takeover" not in params,
                  "client_no_context_takeover" not in params)


class Deflater:
    """Makes payloads of messages."""

    def __init__(self, bits=15, takeover=True, level=6,
                 strategy=zlib.Z_DEFAULT_STRATEGY):
        if bits == 8:  # zlib refuses it; in runs every distance is 1
            bits, strategy = 9, zlib.Z_RLE
        self.how = level, zlib.DEFLATED, -bits, 8, strategy
        self.takeover = takeover
        self.stream = zlib.compressobj(*self.how)

    def __call__(self, data):
        if not self.takeover:
            self.stream = zlib.compressobj(*self.how)
        payload = self.stream.compress(data)
        payload += self.stream.flush(zlib.Z_SYNC_FLUSH)
        assert payload.endswith(TAIL)
        return payload[:-len(TAIL)]


class Inflater:
    """Takes payloads of messages that need no larger window."""

    def __init__(self, bits=15, takeover=True):
        self.bits, self.takeover = bits, takeover
        self.stream = zlib.decompressobj(-bits)
        # No repeat comes from farther back than the largest window.
        self.step = 1 if bits < 15 else 1 << 16

    def __call__(self, payload):
        if not self.takeover:
            self.stream = zlib.decompressobj(-self.bits)
        data = bytearray()
        whole = payload + TAIL
        size = 64 * self.step
        for i in range(0, len(whole), size):
            self.feed(whole[i:i + size], data)
        if self.stream.eof:  # §7.2.3.4: not what every peer understands
            assert not self.takeover, "a final block where there is takeover"
            assert self.stream.unused_data == b"\0" + TAIL
        return bytes(data)

    def feed(self, rest, data):
        """By steps of a byte: zlib looks whether a repeat comes from farther
        back than the window only where the output before it has left."""
        some = self.stream.decompress(rest, self.step)
        while some:
            data += some
            if self.stream.eof:
                return
            some = self.stream.decompress(
                self.stream.unconsumed_tail, self.step)


def is_whole(payload):
    """Whether a message that is sent first is deflated rightly: its blocks end
    where the tail does, and behind a final block comes another stream."""
    rest = payload + TAIL + FINAL_BLOCK
    while rest:
        stream = zlib.decompressobj(-15)
        try:
            stream.decompress(rest)
        except zlib.error:
            return False
        if not stream.eof:
            return False
        rest = stream.unused_data
    return True


class Bits:
    """DEFLATE (RFC 1951) written by hand, for what zlib never writes."""

    def __init__(self):
        self.value = self.count = 0

    def put(self, value, count):
        """A number, its least bit first."""
        self.value |= value << self.count
        self.count += count
        return self

    def put_code(self, code, count):
        """A Huffman code, its first bit first."""
        for i in reversed(range(count)):
            self.put(code >> i & 1, 1)
        return self

    def stored(self, data, final=0):
        self.put(final, 1).put(0, 2).align()
        self.put(len(data), 16).put(len(data) ^ 0xffff, 16)
        return self.put(int.from_bytes(data, "little"), 8 * len(data))

    def repeat(self, distance):
        """A block that repeats 3 bytes from that far back."""
        extra = max((distance - 1).bit_length() - 2, 0)
        code = 2 * extra + (distance - 1 >> extra)
        self.put(0, 1).put(1, 2).put_code(257 - 256, 7).put_code(code, 5)
        self.put((distance - 1) & (1 << extra) - 1, extra)
        return self.put_code(0, 7)

    def align(self):
        return self.put(0, -self.count % 8)

    def payload(self):
        """Ends with the start of the empty block whose rest is the tail."""
        self.put(0, 3).align()
        return self.value.to_bytes(self.count // 8, "little")


class Peer(peer.Peer):
    """Speaks it, once it was agreed on."""

    def agree(self, target, offer):
        answer = self.upgrade(target, Sec_WebSocket_Extensions=offer)
        params = parameters(answer.get("Sec-WebSocket-Extensions"))
        self.use(agreed_by(params))
        return params

    def use(self, agreed):
        self.agreed = agreed
        self.deflate = Deflater(agreed.client_bits, agreed.client_takeover)
        self.inflate = Inflater(agreed.server_bits, agreed.server_takeover)

    def tell(self, opcode, data, fragment_bytes=None):
        """Sends a compressed message."""
        return self.say_deflated(opcode, self.deflate(data), fragment_bytes)

    def say_deflated(self, opcode, payload, fragment_bytes=None):
        size = fragment_bytes or len(payload) or 1
        return self.send(b"".join(
            peer.fragments(opcode, payload, size, rsv=RSV1)))

    def message(self):
        """The next one, inflated, and how many bytes it took, if it was
        compressed, else None."""
        found = self.frame()
        assert found.fin and found.rsv in (0, RSV1), found
        if not found.rsv:
            return found.opcode, found.payload, None
        data = self.inflate(found.payload)
        assert len(found.payload) < len(data), "it grew, and was sent"
        return found.opcode, data, len(found.payload)


def open_peer(port, target, offer=NAME, receive_buffer=None):
    one = Peer(port, receive_buffer)
    try:
        one.agree(target, offer)
    except BaseException:
        one.close()
        raise
    return one
