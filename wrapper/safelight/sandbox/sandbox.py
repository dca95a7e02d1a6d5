"""The sandbox as a whole: it starts, it tells where it is, and it stops."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.faults import Faults, fault_for
from safelight.sandbox.front import Front
from safelight.sandbox.log import RequestLog, RequestRecord
from safelight.sandbox.models import ModelShop
from safelight.sandbox.oauth import TokenEndpoint
from safelight.sandbox.server import Servers, bind, origin
from safelight.sandbox.storage import Storage
from safelight.sandbox.teleport import TeleportSandbox


class Sandbox:
    """The services on loopback, with object storage on another port.

    A context manager: it listens from the beginning of its block to the end, in a background thread.

    Args:
        processing_seconds: How long a job takes, by the sandbox's clock.
        clock: The sandbox's time; real time if not given.
        token_seconds: How long tokens are good for.
        chunk_size: The size of the parts that uploads are cut into, in bytes.
        url_seconds: How long signed URLs are good for.
        discard: Of what is uploaded keep only sizes and digests: for benchmarks.
        host: Where to listen.
        port: The port of the services; 0 takes a free one.
        storage_port: The port of the object storage; 0 takes a free one.

    Raises:
        OSError: A port is taken.
    """

    def __init__(
        self,
        *,
        processing_seconds: float = 5.0,
        clock: SandboxClock | None = None,
        token_seconds: float = 3600,
        chunk_size: int = 10 * 1024 * 1024,
        url_seconds: float = 3600,
        discard: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        storage_port: int = 0,
    ) -> None:
        if chunk_size < 1:
            raise ValueError("chunk_size must be at least one byte")
        self.clock = clock or SandboxClock()
        self._log = RequestLog()
        self._faults = Faults()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="safelight-sandbox-")))
            api_socket = stack.enter_context(bind(host, port))
            storage_socket = stack.enter_context(bind(host, storage_port))
            for name in ("inputs", "results"):
                (folder / name).mkdir()
            self.base_url = origin(api_socket)
            self.storage_url = origin(storage_socket)
            storage = Storage(folder / "inputs", clock=self.clock, origin=self.storage_url, discard=discard)
            self.tokens = TokenEndpoint("teleport", path="/oauth2/token", clock=self.clock, lifetime=token_seconds)
            self.teleport = TeleportSandbox(
                tokens=self.tokens,
                storage=storage,
                models=ModelShop(folder / "results", storage),
                clock=self.clock,
                processing_seconds=processing_seconds,
                chunk_size=chunk_size,
                url_seconds=url_seconds,
            )
            self.api_app = Front([self.teleport, self.tokens], log=self._log, faults=self._faults, clock=self.clock)
            self.storage_app = Front([storage], log=self._log, faults=self._faults, clock=self.clock)
            self._servers = Servers([(self.api_app, api_socket), (self.storage_app, storage_socket)])
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        self._servers.start()
        self._open.callback(self._servers.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Break all connections and remove everything that was kept. What `with` does at its end."""
        self._open.close()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url})"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that lead the clients here."""
        return {
            "TELEPORT_BASE_URL": self.base_url,
            "TELEPORT_TOKEN_URL": self.base_url + self.tokens.path,
            "TELEPORT_CLIENT_ID": self.tokens.client_id,
            "TELEPORT_CLIENT_SECRET": self.tokens.client_secret,
        }

    @property
    def requests(self) -> list[RequestRecord]:
        """All requests so far, in the order of their replies."""
        return self._log.all()

    def count(self, operation: str) -> int:
        """How many requests were aimed at this operation, with whatever success."""
        return sum(record.operation == operation for record in self._log.all())

    def clear_requests(self) -> None:
        """Forget the requests so far, to count from here."""
        self._log.clear()

    def fault(
        self,
        operation: str,
        *,
        kind: str | None = None,
        status: int | None = None,
        times: int | None = 1,
        after: int = 0,
        when: str = "before",
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        seconds: float | None = None,
        keep: int | None = None,
        part: int | None = None,
    ) -> None:
        """Let coming requests go wrong.

        Args:
            operation: An operation's id; `token`; `part` for the PUT of a part; `object` for the GET of a result.
            kind: `status`, `delay`, `reset`, `stall`, `truncate` or `garbage`, as `Fault` explains; `status` and
                `delay` may be left out.
            status: The status to answer with.
            times: How many requests are hit; None hits all until `clear_faults`.
            after: How many matching requests pass before.
            when: `before` the request takes effect, or `after`, so that only its reply is lost.
            headers: More headers of the reply.
            body: The reply's body, instead of the service's own error.
            seconds: How long a `delay` is, or when a `stall` ends.
            keep: How many bytes pass: of the reply's body for `truncate` (none if not given), of the request's for
                `reset` and `stall` (all if not given).
            part: Only requests about this part are hit.

        Raises:
            ValueError: The arguments name no operation or no fault.
        """
        known = self.api_app.operations | self.storage_app.operations
        fault = fault_for(
            operation,
            known,
            kind=kind,
            status=status,
            when=when,
            headers=headers,
            body=body,
            seconds=seconds,
            keep=keep,
            part=part,
        )
        self._faults.plan(fault, times=times, after=after)

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()
