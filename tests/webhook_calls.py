"""Calls as the services make them, and a receiver's answer to them without a server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from safelight.webhooks import Event, WebhookReceiver, parse

SECRET = "kGx2-not a real secret/é"
SERVICES = ("teleport", "immersity", "letsenhance", "hautai")
ENDS: dict[str, dict[str, Any]] = {
    "teleport": {"eid": "job-1", "sid": "s-1", "state": "READY"},
    "immersity": {"correlationId": "job-1", "resultPresignedUrl": "https://b.test/v.mp4?X-Amz-Signature=CANARY"},
    "letsenhance": {"pipeline": {"id": "job-1", "status": "DONE", "results": []}},
    "hautai": {"image_batch_id": "job-1", "images": [{"url": "https://b.test/face.jpg?X-Goog-Signature=CANARY"}]},
}
"""What each service says at the end of the job `job-1`."""


def signature(body: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


@attrs.frozen
class Call:
    """A request that a service makes, or somebody who claims to be it."""

    service: str
    body: bytes
    headers: dict[str, str]
    query: str = ""
    method: str = "POST"

    def but(self, **changes: Any) -> Call:
        return attrs.evolve(self, **changes)

    def typed(self, content_type: str) -> Call:
        return self.but(headers={**self.headers, "Content-Type": content_type})

    def parsed(self, secret: Any = SECRET) -> Event:
        return parse(self.service, self.headers, self.body, secret=secret, url=f"/hooks/{self.service}?{self.query}")


def call(service: str, facts: Mapping[str, Any] | bytes | None = None, *, secret: str = SECRET) -> Call:
    """What the service posts: by default, that the job `job-1` has ended."""
    facts = ENDS[service] if facts is None else facts
    body = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "service"}
    if service == "teleport":
        return Call(service, body, {**headers, "X-Teleport-Signature": signature(body, secret).hex()})
    if service == "hautai":
        pair = base64.b64encode(f"safelight:{secret}".encode()).decode()
        return Call(service, body, {**headers, "Authorization": f"Basic {pair}"})
    return Call(service, body, headers, query=f"job=7&token={_quoted(secret)}")


def _quoted(secret: str) -> str:
    return "".join(f"%{byte:02X}" for byte in secret.encode())


@attrs.define
class Answer:
    """What a receiver answered; 0 for nothing at all."""

    status: int = 0
    headers: dict[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    read: int = 0

    @property
    def said(self) -> str:
        told = json.loads(self.body)["status"]
        assert isinstance(told, str)
        return told


def scope_of(made: Call) -> dict[str, Any]:
    """The request as an ASGI server hands it on."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": made.method,
        "path": f"/{made.service}",
        "query_string": made.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in made.headers.items()],
    }


async def answer_to(receiver: Callable[..., Any], made: Call, **changes: Any) -> Answer:
    """Make a call; in pieces of 64 KiB, and nothing follows the body but silence.

    Args:
        receiver: The application.
        made: The call.
        **changes: To the scope.
    """
    answer = Answer()
    pieces = [made.body[start : start + 65536] for start in range(0, len(made.body), 65536)] or [b""]

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()
        piece = pieces.pop(0)
        answer.read += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    await receiver(scope_of(made) | changes, receive, send)
    return answer


def answers(receiver: WebhookReceiver, *calls: Call) -> list[Answer]:
    """The answers to calls that come one after another."""

    async def main() -> list[Answer]:
        return [await answer_to(receiver, made) for made in calls]

    return asyncio.run(main())
