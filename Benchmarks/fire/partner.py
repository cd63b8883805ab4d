"""A partner for the tests under fire: a process of its own, so that it can be killed as a real one.

    python3 partner.py PORT LOG [MEAN_DELAY_MS]

It answers by path. `POST /pay` writes a line to LOG before it answers, so that what it saw outlives `kill -9`. SIGTERM ends it as a
careful server ends: no new connection, what is under way is answered, idle connections are closed.
"""
import os, random, re, signal, socket, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))


def whole(data):
    """The length of the message at the beginning of the bytes; 0 when it is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", data[: end + 2])
    if length:
        size = end + 4 + int(length.group(1))
        return size if len(data) >= size else 0
    if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", data[: end + 2]):
        # Trailers are not sent here: the last chunk's line is followed by an empty one.
        last = data.find(b"\r\n0\r\n\r\n", end + 2)
        return last + 7 if last >= 0 else 0
    return end + 4


def answer(status, kind, body):
    return b"HTTP/1.1 %d OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body)) + body


class Partner:
    def __init__(self, port, log, delay):
        with open(f"{HERE}/../samples/answer.xml", "rb") as f:
            soap = f.read()
        self.answers = {
            b"/get": answer(200, b"application/json", b"x" * 300), b"/post": answer(200, b"application/json", b"x" * 1024),
            b"/big": answer(200, b"application/octet-stream", b"x" * 1_000_000), b"/soap": answer(200, b"text/xml", soap)}
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.delay, self.lock, self.idle, self.busy, self.ending = delay, threading.Lock(), set(), 0, False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(1024)

    def run(self):
        while not self.ending:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                break
            with self.lock:
                self.idle.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()
        while self.busy:
            time.sleep(0.005)

    def serve(self, connection):
        data = b""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                size = whole(data)
                if not size:
                    more = connection.recv(262144)
                    if not more:
                        break
                    data += more
                    continue
                with self.lock:
                    if self.ending:
                        break
                    self.idle.discard(connection)
                    self.busy += 1
                try:
                    message, data = data[:size], data[size:]
                    connection.sendall(self.reply(message))
                finally:
                    with self.lock:
                        self.busy -= 1
                        self.idle.add(connection)
        except OSError:
            pass
        with self.lock:
            self.idle.discard(connection)
        connection.close()

    def reply(self, message):
        path = message.split(b" ", 2)[1]
        if path != b"/pay":
            return self.answers.get(path, self.answers[b"/get"])
        body = message[message.find(b"\r\n\r\n") + 4 :]
        os.write(self.log, body.replace(b"\n", b" ") + b"\n")
        if self.delay:
            time.sleep(random.random() * 2 * self.delay)
        # The answer tells one call from another: a second call of the same key would have another.
        return answer(201, b"application/json", b'{"at":%d,"of":%b}' % (time.time_ns(), body))

    def end(self, *_):
        # Run by the main thread between two steps of `run`.
        self.ending = True
        self.listener.close()
        for connection in list(self.idle):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        raise OSError("ending")


if __name__ == "__main__":
    partner = Partner(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0)
    signal.signal(signal.SIGTERM, partner.end)
    partner.run()
