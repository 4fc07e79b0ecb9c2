"""A line between browser and server as slow as they get: 64 kbit/s each way, shared by all connections, and lossy.

It carries streams, so a lost packet is what it is to a stream: it takes its time on the line once more, and what comes
behind it on the same connection waits for it. With so few packets under way nothing but the sender's timer notices a
loss, so it costs a second, and twice as much each time that the same packet is lost again (RFC 6298).
"""

import random
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from playwright.sync_api import Page

from tests.newsroom import wait_for

PACKET = 1460
HEADERS = 40  # of IP and TCP
TIMER = 1.0  # seconds until a sender tries again


class SlowLine:
    """`with SlowLine(port, seed=…) as line:` carries connections to 127.0.0.1:port; `line.url` is its near end."""

    def __init__(self, port: int, *, seed: int, bits: int = 64_000, loss: float = 0.02, delay: float = 0.1) -> None:
        self.target, self.loss, self.delay = port, loss, delay
        self.bits = bits
        self.carried = self.lost = 0
        self._chance = random.Random(seed)
        self._directions = {True: threading.Lock(), False: threading.Lock()}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * PACKET)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "SlowLine":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def seconds(self) -> float:
        """How long the line alone takes for all that it has carried, were it never idle and nothing lost."""
        return self.carried * 8 / self.bits

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        time.sleep(2 * self.delay + self._losses()[1])  # the handshake
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * PACKET)
        far.connect(("127.0.0.1", self.target))
        for source, sink, up in ((near, far, True), (far, near, False)):
            on_the_way: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
            threading.Thread(target=self._send, args=(source, on_the_way, up), daemon=True).start()
            threading.Thread(target=self._deliver, args=(on_the_way, sink), daemon=True).start()

    def _losses(self) -> tuple[int, float]:
        """How often a packet is lost, and how long the sender's timer holds it up for that."""
        times, waited = 0, 0.0
        while self._chance.random() < self.loss:
            times, waited = times + 1, waited + TIMER * 2**times
        self.lost += times
        return times, waited

    def _send(self, source: socket.socket, on_the_way: "SimpleQueue[tuple[float, bytes]]", up: bool) -> None:
        earliest = 0.0
        with suppress(OSError):
            while data := source.recv(PACKET):
                with self._directions[up]:
                    lost, waits = self._losses()
                    size = (1 + lost) * (len(data) + HEADERS)
                    self.carried += size
                    time.sleep(size * 8 / self.bits)
                earliest = max(earliest, time.monotonic() + self.delay + waits)
                on_the_way.put((earliest, data))
        on_the_way.put((max(earliest, time.monotonic() + self.delay), b""))

    @staticmethod
    def _deliver(on_the_way: "SimpleQueue[tuple[float, bytes]]", sink: socket.socket) -> None:
        with suppress(OSError):
            while True:
                due, data = on_the_way.get()
                time.sleep(max(due - time.monotonic(), 0))
                if not data:
                    break
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def apply(
    page: Page, address: str, email: str, files: Mapping[str, Path], *, lang: str, scripts: bool
) -> dict[str, float]:
    """A whole application, from the form to the private page; after how many seconds each step was done."""
    page.set_default_timeout(180_000)
    began, done = time.monotonic(), {}

    def note(what: str) -> None:
        done[what] = time.monotonic() - began

    page.goto(f"{address}/{lang}/calls/caucasus-experts/apply")
    note("form")
    if scripts:
        paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        done["view"] = float(wait_for(lambda: page.evaluate(paint), what="the first paint")) / 1000
    page.fill("[name=name]", "ნინო წერეთელი")
    page.fill("[name=email]", email)
    for box in ("[name=regions][value=georgia]", "[name=languages][value=ka]", "[name=consent]"):
        page.check(box)
    for kind, path in files.items():
        page.set_input_files(f"[name={kind}]", path)
    for kind in files if scripts else ():
        page.locator(f".file:has([name={kind}]) .good").wait_for()
        note("documents")
    page.click("form#form button[value=check]")
    page.wait_for_url(f"**/{lang}/drafts/*/check")
    page.click("main form button")
    page.wait_for_url(f"**/{lang}/applications/*")
    note("sent")
    return done
