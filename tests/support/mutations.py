# SPDX-License-Identifier: BSD-2-Clause
"""A stream of mutations, a kill at a random moment of it, and what must be there afterwards.

The model here is a second, simple one: what each acknowledged request makes of the objects. After a
restart the daemon must have what was acknowledged, or that and the request that was under way.
"""
import copy
import signal
import threading
import time

from .daemon import Daemon
from .report import expect

NETDEVS = ["n%d" % i for i in range(4)]
NICS = ["c%d" % i for i in range(4)]


def apply(model, request):
    """What the model is after a request that succeeds; None when it can't."""
    kind, name, value = request
    after = copy.deepcopy(model)
    netdevs, nics = after
    if kind == "make netdev":
        if name in netdevs:
            return None
        netdevs.add(name)
    elif kind == "drop netdev":
        if name not in netdevs:
            return None
        netdevs.remove(name)
        for nic in nics.values():
            nic["netdev"] = None if nic["netdev"] == name else nic["netdev"]
    elif kind == "make nic":
        if name in nics:
            return None
        nics[name] = {"netdev": None, "guest": value}
    elif kind == "drop nic":
        if name not in nics:
            return None
        del nics[name]
    elif kind == "plug":
        if name not in nics or value not in netdevs | {None}:
            return None
        if value and any(nic["netdev"] == value for other, nic in nics.items() if other != name):
            return None
        nics[name]["netdev"] = value
    else:
        if name not in nics:
            return None
        nics[name]["guest"] = value
    return after


def choose(random):
    """A request; many of them can't succeed."""
    kind = random.choice(["make netdev", "drop netdev", "make nic", "drop nic", "plug", "plug",
                          "label"])
    if kind.endswith("netdev"):
        return kind, random.choice(NETDEVS), None
    if kind == "plug":
        return kind, random.choice(NICS), random.choice(NETDEVS + [None])
    return kind, random.choice(NICS), "g%d" % random.randrange(1000)


def send(daemon, request):
    kind, name, value = request
    if kind == "make netdev":
        return daemon.post("/netdevs", {"type": "user", "id": name})
    if kind == "drop netdev":
        return daemon.delete("/netdevs/%s?force=true" % name)
    if kind == "make nic":
        return daemon.post("/nics", {"id": name, "guest": value})
    if kind == "drop nic":
        return daemon.delete("/nics/%s?force=true" % name)
    return daemon.patch("/nics/" + name, {"netdev" if kind == "plug" else "guest": value})


def actual(daemon):
    """The model as the daemon has it."""
    netdevs = {item["id"] for item in daemon.must("GET", "/netdevs")["items"]}
    nics = {item["id"]: {"netdev": item["netdev"], "guest": item.get("guest")}
            for item in daemon.must("GET", "/nics")["items"]}
    return netdevs, nics


def stream(daemon, random, model):
    """Mutations until the daemon does not answer. Returns the last acknowledged model, and the one
    that the request under way would have made of it."""
    while True:
        request = choose(random)
        after = apply(model, request)
        try:
            status = send(daemon, request).status
        except (OSError, ValueError, EOFError):
            return model, after
        except Exception as error:      # http.client has its own for a connection that is cut
            if type(error).__module__ == "http.client":
                return model, after
            raise
        expect((status < 300) == (after is not None), "%s: %d, %s" % (request, status, model))
        model = after or model


def check(moments, random, slowest=0.15):
    """Kills a daemon at that many moments of a stream of mutations. Returns how many mutations were
    found done that had not been acknowledged."""
    model, ahead = (set(), {}), 0
    with Daemon("--log-level", "error") as daemon:
        for moment in range(moments):
            victim, delay = daemon.process, random.uniform(0.001, slowest)
            killer = threading.Thread(target=lambda: (time.sleep(delay),
                                                      victim.send_signal(signal.SIGKILL)))
            killer.start()
            acknowledged, under_way = stream(daemon, random, model)
            killer.join()
            victim.wait()
            daemon.start()
            model = actual(daemon)
            expect(model in (acknowledged, under_way),
                   "moment %d: there is %s, acknowledged was %s, under way %s"
                   % (moment, model, acknowledged, under_way))
            ahead += model != acknowledged
            damaged = daemon.must("GET", "/capabilities")["state"]["damaged"]
            expect(not damaged, "moment %d: damaged: %s" % (moment, damaged))
    return ahead
