"""A reverse proxy before the page: under a sub-path, which it strips, and with a line that can be cut."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Forwards `http://127.0.0.1:port/prefix/...` to a server's `/...`, one request a connection."""

    def __init__(self, target: str, prefix: str = "") -> None:
        """Listen on a free port.

        Args:
            target: "http://host:port/" of the server.
            prefix: what stands before each path here, such as "/seek".
        """
        host, port = target.removeprefix("http://").rstrip("/").split(":")
        self._target, self._prefix = (host, int(port)), prefix
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._is_cut = threading.Event()
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}{prefix}/"
        threading.Thread(target=self._listen, daemon=True).start()

    def wait(self, seconds: float = 60) -> None:
        """Until the server answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(self._target):
                return
            time.sleep(0.1)
        raise TimeoutError(f"no server at {self._target} after {seconds} s")

    def cut(self) -> None:
        """Drop every connection, and take no new one."""
        self._is_cut.set()
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut.clear()

    def close(self) -> None:
        """Stop."""
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            if self._is_cut.is_set():
                return
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := line.recv(65536)):
                    return
                head += more
            with socket.create_connection(self._target) as server:
                self._open |= {line, server}
                try:
                    server.sendall(self._rewritten(head))
                    up = threading.Thread(target=_pump, args=(line, server), daemon=True)
                    up.start()
                    _pump(server, line)
                finally:
                    self._open -= {line, server}

    def _rewritten(self, head: bytes) -> bytes:
        """The request without the prefix, and as the only one of its connection."""
        first, _, rest = head.partition(b"\r\n")
        first = first.replace(b" " + self._prefix.encode() + b"/", b" /", 1)
        fields, _, body = rest.partition(b"\r\n\r\n")
        kept = [field for field in fields.split(b"\r\n") if not field.lower().startswith(b"connection:")]
        return b"\r\n".join([first, *kept, b"Connection: close"]) + b"\r\n\r\n" + body


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
