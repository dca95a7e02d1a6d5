"""One request to a service's API: what all clients share."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import httpx

from safelight._async.transport import new_async_client
from safelight.bridge import PerLoop, TaskCaller, run_in_thread
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.errors import ConfigError, ConnectionFailed, OutcomeUnknown
from safelight.notices import Notices
from safelight.redaction import bare_url, redacted, shown
from safelight.replies import Endpoint, check_path_arguments, error_of, unexpected, value_of
from safelight.requests import request_of
from safelight.retry import http_date, never_sent

if TYPE_CHECKING:
    from safelight._async.storage import AsyncStorage
    from safelight.transfer.progress import OnProgress
    from safelight.webhooks import Event

T = TypeVar("T")


class AsyncService:
    """A client of one service: sends requests with credentials, and turns replies into values or errors."""

    _name: ClassVar[str]
    """What the service is called in `safelight.webhooks`."""

    _timestamps: ClassVar[Collection[str]] = ()
    """The names of the properties that are timestamps in the service's replies."""

    _advice: ClassVar[Mapping[str, str]] = {}
    """What to do about the service's own error codes."""

    _storage: AsyncStorage | None = None
    """Where files are put for the service to read, if it needs that."""

    def __init__(
        self,
        *,
        auth: httpx.Auth,
        base_url: str,
        timeout: float,
        max_retries: int,
        transport: httpx.AsyncBaseTransport | None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        check_timeout(timeout)
        if max_retries < 0:
            raise ConfigError(f"max_retries is {max_retries}: give 0 or more.")
        self.base_url = base_url
        self._clock = clock
        self._notices = Notices(clock)
        self._transport = transport
        self._last_reply: tuple[httpx.Headers, float] | None = None
        self._http = PerLoop(
            lambda: new_async_client(
                auth=auth,
                base_url=base_url,
                transport=transport,
                timeout=timeout,
                max_retries=max_retries,
                clock=clock,
                status_of=self._status_of,
            )
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={bare_url(self.base_url)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. The client can still be used: it opens new ones."""
        if self._storage is not None:
            self._storage._opened.close()
        http = self._http.take()
        if http is not None:
            await http.aclose()

    def notify(self, event: Event) -> None:
        """Take in what a webhook told; may be called from any thread, and ignores the events of other services.

        Whoever waits for the event's job looks at once; where the event does not tell the end, a second after the last
        look at the soonest. While events arrive, waiting looks less often by itself: a quarter as often, at the least
        every 2 minutes. An event that is not `verified` wakes, and does no more.

        Args:
            event: From `safelight.webhooks`.
        """
        if event.service == self._name:
            self._notices.tell(event)

    @staticmethod
    def _status_of(status: int, body: bytes) -> int:
        """The status that a reply stands for, where a service's own words mean another than its status."""
        return status

    async def _call(
        self,
        endpoint: Endpoint,
        expect: type[T],
        *,
        repeatable: bool | None = None,
        timeout: float | None = None,
        patient: bool | None = None,
        go_on: Callable[[], object] | None = None,
        **arguments: Any,
    ) -> T:
        """Make one request by a generated endpoint module.

        Args:
            endpoint: The module.
            expect: The type of the value; `type(None)` for a reply without a body.
            repeatable: Whether it does no harm if the service gets the request twice; by default if its method is
                idempotent.
            timeout: Seconds for the request with its retries; by default the client's.
            patient: Whether the service may take all of the timeout to begin its reply: it works meanwhile.
            go_on: Is called before each attempt, and may raise.
            **arguments: The module's own.

        Raises:
            ConfigError: A path argument would make another path.
            APIError: The service refused.
            ConnectionFailed: There was no reply, and the request did nothing or can be repeated.
            OutcomeUnknown: There was no reply, and the request may have been accepted.
        """
        check_path_arguments(endpoint, arguments)
        if timeout is not None:
            check_timeout(timeout)
        http = self._http.get()
        request = request_of(endpoint._get_kwargs(**arguments), http, self.base_url)
        wishes = {"repeatable": repeatable, "timeout": timeout, "patient": patient, "go_on": go_on}
        request.extensions["safelight"] = {name: value for name, value in wishes.items() if value is not None}
        try:
            response = await http.send(request)
        except httpx.DecodingError as error:
            raise unexpected(httpx.Response(200, request=request), redacted(str(error))) from error
        except httpx.TransportError as error:
            raise self._no_reply(error, request, repeatable=repeatable is not False) from error
        self._last_reply = response.headers, self._clock.monotonic()
        if response.status_code == 404 and request.method == "DELETE" and response.extensions.get("safelight_retried"):
            # The first attempt did it, and its reply was lost.
            return value_of(response, endpoint, expect, self._timestamps)
        if not response.is_success:
            raise error_of(response, self._clock.now(), self._advice)
        return value_of(response, endpoint, expect, self._timestamps)

    async def _fetch(
        self, address: Callable[..., Awaitable[str]], target: Path, on_progress: OnProgress | None
    ) -> Path:
        """Download a file.

        Args:
            address: Gives its URL, by `again=True` another one: when the first has expired.
            target: The file to write.
            on_progress: Is called with a `Progress`.

        Raises:
            ConfigError: There can be no such file.
            TransferError: The bytes do not arrive, or the disk does not take them.
        """
        from safelight.transfer.download import Download, check_target
        from safelight.transport import new_transfer_client

        check_target(target)
        first = [await address(again=False)]

        def fetch(caller: TaskCaller) -> None:
            ask_again = caller.blocking(address)
            transport = caller.transport(self._transport)
            Download(
                target=target,
                sign=lambda: first.pop() if first else ask_again(again=True),
                new_http=lambda: new_transfer_client(transport, connections=1),
                stop=caller.stop,
                on_progress=caller.callback(on_progress),
                clock=self._clock,
            ).run()

        await run_in_thread(fetch)
        return target

    def _no_reply(
        self, error: httpx.TransportError, request: httpx.Request, *, repeatable: bool
    ) -> ConnectionFailed | OutcomeUnknown:
        lost = error.request if error._request is not None else request  # it may be the one for a token
        what, cause = f"{lost.method} {bare_url(lost.url)}", shown(error)
        if repeatable or never_sent(error) or lost.url != request.url:
            return ConnectionFailed(f"{what}: no reply ({cause}). Check the network and the address, then try again.")
        return OutcomeUnknown(f"{what}: the reply was lost ({cause}), and the service may have accepted the request.")

    def _server_now(self) -> float:
        """Seconds since 1970 by the service's clock: this machine's may be wrong, or be set."""
        if self._last_reply is not None:
            headers, noted = self._last_reply
            if (date := http_date(headers.get("date", ""))) is not None:
                return date + self._clock.monotonic() - noted
        return self._clock.now()


def storage_of(given: str | AsyncStorage | None, clock: Clock) -> AsyncStorage | None:
    """The user's storage: the argument, or the environment's `SAFELIGHT_STORAGE`, or none ("" as the argument).

    Raises:
        ConfigError: It is no storage's address.
    """
    if given is None:
        given = os.environ.get("SAFELIGHT_STORAGE", "").strip()
    if not given:
        return None
    from safelight._async.storage import AsyncStorage

    if isinstance(given, str):
        try:
            return AsyncStorage(given, clock=clock)
        except ConfigError as error:
            raise ConfigError(f"storage (or SAFELIGHT_STORAGE) is wrong: {error}") from error
    if not isinstance(given, AsyncStorage):
        wanted = AsyncStorage.__name__
        raise ConfigError(f"storage is {type(given).__name__}: this client takes a {wanted}, or its address.")
    return given


def check_timeout(timeout: float) -> None:
    """Refuse a timeout that is none.

    Raises:
        ConfigError: It is not more than 0.
    """
    if not timeout > 0:
        raise ConfigError(f"timeout is {timeout}: give the seconds that one request may take, more than 0.")
