"""What the services tell of their own accord: webhooks and callbacks, sent again after a failure, and remembered.

Only Let's Enhance says when it tries again (seed 002, "Webhook retry logic"). That the other three do the same is a
stand-in: receivers that bear it bear less as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from safelight.sandbox.background import Background
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.web import call

AGAIN_SECONDS = (180, 360, 600)


@attrs.frozen
class Delivery:
    """One try to tell somebody something. Its repr shows neither the address nor what was told: both may be secret.

    Attributes:
        service: Who tells.
        method: The HTTP method.
        url: The address.
        headers: Those by which the service shows that it is itself.
        content: What was sent, byte for byte.
        at: Seconds since 1970, by the sandbox's clock.
        status: The status of the reply, or None if there was none.
    """

    service: str
    method: str
    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    at: float
    status: int | None = None

    @property
    def body(self) -> Any:
        """The content, decoded; None where there was none."""
        return json.loads(self.content) if self.content else None


class Courier:
    """Delivers for all services.

    Args:
        background: Where deliveries run.
        clock: Decides when they are tried again.
    """

    def __init__(self, background: Background, clock: SandboxClock) -> None:
        self._background = background
        self._clock = clock
        self._made: list[Delivery] = []

    @property
    def made(self) -> list[Delivery]:
        """All tries so far, in the order of their replies."""
        return list(self._made)

    def send(
        self, service: str, url: str, content: bytes, *, method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> list[Delivery]:
        """Tell it now, in the background, and up to three times more until a status below 400 comes.

        Returns:
            The tries, which become more.
        """
        tries: list[Delivery] = []
        first = Delivery(service, method, url, dict(headers or {}), content, self._clock.now())
        self._background.start(self._deliver(first, tries))
        return tries

    async def repeat(self, delivery: Delivery) -> Delivery:
        """Send exactly this once more."""
        status = await call(delivery.url, delivery.content, method=delivery.method, headers=delivery.headers)
        repeated = attrs.evolve(delivery, at=self._clock.now(), status=status)
        self._made.append(repeated)
        return repeated

    async def _deliver(self, first: Delivery, tries: list[Delivery]) -> None:
        moment = first.at
        for pause in (0, *AGAIN_SECONDS):
            moment += pause
            await self._background.until(moment)
            tries.append(await self.repeat(first))
            status = tries[-1].status
            if status is not None and status < 400:
                return


def as_bytes(body: Mapping[str, Any]) -> bytes:
    """JSON as it is sent."""
    return json.dumps(body).encode()
