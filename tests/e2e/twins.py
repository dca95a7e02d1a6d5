"""Both faces of a client, spoken to in the same, blocking words."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs


@attrs.define
class Twins:
    """Makes clients of the kind that is under test: `twins(LetsEnhance, AsyncLetsEnhance)(api_key=...)`."""

    is_async: bool
    _loop: asyncio.AbstractEventLoop | None = None
    _made: list[Any] = attrs.field(factory=list)

    def __call__(self, blocking: Callable[..., Any], twin: Callable[..., Any]) -> Callable[..., Any]:
        def make(*args: Any, **settings: Any) -> Any:
            client = (twin if self.is_async else blocking)(*args, **settings)
            self._made.append(client)
            return self._wrapped(client)

        return make

    def close(self) -> None:
        """Close all clients that were made."""
        for client in self._made:
            if hasattr(client, "aclose"):
                self.run(client.aclose())
            elif hasattr(client, "close"):
                client.close()
        if self._loop is not None:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def run(self, awaitable: Any) -> Any:
        """What comes of it, in the event loop of all that was made."""
        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(awaitable)

    def _wrapped(self, value: Any) -> Any:
        if not self.is_async:
            return value
        if isinstance(value, list):
            return [self._wrapped(item) for item in value]
        return _Blocking(self, value) if type(value).__name__.startswith("Async") else value


class _Blocking:
    """An async object whose coroutine methods are run to their end."""

    def __init__(self, twins: Twins, thing: Any) -> None:
        self._twins = twins
        self._thing = thing

    def __repr__(self) -> str:
        return repr(self._thing)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value):
            return self._twins._wrapped(value)

        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(_bare(arg) for arg in args)
            made = value(*args, **{key: _bare(arg) for key, arg in kwargs.items()})
            if inspect.isasyncgen(made):
                made = _all_of(made)
            return self._twins._wrapped(self._twins.run(made) if inspect.isawaitable(made) else made)

        return call


async def _all_of(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value._thing if isinstance(value, _Blocking) else value
