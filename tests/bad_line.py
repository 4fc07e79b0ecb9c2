"""A line between browser and server that breaks where it is told to, byte by byte counted."""

import socket
import struct
import threading
from contextlib import suppress

from tests.newsroom import free_port

RESET = struct.pack("ii", 1, 0)  # close with RST, as a line that is lost does


class BadLine:
    """`with BadLine(port, breaks=[…]) as line:` carries connections to 127.0.0.1:port; each time that so many bytes of
    uploads have gone towards the server in all, the connection that carried them is cut; `stays_down`: until `down` is
    taken back, nothing is let through, by whatever connection."""

    def __init__(self, port: int, *, breaks: list[int], stays_down: bool = False) -> None:
        self.target, self.port = port, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.breaks = sorted(breaks)
        self.broken = 0
        self.stays_down, self.down = stays_down, False
        self._carried = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self._ended = threading.Event()

    def __enter__(self) -> "BadLine":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                near, _ = self._listener.accept()
                if self.down:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.target))
                for source, sink, up in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=(source, sink, up), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        uploading = False
        with suppress(OSError):
            while (data := source.recv(16_384)) and not self.down:
                uploading = up and (uploading or data.startswith(b"PATCH /uploads/"))
                room = self._room(len(data)) if uploading else len(data)
                sink.sendall(data[:room])
                if room < len(data):
                    for end in (source, sink):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _room(self, size: int) -> int:
        """How many of so many bytes still pass before the next break."""
        with self._lock:
            if self.breaks and self._carried + size > self.breaks[0]:
                room = max(self.breaks.pop(0) - self._carried, 0)
                self.broken += 1
                self.down = self.stays_down
            else:
                room = size
            self._carried += room
            return room
