"""What the services post: verify it, read it, and handle each event once. No web framework is needed.

    from safelight.webhooks import parse

    event = parse("teleport", request.headers, request.body, secret=secret)     # or InvalidWebhook, with the status
    if event.ended:
        teleport.notify(event)

`WebhookReceiver` is a whole ASGI application around it. Everything is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safelight.errors import InvalidWebhook
from safelight.webhooks.checks import with_token
from safelight.webhooks.events import Event
from safelight.webhooks.parsing import LARGEST_BODY, parse

if TYPE_CHECKING:
    from safelight.webhooks.receiver import WebhookReceiver
    from safelight.webhooks.store import EventStore

__all__ = ["LARGEST_BODY", "Event", "EventStore", "InvalidWebhook", "WebhookReceiver", "parse", "with_token"]

_HOMES = {"EventStore": "safelight.webhooks.store", "WebhookReceiver": "safelight.webhooks.receiver"}


def __getattr__(name: str) -> Any:
    # These need sqlite3 and asyncio, which those who only parse do not.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
