"""As much of Teleport and of its store as an upload needs, believing all that it is told: for stores of other kinds,
and for files that are too large to be kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.faults.server import Answering, Asked

_EID = "b4c0a2f68c554d3e9a350d2d1f6b7f1e"
_CAPTURE = {
    "eid": _EID,
    "sid": None,
    "name": "video",
    "created": "2025-10-06T18:55:42",
    "uploaded": "2025-10-06T18:55:43",
    "state": "PROCESSING",
    "is_public": False,
    "preview_urls": {},
    **dict.fromkeys(("error_reason", "state_description", "error_reason_slug", "preview_url", "viewer_url")),
    **dict.fromkeys(("share_url", "share_link", "gif_url", "video_url", "share_video_url")),
}


class Lenient:
    """The service.

    Args:
        chunk_size: Of the parts, in bytes.
        take: Takes the PUT of a part; by default its bytes are dropped, and its ETag is its number.

    Attributes:
        created: The bodies of the requests that created a capture.
        completed: The bodies of those that completed one.
        parts: How many bytes of each part arrived.
    """

    def __init__(self, chunk_size: int, take: Callable[[Asked], None] | None = None) -> None:
        self.created: list[Any] = []
        self.completed: list[Any] = []
        self.parts: dict[int, int] = {}
        self._chunk_size = chunk_size
        self._take = take or self._drop
        self._answering = Answering(self._answer)
        self.settings = {
            "client_id": "anybody",
            "client_secret": "anything",
            "base_url": self._answering.address,
            "token_url": f"{self._answering.address}/token",
        }

    def __enter__(self) -> Self:
        self._answering.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answering.__exit__(kind, error, trace)

    @property
    def puts(self) -> list[Asked]:
        """The PUTs of parts."""
        return [asked for asked in self._answering.asked if asked.method == "PUT"]

    def _answer(self, asked: Asked) -> None:
        if asked.method == "PUT":
            return self._take(asked)
        body = asked.read()
        reply: Any = {"eid": _EID, "chunk_size": self._chunk_size}
        if asked.target == "/token":
            reply = {"access_token": "token", "expires_in": 3600, "token_type": "bearer"}
        elif asked.target.endswith("/uploaded"):
            self.completed.append(json.loads(body))
            reply = _CAPTURE
        elif "/create-upload-url/" in asked.target:
            number = asked.target.rpartition("/")[2]
            reply["upload_url"] = f"{self.settings['base_url']}/part/{number}?signature=none"
        else:
            self.created.append(json.loads(body))
            reply["num_parts"] = -(-self.created[-1]["bytesize"] // self._chunk_size)
        return asked.reply(content=json.dumps(reply).encode())

    def _drop(self, asked: Asked) -> None:
        number = number_of(asked)
        self.parts[number] = asked.drop()
        asked.reply(headers={"ETag": f'"{number}"'})


def number_of(asked: Asked) -> int:
    """The number of the part that is put."""
    return int(asked.target.partition("?")[0].rpartition("/")[2])
