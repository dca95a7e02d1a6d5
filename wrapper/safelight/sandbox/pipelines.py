"""What the sandbox's Let's Enhance knows of a pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from safelight.sandbox.bucket import Bucket
from safelight.sandbox.courier import Delivery

_URL_SECONDS = 24 * 3600
# What a picture's object says where there is nothing to say.
_NOTHING: Mapping[str, Any] = {
    "url": None,
    "s3_key": None,
    "tmp_url": None,
    "interpret": None,
    "s3_bucket": None,
    "s3_key_prefix": "",
}


@attrs.frozen
class Result:
    """One picture, before and after.

    Attributes:
        created_at: When it was made, as the service writes it.
        source: The facts of the picture that was fetched.
        made: Those of the one that was made.
    """

    created_at: str
    source: Mapping[str, Any]
    made: Mapping[str, Any]


@attrs.define(eq=False)
class Pipeline:
    """One pipeline, as the server sees it.

    Attributes:
        id: Its id.
        urls: Its sources.
        request: The body by which it was submitted.
        submitted: Seconds since 1970.
        due: The same of its end, as long as this machine keeps up.
        planned_error: Why it is to fail, if a test wants it to.
        finished: When it ended, or None.
        results: One for each source that could be processed.
        errors: What went wrong.
        notifications: The calls of its `notify_url` so far.
        over: Set when it has ended.
    """

    id: int
    urls: Sequence[str]
    request: Mapping[str, Any] = attrs.field(repr=False)
    submitted: float
    due: float
    planned_error: str | None = None
    finished: float | None = None
    results: Sequence[Result] = ()
    errors: Sequence[str] = ()
    notifications: Sequence[Delivery] = ()
    over: asyncio.Event = attrs.field(factory=asyncio.Event, repr=False)

    @property
    def status(self) -> str:
        """`PROCESSING`, `DONE` or `ERROR`."""
        if self.finished is None:
            return "PROCESSING"
        return "ERROR" if self.errors else "DONE"

    @property
    def operations(self) -> Sequence[Mapping[str, Any]]:
        """What is done with each picture."""
        operations: Sequence[Mapping[str, Any]] = self.request["operations"]
        return operations

    @property
    def notify_url(self) -> str | None:
        """What is called when it is over."""
        return self.request.get("notify_url")

    @property
    def keeps_results(self) -> bool:
        """Whether results get a URL: only where the sink asks for it."""
        return bool(self.request.get("sink", {}).get("temp_store"))

    def as_json(self, store: Bucket) -> dict[str, Any]:
        """The pipeline as the service tells it, with fresh URLs of its results."""
        told = {
            "id": self.id,
            "sink": self.request.get("sink", {}),
            "error": None,
            "errors": list(self.errors),
            "source": {"http": {"url": list(self.urls)}},
            "status": self.status,
            "results": [self._result(result, store) for result in self.results],
            "notify_url": self.notify_url,
            "operations": self.operations,
            "submitted_at": timestamp(self.submitted),
            "started_at": timestamp(self.submitted),
        }
        return told if self.finished is None else {**told, "finished_at": timestamp(self.finished)}

    def _result(self, result: Result, store: Bucket) -> dict[str, Any]:
        made = {**_NOTHING, **result.made, "interpret": "srgb"}
        if self.keeps_results:
            parameters = {"response-content-type": made["mime"]}
            made["tmp_url"] = store.url("GET", made["s3_key"], _URL_SECONDS, parameters)
            made["s3_bucket"] = store.bucket
        else:
            made["s3_key"] = None
        return {
            "created_at": result.created_at,
            "input_object": {**_NOTHING, **result.source},
            "output_object": made,
        }


def timestamp(moment: float, digits: int = 6) -> str:
    """As the service writes it: without the zone, which is UTC, and with five or six digits of the second."""
    text = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text[: len(text) - (6 - digits)]
