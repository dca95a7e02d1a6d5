"""What the sandbox's Haut.AI knows of people and their pictures."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from safelight.sandbox.skin import APPLICATIONS, NOTE, Findings, result_of

# Not the client's own table: were that wrong, this would tell.
SIDES = {1: "front", 2: "right", 3: "left"}


def _new_id() -> str:
    return str(uuid.uuid4())


@attrs.define(eq=False)
class Picture:
    """One image.

    Attributes:
        id: Its id.
        side_id: 1 front, 2 right, 3 left.
        request: What was said of it.
        created: When, as the service writes it.
        started: When its computation began, in seconds since 1970, or None.
        seconds: How long that takes.
        findings: What was measured, or None where nothing was found, or not yet.
        error: What the results say instead, or empty.
        over: Set when it has been measured.
    """

    side_id: int
    request: Mapping[str, Any] = attrs.field(repr=False)
    created: str
    id: str = attrs.field(factory=_new_id)
    started: float | None = None
    seconds: float = 0.0
    findings: Findings | None = attrs.field(default=None, repr=False)
    error: str = ""
    over: asyncio.Event = attrs.field(factory=asyncio.Event, repr=False)

    @property
    def side(self) -> str:
        """`front`, `right` or `left`."""
        return SIDES[self.side_id]

    @property
    def key(self) -> str:
        """Where it is kept; what is made of it is below."""
        return f"{self.id}/original"

    def map_key(self, name: str) -> str:
        """Where one of those is kept."""
        return f"{self.id}/{name}.png"

    def due(self) -> dict[str, float]:
        """When each application is done, in seconds since 1970: none before half of the time is over."""
        if self.started is None:
            return {}
        shares = {name: (1 + number / len(APPLICATIONS)) / 2 for number, name in enumerate(APPLICATIONS, 1)}
        return {name: self.started + share * self.seconds for name, share in shares.items()}

    def ready(self, now: float) -> list[str]:
        """The applications that are done."""
        return [name for name, moment in self.due().items() if now >= moment]

    def ended(self, now: float) -> bool:
        """Whether all are."""
        return len(self.ready(now)) == len(APPLICATIONS)

    def results(self, application: str) -> list[dict[str, Any]]:
        """What an application says of it."""
        if self.error:
            return [self._result(application, "face", {"error": self.error})]
        scores = {} if self.findings is None else self.findings.scores
        return [
            self._result(application, name, result_of(name, scores[name]))
            for name in APPLICATIONS[application]
            if name in scores
        ]

    def _result(self, application: str, name: str, result: Any) -> dict[str, Any]:
        return {
            # The same whenever it is told.
            "id": str(uuid.uuid5(uuid.UUID(self.id), f"{application} {name}")),
            "image_id": self.id,
            "is_ok": not self.error,
            "algorithm_family_tech_name": f"sandbox.{name}",
            "application_name": application,
            "application_description": NOTE,
            "creation_time": self.created,
            "result": result,
        }


@attrs.define(eq=False)
class Batch:
    """Pictures that were taken together.

    Attributes:
        id: Its id.
        pictures: By their ids.
        computations: How often one was begun.
    """

    id: str = attrs.field(factory=_new_id)
    pictures: dict[str, Picture] = attrs.field(factory=dict)
    computations: int = 0

    def started(self) -> list[Picture]:
        """Those that are, or have been, computed."""
        return [picture for picture in self.pictures.values() if picture.started is not None]


@attrs.define(eq=False)
class Subject:
    """A person.

    Attributes:
        id: Its id.
        request: What was said of it.
        created: When, as the service writes it.
        batches: By their ids.
    """

    request: Mapping[str, Any] = attrs.field(repr=False)
    created: str
    id: str = attrs.field(factory=_new_id)
    batches: dict[str, Batch] = attrs.field(factory=dict)


def written(moment: float, number: int) -> str:
    """A time in one of the two forms that are seen, by turns: RFC 3339, and without a zone, which is UTC."""
    time = datetime.fromtimestamp(moment, UTC)
    if number % 2:
        return time.strftime("%Y-%m-%d %H:%M:%S")
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
