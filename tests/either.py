"""Scripts that are written once, for blocking and async clients: `await either(client.method(...))`."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def either(made: Any) -> Any:
    """What a client's method returns, or what comes of it where that is still to come."""
    return await made if inspect.isawaitable(made) else made


def at_once(script: Coroutine[Any, Any, T]) -> T:
    """What a script returns whose clients block: it runs to its end in this thread, without an event loop."""
    try:
        script.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    script.close()
    raise RuntimeError("a script of blocking clients waited for something else")


async def every(items: Any) -> list[Any]:
    """All that a client's iterator gives."""
    return [item async for item in items] if hasattr(items, "__aiter__") else list(items)
