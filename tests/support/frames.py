# SPDX-License-Identifier: BSD-2-Clause
"""Ethernet frames, made bit by bit, and read again: for what no guest's kernel would send."""
import ipaddress
import struct

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86dd
TCP, UDP, ICMPV6 = 6, 17, 58
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(source, destination, kind, payload):
    return (mac(destination) + mac(source) + struct.pack(">H", kind) + payload).ljust(60, b"\0")


def arp_reply(source_mac, source, destination_mac, destination):
    """Says who has an address, asked or not."""
    body = struct.pack(">HHBBH", 1, IPV4, 6, 4, 2) + mac(source_mac) + address(source)
    return ethernet(source_mac, destination_mac, ARP,
                    body + mac(destination_mac) + address(destination))


def ipv4(source, destination, protocol, payload, ident=1, fragment=0):
    """fragment is the header's field: flags and offset in units of eight bytes."""
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0)
    header += address(source) + address(destination)
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ipv6(source, destination, protocol, payload):
    return (struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + address(source)
            + address(destination) + payload)


def _with_checksum(source, destination, protocol, segment, at):
    pseudo = address(source) + address(destination)
    pseudo += struct.pack(">IHBB", len(segment), 0, 0, protocol) if len(pseudo) > 8 else \
        struct.pack(">BBH", 0, protocol, len(segment))
    value = checksum(pseudo + segment)
    return segment[:at] + struct.pack(">H", value) + segment[at + 2:]


def tcp(source, destination, ports, flags, payload=b"", seq=1000, ack=0, urgent=0):
    """An IP packet, of whichever version the addresses are, with a TCP segment in it."""
    header = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 0xffff, 0, urgent)
    segment = _with_checksum(source, destination, TCP, header + payload, 16)
    return (ipv6 if ":" in source else ipv4)(source, destination, TCP, segment)


def udp(source, destination, ports, payload=b"hello"):
    datagram = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    datagram = _with_checksum(source, destination, UDP, datagram, 6)
    return (ipv6 if ":" in source else ipv4)(source, destination, UDP, datagram)


def neighbour_advertisement(source_mac, source, destination):
    """An IPv6 packet that says who has an address, asked or not (RFC 4861 4.4)."""
    body = struct.pack(">BBHI", 136, 0, 0, 0x60000000) + address(source) + b"\2\1" + mac(source_mac)
    packet = ipv6(source, destination, ICMPV6, _with_checksum(source, destination, ICMPV6, body, 2))
    return packet[:7] + b"\xff" + packet[8:]        # the hop limit shows that nobody routed it


def pack(frames):
    """The file of frames that the guest's `frames` sends."""
    return b"".join(struct.pack("<H", len(frame)) + frame for frame in frames)


def unpack(data):
    """The frames in a file of frames."""
    at = 0
    while at + 2 <= len(data):
        size = struct.unpack_from("<H", data, at)[0]
        yield data[at + 2:at + 2 + size]
        at += 2 + size


class Segment:
    """A TCP segment in a frame: source, sport, dport, seq, ack, flags."""

    def __init__(self, frame):
        kind = struct.unpack_from(">H", frame, 12)[0]
        if kind == IPV4 and frame[23] == TCP:
            self.source = str(ipaddress.ip_address(frame[26:30]))
            at = 14 + (frame[14] & 15) * 4
        elif kind == IPV6 and frame[20] == TCP:
            self.source = str(ipaddress.ip_address(frame[22:38]))
            at = 54
        else:
            raise ValueError("no TCP segment")
        self.sport, self.dport, self.seq, self.ack = struct.unpack_from(">HHII", frame, at)
        self.flags = frame[at + 13]


def segments(data):
    """The TCP segments in a file of frames."""
    for frame in unpack(data):
        try:
            yield Segment(frame)
        except (ValueError, struct.error):
            continue
