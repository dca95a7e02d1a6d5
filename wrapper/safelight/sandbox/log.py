"""What the sandbox was asked: for assertions and counts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class RequestRecord:
    """One request. It holds no header, body or query: nothing secret.

    Attributes:
        service: `teleport`, `immersity`, `leiapix` (its tokens alone; the rest is Immersity's), `letsenhance`,
            `hautai`, or `storage`, `pictures` and `bucket` on the storage's port.
        method: The HTTP method.
        path: The path without its query.
        operation: The operation's id; `token`, `part` (PUT of a part to Teleport), `object` (GET of a result),
            `upload` (PUT to Immersity's storage), `picture` (PUT to Haut.AI's), `bucket_put` and others in the user's
            bucket; None where no operation answers to this path.
        status: The status of the reply; where the reply was lost on purpose, what it would have been; None where there
            was none.
        fault: The kind of the fault that hit the request, or None.
        facts: What the client said: the path's parameters (`eid`, `part_no`, `sid`), `part` and `size` of a part,
            `range` of a download.
    """

    service: str
    method: str
    path: str
    operation: str | None
    status: int | None
    fault: str | None = None
    facts: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def part(self) -> int | None:
        """The number of the part that this request was about, if it was about one."""
        number = str(self.facts.get("part", self.facts.get("part_no")))
        return int(number) if number.isascii() and number.isdigit() else None


class RequestLog:
    """All requests, in the order of their replies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []

    def add(self, record: RequestRecord) -> None:
        """Remember a request."""
        with self._lock:
            self._records.append(record)

    def all(self) -> list[RequestRecord]:
        """A copy of the list."""
        with self._lock:
            return list(self._records)

    def clear(self) -> None:
        """Forget everything so far."""
        with self._lock:
            self._records.clear()
