# SPDX-License-Identifier: BSD-2-Clause
"""Small servers for the guest to talk to; each runs in a thread until the program ends."""
import hashlib
import http.client
import http.server
import ipaddress
import random
import socket
import socketserver
import struct
import sys
import threading

CHUNK = 1 << 16
_PATTERN = random.Random(2).randbytes(CHUNK - 8)


def _family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def content(size):
    """Bytes that are the same every time; each chunk holds its number, so none can be swapped."""
    for number in range(0, -(-size // CHUNK)):
        chunk = struct.pack(">Q", number) + _PATTERN
        yield chunk[:size - number * CHUNK]


def sha256(size):
    """The checksum of content(size), as sha256sum prints it."""
    digest = hashlib.sha256()
    for chunk in content(size):
        digest.update(chunk)
    return digest.hexdigest()


class _HttpHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size, chunks = self.server.page(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)

    def log_message(self, *_):
        pass


class HttpServer(http.server.ThreadingHTTPServer):
    """GET /N answers with N bytes of content()."""

    def __init__(self, host, port=0):
        self.address_family = _family(host)
        super().__init__((host, port), _HttpHandler)
        self.port = self.server_address[1]
        self.url = "http://%s:%d" % ("[%s]" % host if ":" in host else host, self.port)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)    # without looking up our own name

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may leave early
            super().handle_error(request, client_address)

    def page(self, path):
        """The page's size and its parts."""
        size = int(path.rpartition("/")[2])
        return size, content(size)


class PageServer(HttpServer):
    """One page, whatever the path."""

    def __init__(self, host, text):
        self.text = text.encode()
        super().__init__(host)

    def page(self, path):
        return len(self.text), [self.text]


def fetch(host, port, path):
    """The body of a page, as a client on the host gets it."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


class UdpServer:
    """Answers each datagram with what answer() makes of it; received keeps them."""

    def __init__(self, host, port=0):
        self.socket = socket.socket(_family(host), socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.port = self.socket.getsockname()[1]
        self.received = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            self.received.append(data)
            reply = self.answer(data)
            if reply is not None:
                self.socket.sendto(reply, peer)

    def answer(self, data):
        return data


class DnsServer(UdpServer):
    """A name server that knows one table of names, {"name": ["address", ...]}, and nothing else."""

    TYPES = {1: 4, 28: 6}       # A and AAAA: which kind of address they ask for

    def __init__(self, names, host, port=0):
        self.names = names
        self.asked = []
        super().__init__(host, port)

    def answer(self, data):
        if len(data) < 17:
            return None
        labels, at = [], 12
        while at < len(data) and data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode(errors="replace"))
            at += 1 + data[at]
        name, kind = ".".join(labels).lower(), struct.unpack_from(">H", data, at + 1)[0]
        self.asked.append(name)
        addresses = [ipaddress.ip_address(a) for a in self.names.get(name, [])]
        answers = [a.packed for a in addresses if a.version == self.TYPES.get(kind)]
        code = 0 if name in self.names else 3
        header = data[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(answers), 0, 0)
        records = [struct.pack(">HHHIH", 0xc00c, kind, 1, 60, len(a)) + a for a in answers]
        return header + data[12:at + 5] + b"".join(records)


class Sink(socketserver.ThreadingTCPServer):
    """Takes what is sent until the peer is done; sums lists the checksums."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, host, port=0):
        self.address_family = _family(host)
        self.sums = []
        super().__init__((host, port), None)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        digest = hashlib.sha256()
        with request.makefile("rb", CHUNK) as stream:
            for chunk in iter(lambda: stream.read1(CHUNK), b""):
                digest.update(chunk)
        self.sums.append(digest.hexdigest())


class Trap:
    """Listens at a TCP port and a UDP port where nobody may come; visits says who did."""

    def __init__(self, host, port=0):
        self.visits = []
        self.host = host
        self.tcp = socket.socket(_family(host), socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((host, port))
        self.tcp.listen()
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(_family(host), socket.SOCK_DGRAM)
        self.udp.bind((host, self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    def _accept(self):
        while True:
            connection, peer = self.tcp.accept()
            self.visits.append("TCP to %s from %s" % (self.host, peer[:2]))
            connection.close()

    def _receive(self):
        while True:
            _, peer = self.udp.recvfrom(65536)
            self.visits.append("UDP to %s from %s" % (self.host, peer[:2]))
