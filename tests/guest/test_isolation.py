#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a hostile guest must not get: the host's loopback, the API, more than its share.

The frames are made here and sent raw by the guest, from an address that its own kernel does not
have, so that no kernel's good manners help. Each look for "nothing came through" is paired with one
that finds something, through the same means.
"""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import frames, netns, process, servers                     # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.report import expect, expect_equal, run, wait_for          # noqa: E402

GHOST4, GHOST6 = "10.0.2.99", "fec0::99"        # where the raw frames come from
GATEWAY_MAC = "52:55:0a:00:02:02"
LOOPBACK4 = ("127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3",
             "10.0.2.2", "10.0.2.3")
LOOPBACK6 = ("::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1",
             "fec0::2", "fec0::3")
FD_LIMIT = 2200         # 1024 TCP and 512 UDP flows, echo sockets, and what the daemon has anyway
MEMORY_LIMIT = 64 << 10 # KiB that a flood may add


class Raw:
    """Raw frames out of the guest, and the segments that answer them."""

    def __init__(self, guest):
        self.guest = guest
        self.mac = guest.run("cat /sys/class/net/eth0/address")     # the card filters others
        self.next_port = 20000
        self.fresh = set()

    def frame(self, packet):
        kind = frames.IPV6 if packet[0] >> 4 == 6 else frames.IPV4
        return frames.ethernet(self.mac, GATEWAY_MAC, kind, packet)

    def announce(self):
        """Tells the stack where the ghost lives, as it would ask before it answers."""
        reply = frames.arp_reply(self.mac, GHOST4, GATEWAY_MAC, "10.0.2.2")
        advert = frames.neighbour_advertisement(self.mac, GHOST6, "fec0::2")
        return [reply, frames.ethernet(self.mac, GATEWAY_MAC, frames.IPV6, advert)]

    def port(self):
        self.next_port += 1
        self.fresh.add(self.next_port)
        return self.next_port

    def send(self, packets, rounds=1, announce=True):
        content = frames.pack([self.frame(packet) for packet in packets])
        if announce:
            content = frames.pack(self.announce()) + content
        self.guest.put("/tmp/frames", content)
        self.guest.run("frames send eth0 /tmp/frames %d" % rounds, 120)

    def exchange(self, packets, seconds=2):
        """Sends packets and returns the TCP segments that answer them within some seconds."""
        job = self.guest.begin("frames receive eth0 /tmp/answers %d" % seconds)
        self.guest.run("sleep 0.3")
        self.send(packets)
        self.guest.finish(job)
        ours, self.fresh = self.fresh, set()
        return [s for s in frames.segments(self.guest.get("/tmp/answers")) if s.dport in ours]

    def syn(self, destination, port):
        source = GHOST6 if ":" in destination else GHOST4
        return frames.tcp(source, destination, (self.port(), port), frames.SYN)

    def split_syn(self, destination, port):
        """The same in two fragments: the ports in one, the flags in the other."""
        segment = self.syn(destination, port)[20:]
        ident = self.port()
        return [frames.ipv4(GHOST4, destination, frames.TCP, segment[:8], ident, 0x2000),
                frames.ipv4(GHOST4, destination, frames.TCP, segment[8:], ident, 1)]

    def datagram(self, destination, port):
        source = GHOST6 if ":" in destination else GHOST4
        return frames.udp(source, destination, (self.port(), port))


def accepted(segments):
    """The servers that answered a SYN with a SYN."""
    both = frames.SYN | frames.ACK
    return sorted({(s.source, s.sport) for s in segments if s.flags & both == both})


class World:
    def __init__(self):
        self.http4 = servers.HttpServer(netns.HOST4)
        self.http6 = servers.HttpServer(netns.HOST6)
        self.echo = servers.UdpServer(netns.HOST4)
        self.trap = servers.Trap("127.0.0.1")
        self.traps = [self.trap] + [servers.Trap(host, self.trap.port)
                                    for host in ("127.0.0.2", "127.255.255.254", "::1")]
        # The guests' name server is on the loopback too: its other ports are not theirs.
        self.dns = servers.DnsServer({}, "127.0.0.1")

    def visits(self):
        return [visit for trap in self.traps for visit in trap.visits]

    def forget(self):
        for trap in self.traps:
            trap.visits.clear()


def loopback_cases(report, raw, world):
    with report.case("raw frames work: open ports of the host answer"):
        open_ports = [(netns.HOST4, world.http4.port), (netns.HOST6, world.http6.port)]
        found = accepted(raw.exchange([raw.syn(*where) for where in open_ports]))
        expect_equal(found, sorted(open_ports), "the list of who answered")
        raw.send([raw.datagram(netns.HOST4, world.echo.port)])
        wait_for(lambda: world.echo.received, 5, "the datagram")
    for name, addresses in (("IPv4", LOOPBACK4), ("IPv6", LOOPBACK6)):
        with report.case("TCP and UDP to loopback over %s get nowhere" % name):
            world.forget()
            port = world.trap.port
            packets = [raw.syn(address, port) for address in addresses]
            packets += [raw.datagram(address, port) for address in addresses]
            found = accepted(raw.exchange(packets))
            expect(not found and not world.visits(),
                   "answers of %s; %s" % (found, world.visits()))
    with report.case("fragments to loopback get nowhere"):
        world.forget()
        packets = [part for address in LOOPBACK4
                   for part in raw.split_syn(address, world.trap.port)]
        found = accepted(raw.exchange(packets))
        expect(not found and not world.visits(), "answers of %s; %s" % (found, world.visits()))
    with report.case("the guest's own programs do not get there either"):
        world.forget()
        for address in ("10.0.2.2", "10.0.2.3", "fec0::2", "fec0::3"):
            command = "nc.openbsd -z -w 2 %s %d" % (address, world.trap.port)
            expect(raw.guest.status(command)[0] != 0, "%s succeeds" % command)
        expect(not world.visits(), "visits: %s" % world.visits())


def api_targets(daemon):
    for address in (netns.HOST4, "10.0.2.2", "10.0.2.3", "127.0.0.1",
                    netns.HOST6, "fec0::2", "::1"):
        yield address, daemon.port


def api_cases(report, raw, daemon, world, state):
    with report.case("the API is out of reach at every address, %s" % state):
        found = accepted(raw.exchange([raw.syn(*where) for where in api_targets(daemon)]))
        expect(not found, "answers of %s" % found)
        parts = [part for address, port in api_targets(daemon) if ":" not in address
                 for part in raw.split_syn(address, port)]
        found = accepted(raw.exchange(parts))
        expect(not found, "to fragments, answers of %s" % found)
        for address in ("10.0.2.2", netns.HOST4, "[%s]" % netns.HOST6, "[fec0::2]"):
            command = "timeout 2 wget -q -O - http://%s:%d/healthz" % (address, daemon.port)
            expect(raw.guest.status(command)[0] != 0, "%s succeeds" % command)
        expect_equal(daemon.get("/healthz").status, 200, "the API's own answer")


def host_loopback_cases(report, raw, own, world):
    """With host-loopback the gateway stands for the host's loopback, but never for the API."""
    daemon, nic = own.daemon, own.nics[0]
    made = daemon.must("POST", "/netdevs", {"type": "user", "host-loopback": True})["id"]
    old = daemon.must("GET", "/nics/" + nic)["netdev"]
    daemon.must("PATCH", "/nics/" + nic, {"netdev": made})
    raw.guest.dhcp()
    with report.case("with host-loopback the gateway is the host's loopback"):
        world.forget()
        found = accepted(raw.exchange([raw.syn("10.0.2.2", world.trap.port),
                                       raw.syn("127.0.0.1", world.trap.port)]))
        expect_equal(found, [("10.0.2.2", world.trap.port)], "the list of who answered")
    api_cases(report, raw, daemon, world, "host-loopback or not")
    daemon.must("PATCH", "/nics/" + nic, {"netdev": old})
    raw.guest.dhcp()


def usage(daemon):
    """Open files and allocated KiB of the daemon's processes."""
    files = memory = 0
    for pid in process.descendants(daemon.pid):
        files += len(os.listdir("/proc/%d/fd" % pid))
        memory += process.anonymous_kib(pid)
    return files, memory


def flood_case(report, name, raw, own, packets, rounds=1):
    """A flood leaves the daemon quick, and its files and memory within the caps."""
    with report.case("a flood of %s stays within the caps" % name):
        daemon = own.daemon
        files, memory = usage(daemon)
        drops = total_drops(own)
        raw.guest.put("/tmp/frames", frames.pack(raw.announce() + [raw.frame(p) for p in packets]))
        job = raw.guest.begin("frames send eth0 /tmp/frames %d" % rounds, 120)
        slowest, peak = 0.0, files
        for _ in range(20):
            begin = time.monotonic()
            expect_equal(daemon.get("/healthz").status, 200, "the health")
            slowest = max(slowest, time.monotonic() - begin)
            peak = max(peak, usage(daemon)[0])
            time.sleep(0.05)
        raw.guest.finish(job)
        grown = usage(daemon)[1] - memory
        expect(slowest < 1, "the API took %.1f s to answer" % slowest)
        expect(peak < FD_LIMIT, "%d files were open" % peak)
        expect(grown < MEMORY_LIMIT, "memory grew by %d KiB" % grown)
        print("flood of %s: at most %d files, %d KiB more, API in %.0f ms" % (
            name, peak, grown, slowest * 1000), file=sys.stderr)
        expect(total_drops(own) > drops, "no drop was counted")
        raw.guest.run("ping -c 1 -w 10 10.0.2.2")


def total_drops(own):
    nic = own.daemon.must("GET", "/nics/" + own.nics[0])
    netdev = own.daemon.must("GET", "/netdevs/" + nic["netdev"])
    return sum(sum(item["stats"]["drops"].values()) for item in (nic, netdev))


def flood_cases(report, raw, own, world):
    with socket.socket() as listener:
        listener.bind((netns.HOST4, 0))
        listener.listen(4096)           # connections are made, and never taken
        port = listener.getsockname()[1]
        flood_case(report, "3,000 SYNs", raw, own,
                   [raw.syn(netns.HOST4, port) for _ in range(3000)])
    flood_case(report, "3,000 UDP ports", raw, own,
               [raw.datagram(netns.HOST4, 1024 + n) for n in range(3000)])
    payload = bytes(1400)
    flood_case(report, "fragments without an end", raw, own,
               [frames.ipv4(GHOST4, netns.HOST4, frames.UDP, payload, ident, 0x2000)
                for ident in range(1, 200)], rounds=20)
    flood_case(report, "overlapping fragments", raw, own,
               [frames.ipv4(GHOST4, netns.HOST4, frames.UDP, payload, 77, 0x2000 | at)
                for at in range(0, 170, 3)], rounds=50)
    with report.case("after the floods a fresh netdev works at once"):
        made = own.daemon.must("POST", "/netdevs", {"type": "user"})["id"]
        own.daemon.must("PATCH", "/nics/" + own.nics[0], {"netdev": made})
        raw.guest.dhcp()
        got = raw.guest.run("wget -q -O - %s/1000000 | sha256sum" % world.http4.url).split()[0]
        expect_equal(got, servers.sha256(1_000_000), "the checksum")


def urgent_case(report, raw):
    """CVE-2026-9539: an urgent pointer beyond the segment sent the stack's heap to the peer."""
    with report.case("an urgent segment brings the peer what was sent, and no more"):
        listener = socket.socket()
        listener.bind((netns.HOST4, 0))
        listener.listen()
        listener.settimeout(5)
        ports = (raw.port(), listener.getsockname()[1])
        answers = raw.exchange([frames.tcp(GHOST4, netns.HOST4, ports, frames.SYN, seq=1000)])
        syn = [s for s in answers if s.dport == ports[0] and s.flags & frames.SYN]
        expect(syn, "no connection")
        peer = listener.accept()[0]
        ack = (syn[0].seq + 1) & 0xffffffff
        flags = frames.ACK | frames.PSH | frames.URG
        packets = [frames.tcp(GHOST4, netns.HOST4, ports, flags, b"%d" % number, 1001 + number,
                              ack, urgent)
                   for number, urgent in enumerate((2, 100, 1500, 2048, 65535))]
        flags = frames.ACK | frames.FIN
        packets.append(frames.tcp(GHOST4, netns.HOST4, ports, flags, b"", 1006, ack))
        raw.send(packets)
        peer.settimeout(5)
        got = b"".join(iter(lambda: peer.recv(65536), b""))
        expect(got in (b"01234", b""), "the peer received %d bytes: %r" % (len(got), got[:40]))


def main(report):
    netns.enter()
    world = World()
    with cards(listen=("127.0.0.1", netns.HOST4, "::1", netns.HOST6)) as own:
        nic = own.user(dns_upstream=["127.0.0.1:%d" % world.dns.port])
        with Guest(nics=[nic]) as guest:
            guest.run("modprobe e1000")
            guest.dhcp()
            raw = Raw(guest)
            loopback_cases(report, raw, world)
            urgent_case(report, raw)
            if own.daemon:
                api_cases(report, raw, own.daemon, world, "as a netdev is by default")
                host_loopback_cases(report, raw, own, world)
                flood_cases(report, raw, own, world)


run(main)
