"""A client of HTTP/2 for the tests under fire: frames by hand over a socket or TLS, many calls at once on one connection, calls taken
back, connections cut in the middle of frames. It reads no more of an answer than its status, its length and its end.
"""
import socket, ssl, struct, time

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# `:status` of the static table (RFC 7541, appendix A), by index.
STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def text(value):
    """A string of HPACK without Huffman coding; shorter than 127 + 128 bytes."""
    return (bytes([len(value)]) if len(value) < 127 else bytes([127, len(value) - 127])) + value


def block(fields):
    return b"".join(b"\x00" + text(name) + text(value) for name, value in fields)


def status(payload):
    """The status at the beginning of a block. The client allows no dynamic table, so it stands there by itself."""
    at = 0
    while payload[at] & 0xE0 == 0x20:
        at += 1
    first = payload[at]
    if first & 0x80:
        return STATUSES[first & 0x7F]
    length = payload[at + 1]
    value = payload[at + 2 : at + 2 + (length & 0x7F)]
    if not length & 0x80:
        return int(value)
    # Digits in Huffman coding (RFC 7541, appendix B): 0, 1 and 2 have five bits, the others six.
    bits, digits = "".join(f"{byte:08b}" for byte in value), ""
    while len(digits) < 3:
        short = int(bits[:5], 2)
        if short < 3:
            digits, bits = digits + str(short), bits[5:]
        else:
            digits, bits = digits + str(int(bits[:6], 2) - 0b011001 + 3), bits[6:]
    return int(digits)


def connect(port, protocols=None, timeout=40):
    """A connection to this machine; with protocols by TLS, which has to agree on the first of them."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not protocols:
        return plain
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    secure = context.wrap_socket(plain)
    if secure.selected_alpn_protocol() != protocols[0]:
        raise OSError(f"TLS agreed on {secure.selected_alpn_protocol()}")
    return secure


def abort(connection):
    """Ends a connection by a reset, without a word of TLS."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Answer:
    def __init__(self):
        self.status, self.size, self.head, self.is_over, self.reset = 0, 0, b"", False, None
        self.body = bytearray()


class Multiplexed:
    """One connection; streams are numbered as they are opened."""

    def __init__(self, port, is_secure):
        self.socket = connect(port, ["h2"] if is_secure else None)
        self.last, self.answers, self.data, self.goaway = -1, {}, bytearray(), None
        # No dynamic table; windows as large as they may be for a connection of one test.
        settings = struct.pack(">HIHI", 1, 0, 4, 1 << 20)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings) + frame(WINDOW, 0, 0, struct.pack(">I", 1 << 30)))

    @property
    def is_worn(self):
        """Whether another connection is due: told to leave, or old enough to be told so for all the calls that it took back."""
        return self.goaway is not None or self.last > 600

    def request(self, method, path, fields, body, is_secure=False):
        """Bytes of a call, as one list of frames, and its stream."""
        self.last += 2
        head = [(b":method", method), (b":scheme", b"https" if is_secure else b"http"), (b":path", path), (b":authority", b"soak")] + fields
        frames = [frame(HEADERS, END_HEADERS | (0 if body else END_STREAM), self.last, block(head))]
        for at in range(0, len(body), 16384):
            ends = END_STREAM if at + 16384 >= len(body) else 0
            frames.append(frame(DATA, ends, self.last, body[at : at + 16384]))
        self.answers[self.last] = Answer()
        return self.last, frames

    def send(self, data):
        self.socket.sendall(data)

    def wait(self, streams, seconds=40):
        """Reads until these streams are over."""
        end = time.time() + seconds
        while not self.are_over(streams):
            while len(self.data) >= 9 and len(self.data) >= 9 + (size := int.from_bytes(self.data[:3], "big")):
                kind, flags, stream = self.data[3], self.data[4], int.from_bytes(self.data[5:9], "big") & 0x7FFFFFFF
                payload = bytes(self.data[9 : 9 + size])
                del self.data[: 9 + size]
                self.take(kind, flags, stream, payload)
            if self.are_over(streams):
                return
            if time.time() > end:
                raise OSError("no answer in time: timed out")
            more = self.socket.recv(262144)
            if not more:
                raise OSError("the connection ended within the answer" if self.data else "the connection ended without an answer")
            self.data += more

    def are_over(self, streams):
        """Streams behind the last one of a GOAWAY are nobody's calls."""
        return all(self.answers[s].is_over or self.is_unknown(s) for s in streams)

    def is_unknown(self, stream):
        return self.goaway is not None and stream > self.goaway

    def take(self, kind, flags, stream, payload):
        answer = self.answers.get(stream)
        if kind == SETTINGS and not flags & ACK:
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
            code = int.from_bytes(payload[4:8], "big")
            if code:
                raise OSError(f"GOAWAY with {code}")
        elif answer is None:
            return
        elif kind == HEADERS and not answer.status:
            found = status(payload)
            if found >= 200:
                answer.status = found
        elif kind == DATA:
            answer.size += len(payload)
            if len(answer.body) < 4096:
                answer.body += payload
        elif kind == RESET:
            answer.reset, answer.is_over = int.from_bytes(payload, "big"), True
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            answer.is_over = True

    def close(self):
        self.socket.close()
