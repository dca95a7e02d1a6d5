"""Which request goes wrong, and how: decided here, done in `front`."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import Literal, cast, get_args

import attrs

Kind = Literal["status", "delay", "reset", "stall", "truncate", "garbage"]
When = Literal["before", "after"]

_ALIASES = {"PUT part": "part", "GET object": "object", "POST token": "token"}
_CUT_JSON = b'{"eid": "0f'


@attrs.frozen
class Fault:
    """One way in which a request goes wrong.

    Attributes:
        operation: The operation that it hits.
        kind: `status` answers with `status`; `delay` waits `seconds` and then goes on; `reset` breaks the connection
            (TCP RST); `stall` says nothing, for `seconds` or until the sandbox stops; `truncate` sends the first `keep`
            bytes of the reply's body, then closes; `garbage` answers 200 with a body that is not the contract's.
        when: `before` the request takes effect, or `after` it did, so that only the reply is lost.
        status: The status of the reply.
        headers: More headers of the reply.
        body: Its body.
        seconds: How long.
        keep: How many bytes pass: of the reply's body for `truncate` (none if not given), of the request's body for
            `reset` and `stall` before (all of it if not given).
        part: Only requests about this part are hit.
    """

    operation: str
    kind: Kind
    when: When = "before"
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes | None = None
    seconds: float | None = None
    keep: int | None = None
    part: int | None = None


@attrs.define
class _Planned:
    fault: Fault
    to_skip: int
    left: int | None

    def hits(self) -> bool:
        """Count one matching request, and say whether it is hit."""
        if self.to_skip > 0:
            self.to_skip -= 1
            return False
        if self.left is None:
            return True
        if self.left > 0:
            self.left -= 1
            return True
        return False


class Faults:
    """The faults that are planned, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []

    def plan(self, fault: Fault, *, times: int | None, after: int) -> None:
        """Hit `times` requests (None: all), after letting `after` of them pass."""
        with self._lock:
            self._planned.append(_Planned(fault, to_skip=after, left=times))

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._planned.clear()

    def take(self, operation: str | None, part: int | None) -> Fault | None:
        """The fault that hits this request, if one does; it counts as used."""
        with self._lock:
            for planned in self._planned:
                fault = planned.fault
                if fault.operation == operation and fault.part in (None, part) and planned.hits():
                    return fault
        return None


def fault_for(
    operation: str,
    known: Collection[str],
    *,
    kind: str | None,
    status: int | None,
    when: str,
    headers: Mapping[str, str] | None,
    body: bytes | str | None,
    seconds: float | None,
    keep: int | None,
    part: int | None,
) -> Fault:
    """A checked fault.

    Raises:
        ValueError: The arguments name no operation or no fault.
    """
    name = _ALIASES.get(operation, operation)
    if name not in known:
        raise ValueError(f"no operation is called {operation!r}; there are {', '.join(sorted(known))}")
    chosen = kind or ("status" if status is not None else "delay" if seconds is not None else None)
    if chosen not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}: give status=..., seconds=..., or a kind of {', '.join(get_args(Kind))}")
    if when not in get_args(When):
        raise ValueError(f"when is {when!r}: before or after")
    if chosen == "status" and (status is None or not 200 <= status <= 599):
        raise ValueError("a fault of the kind status needs status=..., from 200 to 599")
    if chosen == "delay" and (seconds is None or seconds < 0):
        raise ValueError("a fault of the kind delay needs seconds=..., zero or more")
    if chosen == "garbage" and body is None:
        body = _CUT_JSON
    return Fault(
        operation=name,
        kind=cast("Kind", chosen),
        # Only a reply that was made can be cut.
        when="after" if chosen == "truncate" else "before" if when == "before" else "after",
        status=status,
        headers=dict(headers or {}),
        body=body.encode() if isinstance(body, str) else body,
        seconds=seconds,
        keep=keep,
        part=part,
    )
