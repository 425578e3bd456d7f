# SPDX-License-Identifier: BSD-2-Clause
"""A client of GET /events."""
import collections
import http.client
import json
import time

from .report import expect

Event = collections.namedtuple("Event", "type id data")


class Events:
    """Listens to a daemon's events while the block runs.

    @query:     of the request, as "since=3"
    @last:      Last-Event-ID
    """

    def __init__(self, api, query="", last=None):
        self.api, self.query, self.last = api, query, last
        self.seen, self.comments, self.retry = [], 0, None

    def __enter__(self):
        self.connection = http.client.HTTPConnection(self.api.host, self.api.port, timeout=30)
        headers = {"Last-Event-ID": self.last} if self.last else {}
        self.connection.request("GET", "/events?" + self.query, headers=headers)
        self.answer = self.connection.getresponse()
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.answer.close()

    def read(self):
        """The next event; comments and retry: are noted on the way."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            expect(line.endswith("\n"), "the stream of events ended")
            line = line[:-1]
            if line.startswith(":"):
                self.comments += 1
            elif line:
                key, _, value = line.partition(": ")
                fields[key] = value
            elif "event" in fields:
                event = Event(fields["event"], fields.get("id"), json.loads(fields["data"]))
                self.seen.append(event)
                return event
            else:
                self.retry = fields.get("retry", self.retry)

    def until(self, kind, path=None, seconds=20, where=lambda data: True):
        """Reads up to an event of that type (of that object, with that data), and returns it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            event = self.read()
            if event.type == kind and path in (None, event.data.get("object")) and \
                    where(event.data):
                return event
        raise AssertionError("no %s of %s in %g s, but %s" % (
            kind, path, seconds, [event.type for event in self.seen]))


__all__ = ["Event", "Events"]
