"""The open connections of a transfer, so that they can be cut from another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Wires:
    """Remembers each connection that a request opens, by httpx's `trace` extension.

    A thread that waits for the network notices neither an event nor a closed descriptor; it does notice a shutdown.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._are_cut = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """To be given to httpx as `extensions={"trace": wires.trace}`."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete", "proxy.start_tls.complete"):
            wire = info["return_value"].get_extra_info("socket")
            if not isinstance(wire, socket.socket):  # a user's transport need not tell
                return
            with self._lock:
                still_open = [other for other in self._sockets if other.fileno() != -1]
                self._sockets = [*still_open, wire]
            if self._are_cut:
                self.cut()

    def cut(self) -> None:
        """End all of the connections, now, and those that are opened later, too."""
        self._are_cut = True
        self.break_off()

    def break_off(self) -> None:
        """End all of the connections that are open now: the next attempt opens another."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for wire in sockets:
            with contextlib.suppress(OSError):  # it has ended by itself, or gone over to its TLS twin
                socket.socket.shutdown(wire, socket.SHUT_RDWR)  # an SSLSocket's own would first switch TLS off
